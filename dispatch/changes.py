"""The changes of a request that might serve an order, or bring it on time, each with its price.

Every place that the order could have in the plan, its other trips standing, is measured (``dispatch.places``). A place
that breaks one limit names a change, that limit's; one more rider is thought of as well.

Prices are in the request's own money, so that they move with its currency. What is paid by nobody in the plan is priced
in minutes of a rider at ``Rates.rider_cost_per_h``:

- minutes of promise: as late minutes, by ``Rates``;
- one more rider: by the hour, ``HIRE_S`` at least; a longer shift: the seconds it is longer;
- a larger vehicle: ``KG_MIN``, ``LITRE_MIN`` and ``SLOT_MIN`` for each kg, litre and order more;
- a larger battery: ``WH_MIN`` and ``KM_MIN`` for each Wh and km more;
- a higher cap on grams: those grams for every order of the request, by ``Rates``;
- the price of leaving the order out: by how much it must rise.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.answer import Fix, FixKind, Leg, Trip
from dispatch.objective import late_cost, transport_gco2e, trip_battery_wh
from dispatch.places import CENT, places_of, standing_of, trips_cost
from dispatch.problem import Floats, Problem
from dispatch.request import PlanRequest, Rider, Store
from dispatch.timetable import ready_s
from dispatch.travel import Travel

HIRE_S = 3600
"""A rider is called in for an hour at least."""
KG_MIN, LITRE_MIN, SLOT_MIN = 2.0, 0.5, 2.0
WH_MIN, KM_MIN = 0.2, 2.0
SLACK_S = 60
"""Promises and shifts get so much more than is needed."""
SPARE = 1.01
"""Batteries and caps on grams get a hundredth more."""
MARGIN = 0.25
"""Serving the order must pay by this part of what it costs."""
CONTESTED_MARGIN = 1.0
"""The same where the change is one that other orders left out may profit from."""
FIRST_PLACE = 2.0
"""An order that must come before others gets so many times the highest price of leaving one out."""
MORE_MIN = (5, 15)
"""An order that is late is also thought of with a promise that is so many minutes longer than it needs."""


class Candidate(NamedTuple):
    """A change, what it and the trips with it cost, and whether nobody else can take what it gives the order."""

    total: float
    fix: Fix
    sure: bool = False


class Changes:
    """One order of one plan, and the changes that would mend it."""

    def __init__(
        self, request: PlanRequest, travel: Travel, problem: Problem, trips: Sequence[Trip], row: int, *, late: bool
    ) -> None:
        self.request, self.travel, self.problem, self.late = request, travel, problem, late
        self.row = problem.arrays.orders[row]
        self.order = next(order for order in request.orders if order.id == problem.order_ids[row])
        standing = standing_of(problem, trips, self.order.id)
        self.places = places_of(problem.arrays, standing, row)
        self.due_s = float(self.row["promise_s"] if late else self.row["latest_s"])
        self.worth = float(self.row["unserved_cost"])
        self.stands, self.late_s = 0.0, 0
        if late:
            with_it = trips_cost(problem.arrays, standing_of(problem, trips), row)
            without = trips_cost(problem.arrays, standing)
            if not math.isfinite(without):  # others cannot be brought but past its door: nothing can be moved
                self.places, without = self.places[:0], with_it
            self.stands = with_it - without
            self.late_s = next(s.late_s for trip in trips for s in trip.stops if s.order_id == self.order.id)
            self.worth = self.stands + self.order.priority * late_cost(request.rates, self.late_s)

    def candidates(self) -> list[Candidate]:
        """The cheapest change of each kind, with more room and with more worth too, the cheapest first."""
        found = [*self._where_it_is(), *self._at_places(), *self._riders()]
        if self.late:
            found += [
                self._longer(each, 60 * more) for each in found for more in MORE_MIN if each.fix.kind == FixKind.PROMISE
            ]
        else:
            found += [self._before_all_others(each) for each in found]
        return sorted(found, key=lambda each: each.total)

    def _longer(self, candidate: Candidate, more_s: int) -> Candidate:
        """The same with a promise that is so much longer, since a plan spends what a promise leaves."""
        fix, rates = candidate.fix, self.request.rates
        assert fix.promised_at is not None
        promised_at = fix.promised_at + timedelta(seconds=more_s)
        late_s = (promised_at - self.order.promised_at).total_seconds()
        price = self.order.priority * late_cost(rates, late_s)
        text = f"promise it {late_s / 60:.0f} min later, by {promised_at.isoformat()}"
        longer = fix.model_copy(update={"promised_at": promised_at, "price": price, "text": text})
        return Candidate(candidate.total + price - fix.price, longer, sure=more_s >= 60 * max(MORE_MIN))

    def _before_all_others(self, candidate: Candidate) -> Candidate:
        """The same with the order worth more than any other, where others would take what it frees."""
        fix = candidate.fix
        worth = self.worth if fix.unserved_cost is None else fix.unserved_cost * self.order.priority
        dearest = float(self.problem.arrays.orders["unserved_cost"].max()) * FIRST_PLACE
        new = _up(max(dearest, 2 * worth) / self.order.priority, 2)
        more = new * self.order.priority - worth
        change = "" if fix.kind == FixKind.UNSERVED_COST else f"{fix.text.partition('; value it at')[0]}; "
        text = f"{change}value it at {new:.2f} {self.request.rates.currency}"
        first = fix.model_copy(update={"unserved_cost": new, "price": fix.price + more, "text": text})
        return Candidate(candidate.total + more, first, sure=True)

    def _late_cost(self, arrive_s: Floats) -> Floats:
        rates, late_s = self.request.rates, np.maximum(arrive_s - self.row["promise_s"], 0.0)
        in_grace_s = np.minimum(late_s, rates.late_grace_s)
        cost = in_grace_s * rates.late_cost_per_min + (late_s - in_grace_s) * rates.late_cost_per_min_after_grace
        priced: Floats = self.order.priority * cost / 60
        return priced

    def _at_places(self) -> Iterator[Candidate]:
        """Of each kind the cheapest place that needs no other change, with its sum."""
        a, rates = self.problem.arrays, self.request.rates
        places = self.places[np.isfinite(self.places["capacity_l"])]  # no change gives a vehicle more bags
        row = a.vehicles[places["vehicle"]]
        minute = rates.rider_cost_per_h / 60
        hour = np.where(row["rides"], rates.rider_cost_per_h, rates.drone_cost_per_h)
        over = {
            "orders": np.maximum(places["n_orders"] - row["capacity_orders"], 0),
            "kg": _over(places["load_kg"], row["capacity_kg"]),
            "l": _over(places["capacity_l"], row["capacity_l"]),
            "m": _over(places["metres"], row["range_m"]),
            "wh": _over(places["wh"], row["battery_wh"]),
        }
        grams = _over(places["wh_per_order"], row["wh_per_order"]) * self._g_per_wh(places["vehicle"])
        late = self._late_cost(places["arrive_s"])
        broken = {
            FixKind.SHIFT: places["over_end_s"] > 0,
            FixKind.CAPACITY: (over["orders"] > 0) | (over["kg"] > 0) | (over["l"] > 0),
            FixKind.BATTERY: (over["m"] > 0) | (over["wh"] > 0),
            FixKind.CARBON_CAP: grams > 0,
            FixKind.UNSERVED_COST: np.zeros(len(places), dtype=np.bool_),
            FixKind.PROMISE: places["arrive_s"] > self.due_s,
        }
        price = {
            FixKind.SHIFT: np.maximum(places["over_end_s"], 0.0) / 3600 * hour,
            FixKind.CAPACITY: (over["kg"] * KG_MIN + over["l"] * LITRE_MIN + over["orders"] * SLOT_MIN) * minute,
            FixKind.BATTERY: (over["m"] / 1000 * KM_MIN + over["wh"] * WH_MIN) * minute,
            FixKind.CARBON_CAP: grams * len(self.request.orders) / 1000 * rates.carbon_cost_per_kg,
            FixKind.UNSERVED_COST: np.zeros(len(places)),
            FixKind.PROMISE: late,
        }
        count = sum(flags.astype(np.int64) for flags in broken.values())
        for kind, flags in broken.items():
            mask = (count == 1) & flags
            if kind == FixKind.PROMISE:
                mask = (count == flags) & (places["arrive_s"] > self.row["promise_s"])
            elif kind == FixKind.UNSERVED_COST:
                mask = (count == 0) & (not self.late)
            cost = places["cost"] + (0.0 if kind == FixKind.PROMISE or self.late else late)
            margin = MARGIN if kind in {FixKind.PROMISE, FixKind.UNSERVED_COST} else CONTESTED_MARGIN
            least = self.worth * (1 + MARGIN) if kind == FixKind.UNSERVED_COST else 0.0
            needed = self._needed(cost, margin, at_least=least)
            total = np.where(mask, price[kind] + cost + np.maximum(needed - self.worth, 0.0), np.inf)
            if self.late and kind != FixKind.PROMISE:
                total[cost >= self.worth] = np.inf
            best = int(np.argmin(total)) if len(total) else 0
            if len(total) and np.isfinite(total[best]):
                fix = self._fix(kind, places[best], float(price[kind][best]), float(places["cost"][best]))
                yield self._valued(float(total[best]), fix, float(needed[best]))

    def _needed(self, cost: Floats, margin: float, *, at_least: float = 0.0) -> Floats:
        """What leaving the order out must cost for serving it to pay."""
        return np.zeros_like(cost) if self.late else np.maximum(cost + margin * np.abs(cost) + 0.01, at_least)

    def _valued(self, total: float, fix: Fix, needed: float) -> Candidate:
        """The fix with the price of leaving the order out that it needs, if that must rise."""
        if needed <= self.worth:
            return Candidate(total, fix)
        new, currency = _up(needed / self.order.priority, 2), self.request.rates.currency
        worth = f"value it at {new:.2f} {currency}, not {self.worth / self.order.priority:.2f}"
        text = worth if fix.kind == FixKind.UNSERVED_COST else f"{fix.text}; {worth}"
        price = fix.price + needed - self.worth
        return Candidate(total, fix.model_copy(update={"unserved_cost": new, "text": text, "price": price}))

    def _fix(self, kind: FixKind, place: np.void, price: float, cost: float) -> Fix:
        vehicle = self.request.vehicles[place["vehicle"]]
        row = self.problem.arrays.vehicles[place["vehicle"]]
        fields: dict[str, object] = {"vehicle_id": vehicle.id}
        text = ""
        if kind == FixKind.PROMISE:
            more_s = _minutes_up(place["arrive_s"] - self.row["promise_s"] + SLACK_S)
            promised_at = self.order.promised_at + timedelta(seconds=more_s)
            fields["promised_at"] = promised_at
            text = (
                f"promise it {more_s // 60} min later, by {promised_at.isoformat()}: {vehicle.id!r} can bring it then"
            )
        elif kind == FixKind.SHIFT and vehicle.shift_end_at is not None:
            more_s = _minutes_up(place["over_end_s"] + SLACK_S)
            fields["shift_end_at"] = vehicle.shift_end_at + timedelta(seconds=more_s)
            text = f"let the shift of {vehicle.id!r} end {more_s // 60} min later"
        elif kind == FixKind.CAPACITY:
            if place["n_orders"] > row["capacity_orders"]:
                fields["capacity_orders"] = int(place["n_orders"])
            if place["load_kg"] > row["capacity_kg"]:
                fields["capacity_kg"] = _up(place["load_kg"], 1)
            if place["capacity_l"] > row["capacity_l"]:
                fields["capacity_l"] = _up(place["capacity_l"], 1)
            units = {"capacity_orders": "orders", "capacity_kg": "kg", "capacity_l": "l"}
            larger = " and ".join(f"{fields[name]:g} {unit}" for name, unit in units.items() if name in fields)
            text = f"a vehicle for {vehicle.id!r} that carries {larger}"
        elif kind == FixKind.BATTERY:
            if place["metres"] > row["range_m"]:
                fields["range_m"] = _up(place["metres"] * SPARE, -1)
                text = f"a range of {fields['range_m']:g} m for {vehicle.id!r}"
            if place["wh"] > row["battery_wh"]:
                fields["battery_wh"] = _up(place["wh"] * SPARE, 1)
                text += f"{' and ' if text else ''}a battery of {fields['battery_wh']:g} Wh for {vehicle.id!r}"
        elif kind == FixKind.CARBON_CAP:
            grams = place["wh_per_order"] * float(self._g_per_wh(np.array([place["vehicle"]]))[0])
            fields["max_gco2e_per_order"] = _up(grams * SPARE, 2)
            text = f"allow {fields['max_gco2e_per_order']:g} gCO2e an order, for a trip of {vehicle.id!r}"
        return Fix.model_validate({"kind": kind, "text": text, "price": price, "cost": cost - self.stands} | fields)

    def _g_per_wh(self, vehicles: NDArray[np.int64]) -> Floats:
        regions = {store.id: store.region for store in self.request.stores}
        grams = {region: transport_gco2e(1.0, region) for region in set(regions.values())}
        each = self.request.vehicles
        return np.array([grams[regions[each[v].store_id]] for v in vehicles], dtype=np.float64)

    def _where_it_is(self) -> Iterator[Candidate]:
        """A late order that cannot be moved at all may be promised for when it comes."""
        if self.late and not len(self.places):
            more_s = _minutes_up(self.late_s + SLACK_S)
            promised_at = self.order.promised_at + timedelta(seconds=more_s)
            price = self.order.priority * late_cost(self.request.rates, self.late_s)
            text = f"promise it {more_s // 60} min later, by {promised_at.isoformat()}: it comes then"
            fix = Fix(kind=FixKind.PROMISE, text=text, price=price, cost=0.0, promised_at=promised_at)
            yield Candidate(price, fix)

    def _riders(self) -> Iterator[Candidate]:
        """One more rider, for an hour from when the order can leave or for three from now, and his other needs."""
        order, own = self.order, {self.order.store_id, *self.order.also_at}
        if order.vehicle_ids is not None:
            return
        alone = [each for store in self.request.stores if store.open and store.id in own for each in self._alone(store)]
        if not alone:
            return
        cost, arrive_s, back_s, grams, store_id = min(alone)
        rates, late = self.request.rates, float(self._late_cost(np.array([arrive_s]))[0])
        more: dict[str, Any] = {}  # what he needs besides, in words, and what that is worth
        extra: list[str] = []
        more_price = 0.0
        if arrive_s > self.due_s:
            more_s = _minutes_up(arrive_s - self.row["promise_s"] + SLACK_S)
            more["promised_at"] = order.promised_at + timedelta(seconds=more_s)
            extra.append(f"a promise that is {more_s // 60} min later")
            more_price += late
        cap = self.request.max_gco2e_per_order
        if cap is not None and grams > cap:
            more["max_gco2e_per_order"] = _up(grams * SPARE, 2)
            extra.append(f"{more['max_gco2e_per_order']:g} gCO2e an order")
            more_price += (grams - cap) * len(self.request.orders) / 1000 * rates.carbon_cost_per_kg
        larger = {"capacity_kg": (order.mass_kg, KG_MIN, "kg"), "capacity_l": (order.volume_l, LITRE_MIN, "l")}
        for name, (load, minutes, unit) in larger.items():
            usual = Rider.model_fields[name].default
            if load > usual:
                more[name] = _up(load, 1)
                extra.append(f"room for {more[name]:g} {unit}")
                more_price += (load - usual) * minutes * rates.rider_cost_per_h / 60
        paid = 0.0 if "promised_at" in more else late
        needed = float(self._needed(np.array([cost + paid]), CONTESTED_MARGIN)[0])
        leave_s = ready_s(order, self.request.now)
        for from_s, least_s in ((leave_s // 60 * 60, HIRE_S), (0, 3 * HIRE_S)):
            until_s = from_s + max(least_s, _minutes_up(back_s - from_s + SLACK_S))
            price = (until_s - from_s) / 3600 * rates.rider_cost_per_h + more_price
            free_at, shift_end_at = (self.request.now + timedelta(seconds=each) for each in (from_s, until_s))
            text = f"one more rider at {store_id!r}, {free_at.isoformat()} to {shift_end_at.isoformat()}"
            text += f", with {' and '.join(extra)}" if extra else ""
            fields = {"store_id": store_id, "free_at": free_at, "shift_end_at": shift_end_at, **more}
            figures = {"kind": FixKind.RIDER, "text": text, "price": price, "cost": cost - self.stands}
            fix = Fix.model_validate(figures | fields)
            yield self._valued(price + cost + paid + max(0.0, needed - self.worth), fix, needed)

    def _alone(self, store: Store) -> Iterator[tuple[float, float, float, float, str]]:
        """A new rider's trip from ``store`` with the order alone, if there is a way: cost, arrival, return, grams."""
        order, rates = self.order, self.request.rates
        rider = Rider(id="new", store_id=store.id)
        legs = self.travel.legs(rider)
        home, there = self.travel.stores[store.id], self.travel.orders[order.id]
        if not math.isfinite(legs.seconds[home, there] + legs.seconds[there, home]):
            return
        ways = [
            Leg(travel_s=int(legs.seconds[i, j]), distance_m=float(legs.metres[i, j]))
            for i, j in ((home, there), (there, home))
        ]
        arrive_s = max(ready_s(order, self.request.now) + ways[0].travel_s, float(self.row["early_s"]))
        grams = transport_gco2e(trip_battery_wh(rider, ways, [order.mass_kg]), store.region)
        cost = (
            rates.rider_cost_per_trip
            + sum(leg.travel_s for leg in ways) / 3600 * rates.rider_cost_per_h
            + sum(leg.distance_m for leg in ways) / 1000 * rates.rider_cost_per_km
            + grams / 1000 * rates.carbon_cost_per_kg
        )
        yield cost, arrive_s, arrive_s + order.handover_s + ways[1].travel_s, grams, store.id


def _over(found: Floats, limit: Floats) -> Floats:
    """By how much a limit is broken, 0 where it is kept."""
    return np.where(found > limit + CENT, found - np.where(np.isfinite(limit), limit, 0.0), 0.0)


def _up(value: float, digits: int) -> float:
    """The value rounded up to so many decimals."""
    scale = 10.0**digits
    return math.ceil(round(float(value) * scale, 6)) / scale


def _minutes_up(seconds: float) -> int:
    return math.ceil(float(seconds) / 60) * 60
