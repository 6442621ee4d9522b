"""The orders of a day as stores take them, and what the twin alone knows of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from dispatch.record import Id
from dispatch.request import Order, PlanRequest
from dispatch.travel import Travel
from dispatch.twin.day import Day
from dispatch.twin.reach import NOBODY, Reach, reached
from dispatch.twin.refuse import Networks
from dispatch.twin.world import World, clock_s


@dataclass(frozen=True, slots=True)
class Book:
    """Everybody of a day: what a request at midnight would hold if it knew the future.

    Attributes:
        world: The scenario.
        day: Its chance.
        request: All orders that the stores take, with the times that they expect, and all vehicles.
        travel: Measured once between all of them.
        number: For each accepted order its number in the day's arrays.
        orders: How many orders the world would have sent within its hours.
        people: People within reach.
        reached_share: Part of the orders to expect that lies within reach, None if none are expected.
    """

    world: World
    day: Day
    request: PlanRequest
    travel: Travel
    number: dict[Id, int]
    orders: int
    people: float
    reached_share: float | None

    @classmethod
    def of(cls, world: World, day: Day, networks: Networks | None = None) -> Self:
        """Take the orders of a day that lie within reach and hours, and measure the ways between all places.

        Raises:
            RequestError: if the world names a map that is not there.
        """
        reach = Reach.of(world, networks)
        store = reach.store_of(day.points)
        opens_s, closes_s = clock_s(world.hours.starts), clock_s(world.hours.ends)
        in_time = (day.placed_s >= opens_s) & (day.placed_s < closes_s)
        taken = [int(k) for k in (in_time & (store != NOBODY)).nonzero()[0]]
        orders = [_order(world, day, k, int(store[k])) for k in taken]
        # Everything in it is a valid record, and a day may hold more orders than a snapshot may.
        request = PlanRequest.model_construct(
            now=world.midnight,
            stores=list(world.stores),
            orders=orders,
            riders=[crew.rider for crew in world.crews],
            drones=list(world.drones),
            travel=world.travel,
            rates=world.rates,
        )
        people, reached_share = reached(world, reach)
        return cls(
            world=world,
            day=day,
            request=request,
            travel=Travel.of(request, networks),
            number={order.id: k for order, k in zip(orders, taken, strict=True)},
            orders=int(in_time.sum()),
            people=people,
            reached_share=reached_share,
        )

    def moment(self, second: float) -> datetime:
        """A second of the day as a moment."""
        return self.world.midnight + timedelta(seconds=second)

    def ready_s(self, order_id: Id) -> int:
        """The second at which an order is truly packed."""
        k = self.number[order_id]
        return int(self.day.placed_s[k] + self.day.packing_s[k])


def _order(world: World, day: Day, k: int, store: int) -> Order:
    """Order ``k`` of the day as its store takes it: packed and handed over as long as one expects."""
    placed_at = world.midnight + timedelta(seconds=int(day.placed_s[k]))
    mass_kg = float(day.mass_kg[k])
    return Order(
        id=f"order-{k + 1:05d}",
        store_id=world.stores[store].id,
        also_at=tuple(other.id for i, other in enumerate(world.stores) if i != store and day.stock[i, k]),
        location=(float(day.points[k, 0]), float(day.points[k, 1])),
        placed_at=placed_at,
        ready_at=placed_at + timedelta(seconds=world.packing.mean_s),
        promised_at=placed_at + timedelta(seconds=round(world.promise_min * 60)),
        handover_s=int(day.expected_handover_s[k]),
        mass_kg=mass_kg,
        volume_l=round(mass_kg * world.baskets.litres_per_kg, 1),
    )
