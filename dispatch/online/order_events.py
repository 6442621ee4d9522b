"""What happens to orders, until they are on the road."""

from dispatch.faults import waits_beyond_promise
from dispatch.online import event as words
from dispatch.online.lives import (
    News,
    NotPossible,
    end,
    expect_departure,
    known_store,
    living,
    release,
    run_late,
    vehicle_of,
    wait_for,
    withdraw,
)
from dispatch.online.state import OrderLife, State, Status


def placed(state: State, event: words.OrderPlaced) -> News:
    """Take an ``OrderPlaced``."""
    order = event.order
    if order.id in state.orders or order.id in state.past:
        raise NotPossible("order.id", f"order {order.id!r} was placed before; give each order its own id")
    life = OrderLife(order)
    life.no_stock = frozenset(life.stores).difference(state.stores)
    if not life.stores:
        raise NotPossible("order.store_id", f"no store {order.store_id!r}; stores: {sorted(state.stores)}")
    text = waits_beyond_promise(order)
    if text is not None:
        raise NotPossible("order.not_before_at", text)
    state.orders[order.id] = life
    state.open_ids[order.id] = state.unquoted[order.id] = None
    return News()


def ready(state: State, event: words.ReadyChanged) -> News:
    """Take a ``ReadyChanged``."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED)
    life.order = life.order.model_copy(update={"ready_at": event.ready_at})
    news = News()
    if life.trip_id is not None:
        wait_for(state, event.order_id, news)
    return news


def promised(state: State, event: words.PromiseMoved) -> News:
    """Take a ``PromiseMoved``; whoever waits for an order on a trip is told how late that is now."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED, Status.ON_BOARD)
    order = life.order.model_copy(update={"promised_at": event.promised_at})
    text = waits_beyond_promise(order)
    if order.promised_at < order.placed_at:
        text = f"{order.promised_at.isoformat()} is before placed_at {order.placed_at.isoformat()}"
    if text is not None:
        raise NotPossible("promised_at", f"{text}; promise a later moment")
    life.order = order
    return News(moved=[] if life.trip_id is None else [life.trip_id])


def cancelled(state: State, event: words.OrderCancelled) -> News:
    """Take an ``OrderCancelled``; a trip without orders that has not left is given back."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED, Status.ON_BOARD, Status.GIVEN_UP)
    trip_id, news = None if life.status is Status.GIVEN_UP else life.trip_id, News()
    end(state, event.order_id, Status.CANCELLED, event.at)
    if trip_id is None:
        return news
    trip = state.trips[trip_id]
    trip.open_orders.remove(event.order_id)
    if trip.left_at is not None:
        run_late(state, trip, trip.late_s, news)
    elif trip.open_orders:
        expect_departure(state, trip, news)
    else:
        news.released.append(release(state, trip_id, "all its orders were cancelled"))
    return news


def address(state: State, event: words.AddressCorrected) -> News:
    """Take an ``AddressCorrected``; the times of a trip that carries the order stay as they are."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED, Status.ON_BOARD, Status.GIVEN_UP)
    life.order = life.order.model_copy(update={"location": event.location})
    return News()


def out_of_stock(state: State, event: words.StockOut) -> News:
    """Take a ``StockOut``."""
    known_store(state, event.store_id)
    lives = [living(state, order_id, Status.OPEN, Status.COMMITTED) for order_id in event.order_ids]
    news = News()
    for life in lives:
        life.no_stock |= {event.store_id}
        if life.trip_id is not None and state.trips[life.trip_id].trip.store_id == event.store_id:
            text = f"order {life.order.id!r} is out of stock at {event.store_id!r}"
            withdraw(state, life.order.id, text, news)
    return news


def assigned(state: State, event: words.OrderAssigned) -> News:
    """Take an ``OrderAssigned``."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED)
    vehicle = vehicle_of(state, event.vehicle_id)
    if vehicle.leaving or vehicle.overdue:
        raise NotPossible("vehicle_id", f"vehicle {event.vehicle_id!r} takes no more trips; choose another")
    allowed = life.order.vehicle_ids
    if allowed is not None and event.vehicle_id not in allowed:
        raise NotPossible("vehicle_id", f"order {event.order_id!r} may travel with {list(allowed)} only")
    life.assigned_to = event.vehicle_id
    news = News()
    if life.trip_id is not None and state.trips[life.trip_id].trip.vehicle_id != event.vehicle_id:
        withdraw(state, event.order_id, f"order {event.order_id!r} was assigned to {event.vehicle_id!r}", news)
    return news


def held(state: State, event: words.OrderHeld) -> News:
    """Take an ``OrderHeld``."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED)
    life.held_until, life.hurried = event.until, False
    news = News()
    if life.trip_id is not None:
        withdraw(state, event.order_id, f"order {event.order_id!r} is held until {event.until.isoformat()}", news)
    return news


def hurried(state: State, event: words.OrderHurried) -> News:
    """Take an ``OrderHurried``."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED)
    life.held_until, life.hurried = None, True
    return News()


def freed(state: State, event: words.OrderFreed) -> News:
    """Take an ``OrderFreed``."""
    life = living(state, event.order_id, Status.OPEN, Status.COMMITTED)
    life.assigned_to, life.held_until, life.hurried = None, None, False
    return News()
