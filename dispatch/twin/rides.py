"""How long things truly take: a trip as it is made, beside the one that was planned."""

import math
from dataclasses import dataclass
from datetime import datetime

from dispatch.answer import Leg, Stop, Trip
from dispatch.objective import transport_gco2e, trip_battery_wh
from dispatch.record import Id, seconds_after
from dispatch.request import Drone, Order, Rider
from dispatch.timetable import lateness_s
from dispatch.twin.book import Book
from dispatch.twin.world import DAY_S


@dataclass(frozen=True, slots=True)
class Rides:
    """The true times of a day's rides."""

    book: Book
    orders: dict[Id, Order]
    regions: dict[Id, str]

    def approach(self, vehicle: Rider | Drone, came_from: Id, trip: Trip, second: int) -> Leg:
        """The way to the store that a trip starts from, begun at a second of the day."""
        stores, k = self.book.travel.stores, self.book.number[trip.stops[0].order_id]
        return self._leg(vehicle, stores[came_from], stores[trip.store_id], second, float(self.book.day.approach[k]))

    def made(self, vehicle: Rider | Drone, trip: Trip, approach: Leg, second: int) -> Trip:
        """A planned trip as it is made when it leaves its store at a second of the day."""
        book, day = self.book, self.book.day
        home = book.travel.stores[trip.store_id]
        place, clock, stops = home, second, []
        for planned in trip.stops:
            order, k = self.orders[planned.order_id], book.number[planned.order_id]
            there = book.travel.orders[order.id]
            leg = self._leg(vehicle, place, there, clock, float(day.to_door[k]))
            arrive_at = book.moment(clock + leg.travel_s)
            clock += leg.travel_s + (vehicle.handover_s if isinstance(vehicle, Drone) else int(day.handover_s[k]))
            late_s = lateness_s(order, arrive_at)
            leave_at = book.moment(clock)
            stops.append(Stop(order_id=order.id, leg=leg, arrive_at=arrive_at, leave_at=leave_at, late_s=late_s))
            place = there
        last = book.number[trip.stops[-1].order_id]
        back = self._leg(vehicle, place, home, clock, float(day.back[last]))
        legs = [*(stop.leg for stop in stops), back]
        masses_kg = [self.orders[stop.order_id].mass_kg for stop in stops]
        battery_wh = trip_battery_wh(vehicle, legs, masses_kg, approach)
        return trip.model_copy(
            update={
                "depart_at": book.moment(second),
                "approach_leg": approach,
                "stops": tuple(stops),
                "return_leg": back,
                "return_at": book.moment(clock + back.travel_s),
                "travel_s": approach.travel_s + sum(leg.travel_s for leg in legs),
                "distance_m": math.fsum(leg.distance_m for leg in (approach, *legs)),
                "battery_wh": battery_wh,
                "transport_gco2e": transport_gco2e(battery_wh, self.regions[vehicle.store_id]),
            }
        )

    def _leg(self, vehicle: Rider | Drone, start: int, end: int, second: int, chance: float) -> Leg:
        """One ride begun at a second of the day, of a day at most. Drones keep their times."""
        legs = self.book.travel.legs(vehicle)
        expected_s, metres = float(legs.seconds[start, end]), float(legs.metres[start, end])
        if isinstance(vehicle, Drone):
            return Leg(travel_s=int(expected_s), distance_m=metres)
        # A hair less than the product, so that a factor of 1 leaves whole seconds as they are.
        true_s = min(expected_s * chance * self.slowness(second) - 1e-9, DAY_S)
        return Leg(travel_s=math.ceil(true_s), distance_m=metres)

    def slowness(self, second: int) -> float:
        """The factor on rides begun at a second of the day, by the hour and the weather."""
        world = self.book.world
        slow = world.roads.factor_by_hour.get(second // 3600, 1.0)
        return slow * math.prod(weather.slows_riders for weather in world.weather if weather.holds(second))

    def second(self, moment: datetime) -> int:
        """The second of the day of a moment."""
        return math.ceil(seconds_after(self.book.world.midnight, moment))
