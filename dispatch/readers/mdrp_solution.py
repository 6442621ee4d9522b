"""What couriers did on a meal-delivery day: its figures, and the three files that the public evaluator reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dispatch.readers.mdrp import MealDay
from dispatch.record import Record

SOLUTION_FILES = ASSIGNMENTS, DROPOFFS, MOVES = (
    "solution_info_assignments.txt",
    "solution_info_orders.txt",
    "solution_info_couriers.txt",
)
OWN_START = "0"
"""What a courier's file calls the place where the courier began."""


@dataclass(frozen=True, slots=True)
class MealTrip:
    """One bundle: who fetched it, when, and when each of its orders was dropped off.

    Attributes:
        courier: index of the courier.
        orders: indices of the orders, in the sequence of their doors.
        assigned_min: when the courier was told, and set off.
        pickup_min: when it picked up.
        dropoff_min: when it dropped each order off.
    """

    courier: int
    orders: tuple[int, ...]
    assigned_min: int
    pickup_min: int
    dropoff_min: tuple[int, ...]


class MealFigures(Record):
    """A day in figures; the means are over the delivered orders, and null where there is none.

    ``cost_per_order`` is all couriers' pay over all orders of the day; overage is what lies above the target;
    ``decision_p99_s`` the 99th percentile of the seconds that an event took.
    """

    orders: int
    delivered: int
    undelivered_share: float
    click_to_door_mean_min: float | None
    click_to_door_overage_mean_min: float | None
    ready_to_pickup_mean_min: float | None
    cost_per_order: float | None
    orders_per_bundle: float | None
    decision_p99_s: float


def meal_figures(day: MealDay, trips: Sequence[MealTrip], decision_s: Sequence[float]) -> MealFigures:
    """The figures of a day, from what was done on it and how many seconds each decision took."""
    orders, rules = day.orders, day.rules
    done = [o for trip in trips for o in trip.orders]
    dropoff_min = np.array([minute for trip in trips for minute in trip.dropoff_min], dtype=np.float64)
    pickup_min = np.array([trip.pickup_min for trip in trips for _ in trip.orders], dtype=np.float64)
    click_to_door = dropoff_min - orders.placed_min[done]
    carried = np.bincount([trip.courier for trip in trips for _ in trip.orders], minlength=len(day.couriers.ids))
    guaranteed = (day.couriers.off_min - day.couriers.on_min) / 60 * rules.pay_per_h
    pay = float(np.maximum(rules.pay_per_order * carried, guaranteed).sum())
    n = len(orders.ids)
    return MealFigures(
        orders=n,
        delivered=len(done),
        undelivered_share=1 - len(done) / n if n else 0.0,
        click_to_door_mean_min=float(click_to_door.mean()) if done else None,
        click_to_door_overage_mean_min=float(np.maximum(0, click_to_door - rules.target_min).mean()) if done else None,
        ready_to_pickup_mean_min=float((pickup_min - orders.ready_min[done]).mean()) if done else None,
        cost_per_order=pay / n if n else None,
        orders_per_bundle=len(done) / len(trips) if trips else None,
        decision_p99_s=float(np.quantile(decision_s, 0.99)) if len(decision_s) else 0.0,
    )


def write_mdrp_solution(folder: str | Path, day: MealDay, trips: Sequence[MealTrip]) -> None:
    """Write the three files of a solution into a folder that is there.

    An order that was not delivered has no pick-up, no drop-off and no courier in its line: they are empty.
    """
    root = Path(folder)
    _write(root / ASSIGNMENTS, "assignment_time pickup_time courier orders", _assignments(day, trips))
    header = "order placement_time restaurant ready_time pickup_time dropoff_time courier"
    _write(root / DROPOFFS, header, _dropoffs(day, trips))
    _write(root / MOVES, "courier departure_time origin destination", _moves(day, trips))


def _write(path: Path, header: str, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in (header, *lines)), encoding="utf-8")


def _assignments(day: MealDay, trips: Sequence[MealTrip]) -> list[str]:
    return [
        f"{trip.assigned_min} {trip.pickup_min} {day.couriers.ids[trip.courier]} "
        + " ".join(day.orders.ids[o] for o in trip.orders)
        for trip in trips
    ]


def _dropoffs(day: MealDay, trips: Sequence[MealTrip]) -> list[str]:
    orders = day.orders
    by_order = {
        o: f"{trip.pickup_min} {dropoff_min} {day.couriers.ids[trip.courier]}"
        for trip in trips
        for o, dropoff_min in zip(trip.orders, trip.dropoff_min, strict=True)
    }
    return [
        f"{name} {orders.placed_min[o]} {day.restaurant_ids[orders.restaurant[o]]} {orders.ready_min[o]} "
        + by_order.get(o, "  ")
        for o, name in enumerate(orders.ids)
    ]


def _moves(day: MealDay, trips: Sequence[MealTrip]) -> list[str]:
    """Every ride, grouped by courier, in the sequence in which they were made."""
    lines = []
    for c, name in enumerate(day.couriers.ids):
        here = OWN_START
        for trip in sorted((trip for trip in trips if trip.courier == c), key=lambda trip: trip.assigned_min):
            half_pick_min, half_door_min = day.rules.pickup_min // 2, day.rules.dropoff_min // 2
            leave_min = trip.assigned_min
            restaurant = day.restaurant_ids[day.orders.restaurant[trip.orders[0]]]
            lines.append(f"{name} {leave_min} {here} {restaurant}")
            here, leave_min = restaurant, trip.pickup_min + half_pick_min
            for o, dropoff_min in zip(trip.orders, trip.dropoff_min, strict=True):
                lines.append(f"{name} {leave_min} {here} {day.orders.ids[o]}")
                here, leave_min = day.orders.ids[o], dropoff_min + half_door_min
    return lines
