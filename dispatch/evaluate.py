"""What a plan made by hand is worth: timed, priced and judged like Swiftleaf's own."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from dispatch.answer import Plan, Trip, Verdict, Violation, ViolationCode
from dispatch.check import check
from dispatch.faults import refuse_contradictions
from dispatch.planner import assemble, refuse_regions
from dispatch.problem import compile_problem
from dispatch.record import Id, Moment, Record
from dispatch.request import MAX_ORDERS, PlanRequest
from dispatch.timetable import RouteTrip, timetable
from dispatch.travel import Travel

BY_HAND = "hand"
"""The ``engine`` of an evaluated plan."""


class SketchTrip(Record):
    """A trip as one would write it down: who takes which orders, in which sequence.

    A vehicle makes its trips in the sequence in which they are listed.
    """

    vehicle_id: Id
    order_ids: Annotated[tuple[Id, ...], Field(max_length=MAX_ORDERS)]
    store_id: Annotated[Id | None, Field(description="where it starts; null is the vehicle's own store")] = None
    depart_at: Annotated[Moment | None, Field(description="leaves then; null is as early as it can")] = None


class CheckRequest(Record):
    """A snapshot, and either trips made by hand or a whole plan, as Swiftleaf answers it."""

    request: PlanRequest
    trips: Annotated[tuple[SketchTrip, ...] | None, Field(max_length=MAX_ORDERS)] = None
    plan: Plan | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.trips is None) == (self.plan is None):
            raise ValueError("give exactly one of trips and plan")
        return self


def evaluate(request: PlanRequest, sketch: Sequence[SketchTrip] | Plan, *, travel: Travel | None = None) -> Plan:
    """Time, price and judge a plan made by hand; no plan is refused for being bad.

    Args:
        request: the snapshot that it is for.
        sketch: its trips; or a whole plan, of which vehicles, stores, sequences and departures are read, and whose
            verdict is that on the plan as it stands, its own times and figures included.
        travel: the request's measured legs, if they are at hand.

    Returns:
        The plan with the trips in the sketch's sequence, a reason for each order that it leaves out or brings late, and
        a verdict with every violation, priced where the request's rates have a price. What cannot be timed, because the
        request has no such vehicle, store or order, is left out of the plan and among the violations. Their paths count
        trips and stops as the sketch does.

    Raises:
        RequestError: if the request contradicts itself, or names a map or a region that is not there.
    """
    refuse_contradictions(request)
    refuse_regions(request)
    travel = travel or Travel.of(request)
    written = _sketch_of(sketch) if isinstance(sketch, Plan) else sketch
    timed = _Timed(request, travel, written)
    # Nothing is settled beforehand in a plan made by hand: its pinned trips are among the others, or missing.
    problem = compile_problem(request.model_copy(update={"pinned": []}), travel)
    answer = assemble(request, travel, problem, timed.trips, None, engine=BY_HAND, seed=0)
    if isinstance(sketch, Plan):
        return answer.model_copy(update={"verdict": check(request, sketch, travel)})
    found = (*timed.unknown, *(timed.in_sketch(each) for each in check(request, answer, travel).violations))
    return answer.model_copy(update={"verdict": Verdict(valid=not found, violations=found)})


def _sketch_of(plan: Plan) -> list[SketchTrip]:
    return [
        SketchTrip(
            vehicle_id=trip.vehicle_id,
            order_ids=tuple(stop.order_id for stop in trip.stops),
            store_id=trip.store_id,
            depart_at=trip.depart_at,
        )
        for trip in plan.trips
    ]


class _Timed:
    """The trips of a sketch that can be timed, in its sequence, and what is unknown of the rest."""

    def __init__(self, request: PlanRequest, travel: Travel, sketch: Sequence[SketchTrip]) -> None:
        self.orders = {order.id for order in request.orders}
        self.stores = {store.id for store in request.stores}
        self.vehicles = {vehicle.id: vehicle for vehicle in request.vehicles}
        self.unknown = [fault for i, written in enumerate(sketch) for fault in self._unknown(i, written)]
        routes: dict[str, list[RouteTrip]] = defaultdict(list)
        self._trip_of: list[int] = []  # for each trip of the plan its number in the sketch
        self._stop_of: list[list[int]] = []
        places: list[tuple[str, int]] = []
        for i, written in enumerate(sketch):
            vehicle = self.vehicles.get(written.vehicle_id)
            if vehicle is None or (written.store_id or vehicle.store_id) not in self.stores:
                continue
            kept = [k for k, order_id in enumerate(written.order_ids) if order_id in self.orders]
            places.append((vehicle.id, len(routes[vehicle.id])))
            orders = tuple(written.order_ids[k] for k in kept)
            routes[vehicle.id].append(RouteTrip(written.store_id or vehicle.store_id, orders, written.depart_at))
            self._trip_of.append(i)
            self._stop_of.append(kept)
        made: dict[str, list[Trip]] = defaultdict(list)
        for trip in timetable(request, travel, routes):
            made[trip.vehicle_id].append(trip)
        self.trips = tuple(made[vehicle_id][number] for vehicle_id, number in places)

    def _unknown(self, i: int, written: SketchTrip) -> Iterator[Violation]:
        path = f"$.trips[{i}]"
        if written.vehicle_id not in self.vehicles:
            text = f"no vehicle has the id {written.vehicle_id!r}; its orders are left out"
            yield Violation(code=ViolationCode.VEHICLE_UNKNOWN, path=f"{path}.vehicle_id", text=text)
        if written.store_id is not None and written.store_id not in self.stores:
            text = f"no store has the id {written.store_id!r}; stores: {sorted(self.stores)}"
            yield Violation(code=ViolationCode.WRONG_STORE, path=f"{path}.store_id", text=text)
        for k, order_id in enumerate(written.order_ids):
            if order_id not in self.orders:
                text = f"the request has no order {order_id!r}"
                yield Violation(code=ViolationCode.ORDER_UNKNOWN, path=f"{path}.stops[{k}].order_id", text=text)

    def in_sketch(self, fault: Violation) -> Violation:
        """A violation of the timed plan at its place in the sketch."""
        place = re.match(r"\$\.trips\[(\d+)\](?:\.stops\[(\d+)\])?", fault.path)
        if place is None:
            return fault
        trip = int(place[1])
        path = f"$.trips[{self._trip_of[trip]}]"
        if place[2] is not None:
            path += f".stops[{self._stop_of[trip][int(place[2])]}]"
        return fault.model_copy(update={"path": path + fault.path[place.end() :]})
