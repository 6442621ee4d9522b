"""What runs in a worker process: plain data in, plain data out, so that any machine of a fleet can do it.

A worker imports this module as a Dask preload, and ``dask_setup`` makes it warm *before* it reports for work: a worker
that the scheduler knows is a worker that answers at once.
"""

import json
import signal
import threading
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyproj
import structlog

import dispatch
import maps
from dispatch import twin
from dispatch.faults import refuse_contradictions
from dispatch.fix import MOST_WORK
from dispatch.online import Setup
from service import logs
from service.atlas import Atlas
from service.live.gap import gap_of
from service.live.mend import mend
from service.live.plan import LivePlan
from service.live.price import Missing, Move, price

GEOD = pyproj.Geod(ellps="WGS84")
FILES = Mapping[str, str]
Json = dict[str, Any]


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of ours
    """Raised when what was asked cannot be answered as asked: ``faults`` says which field, and the way out.

    Like everything that crosses the process boundary it is picklable, and it carries no more than its faults.
    """

    def __init__(self, faults: tuple[dispatch.Fault, ...]) -> None:
        self.faults = faults
        super().__init__(faults)


def tiny_request() -> dispatch.PlanRequest:
    """One store, one rider, one order, on straight lines: the smallest problem that exercises a whole solve."""
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    store = maps.SAMPLE_STORE
    return dispatch.PlanRequest(
        now=now,
        stores=[dispatch.Store(id="store", location=store, region=maps.SAMPLE_REGION)],
        orders=[
            dispatch.Order(
                id="order",
                store_id="store",
                location=(store[0] + 0.01, store[1]),
                placed_at=now,
                ready_at=now,
                promised_at=now + timedelta(minutes=30),
                mass_kg=1.0,
            )
        ],
        riders=[dispatch.Rider(id="rider", store_id="store")],
        travel=dispatch.StraightTravel(kind="straight"),
    )


def solve_tiny() -> int:
    """Plan the tiny request with the greedy engine; returns how many orders the checked plan serves, which is 1."""
    return dispatch.plan(tiny_request(), engine="greedy").summary.served


def warm() -> None:
    """Read the bundled city and run every path that compiles or loads something once."""
    dispatch.warm_up()
    here = tiny_request().model_copy(update={"travel": dispatch.MapTravel()})
    document = here.model_dump_json()
    for engine in ("routing", "columns"):
        plan(engine, document, {}, time_limit_s=0.05, seed=0)
    quote(here.model_copy(update={"orders": []}).model_dump_json(), here.orders[0].model_dump_json(), {})
    maps.bundled_people()


def dask_setup(_worker: object) -> None:
    """Dask's hook: make the worker warm before it registers. A failure is told, and met again by the first request."""
    logs.configure()
    # Ctrl-C goes to every process of the terminal; when a worker stops is for the server to say.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        warm()
    except Exception:  # noqa: BLE001 - whatever it is, the worker may still do other work
        structlog.get_logger().exception("worker.cold", way_out="run `swiftleaf doctor`")


FIX_SHARE = 0.25
"""Looking for the changes that would mend a plan takes about this part of its search's time, and a second at most."""


def plan(engine: dispatch.Engine, document: str, files: FILES, *, time_limit_s: float, seed: int) -> dict[str, str]:
    """Plan a request.

    Args:
        engine: one of ``dispatch.ENGINES``.
        document: a ``PlanRequest`` as JSON.
        files: extra maps by name.
        time_limit_s: wall clock for the search.
        seed: of the search.

    Returns:
        JSON texts by name: ``plan``, ``geojson`` and ``carbon``.

    Raises:
        dispatch.RequestError: as ``dispatch.plan`` does.
        maps.MapFileError: if the map's file is not one.
    """
    request = dispatch.PlanRequest.model_validate_json(document)
    travel = dispatch.Travel.of(request, Atlas(files))
    fix_work = round(MOST_WORK * min(1.0, FIX_SHARE * time_limit_s))
    answer = dispatch.plan(
        request, engine=engine, time_limit_s=time_limit_s, seed=seed, travel=travel, fix_work=fix_work
    )
    report = dispatch.footprint(request, answer, travel)
    drawing = dispatch.draw(request, answer, travel, report)
    return {
        "plan": answer.model_dump_json(),
        "geojson": json.dumps(drawing, ensure_ascii=False, separators=(",", ":")),
        "carbon": report.model_dump_json(),
    }


def evaluate(document: str, files: FILES) -> str:
    """Time, price and judge a plan made by hand; a ``CheckRequest`` as JSON in, a ``Plan`` as JSON out.

    Raises as ``plan`` does, with a ``CheckRequest``'s paths.
    """
    asked = dispatch.CheckRequest.model_validate_json(document)
    sketch = asked.plan or asked.trips or ()
    try:
        refuse_contradictions(asked.request)
        travel = dispatch.Travel.of(asked.request, Atlas(files))
        return dispatch.evaluate(asked.request, sketch, travel=travel).model_dump_json()
    except dispatch.RequestError as error:
        faults = [fault.model_copy(update={"path": f"$.request{fault.path[1:]}"}) for fault in error.faults]
        raise dispatch.RequestError(faults) from None


def quote(request_document: str, order_document: str, files: FILES) -> str:
    """Quote one order; JSON in, a ``Quote`` as JSON out. Raises as ``plan`` does, with a ``QuoteRequest``'s paths."""
    request = dispatch.PlanRequest.model_validate_json(request_document)
    order = dispatch.Order.model_validate_json(order_document)
    whole = request.model_copy(update={"orders": [*request.orders, order]})
    try:
        refuse_contradictions(whole)
        travel = dispatch.Travel.of(whole, Atlas(files))
        return dispatch.quote(request, order, travel=travel).model_dump_json()
    except dispatch.RequestError as error:
        taken = f"$.orders[{len(request.orders)}]"
        raise dispatch.RequestError([_in_quote(fault, taken) for fault in error.faults]) from None


def _in_quote(fault: dispatch.Fault, candidate: str) -> dispatch.Fault:
    """A fault of the snapshot with the candidate in it, at its path in the ``QuoteRequest``."""
    path = fault.path
    if path.startswith(candidate):
        path = "$.order" + path.removeprefix(candidate)
    elif not path.startswith("$.order."):
        path = "$.request" + path.removeprefix("$")
    return fault.model_copy(update={"path": path})


def simulate_day(files: FILES, world: twin.World, seed: int) -> twin.DayResult:
    """Simulate one day of a world. Raises as ``dispatch.twin.simulate`` does."""
    return twin.simulate(world, seed, networks=Atlas(files))


def price_move(plan: str, setup: str, move: str, files: FILES) -> str:
    """Price a move of an order in a live plan; JSON in, a ``Price`` as JSON out.

    Raises:
        Refusal: if the plan does not have the order or the vehicle.
        maps.MapFileError: if the map's file is not one.
    """
    found = price(
        LivePlan.model_validate_json(plan),
        Setup.model_validate_json(setup),
        Move.model_validate_json(move),
        Atlas(files),
    )
    if isinstance(found, Missing):
        raise Refusal((dispatch.Fault(path=f"$.{found.field}", text=found.text),))
    return found.model_dump_json()


def mend_order(plan: str, setup: str, order_id: str, files: FILES) -> str:
    """Find what would mend an order of a live plan; JSON in, a ``Mend`` as JSON out.

    Raises:
        Refusal: if the plan does not have the order.
        maps.MapFileError: if the map's file is not one.
    """
    found = mend(LivePlan.model_validate_json(plan), Setup.model_validate_json(setup), order_id, Atlas(files))
    if isinstance(found, Missing):
        raise Refusal((dispatch.Fault(path=f"query.{found.field}", text=found.text),))
    return found.model_dump_json()


def plan_gap(plan: str, setup: str, files: FILES) -> str:
    """How far a live plan can be from the best; JSON in, a ``PlanGap`` as JSON out.

    Raises:
        maps.MapFileError: if the map's file is not one.
    """
    return gap_of(LivePlan.model_validate_json(plan), Setup.model_validate_json(setup), Atlas(files)).model_dump_json()


def service_area(name: str, lon: float, lat: float, minutes: float | None, radius_m: float | None, files: FILES) -> str:
    """The area that an e-bike at ``(lon, lat)`` serves, as a GeoJSON Feature.

    Properties: ``streets_m``, ``area_km2`` on the WGS 84 ellipsoid, ``people`` (null on a map without census zones),
    ``map``, and the ``minutes`` or ``radius_m`` that were asked for.

    Raises:
        Refusal: if the point is too far from every street.
        maps.MapFileError: if the map's file is not one.
    """
    atlas = Atlas(files)
    try:
        area = maps.service_area(atlas[name], maps.E_BIKE, (lon, lat), minutes=minutes, radius_m=radius_m)
    except maps.PointError as error:
        raise Refusal((dispatch.Fault(path="query.lon", text=str(error)),)) from None
    people = atlas.people(name)
    feature = area.to_geojson()
    feature["properties"] |= {
        "map": name,
        "area_km2": round(abs(GEOD.geometry_area_perimeter(area.polygon)[0]) / 1e6, 3),
        "people": None if people is None else round(people.within(area.polygon)),
    }
    return json.dumps(feature, separators=(",", ":"))


def streets(name: str, lon: float, lat: float, radius_m: float, files: FILES) -> str:
    """The streets around ``(lon, lat)`` as a GeoJSON FeatureCollection with the properties ``kind`` and ``name``."""
    collection = maps.streets_geojson(Atlas(files)[name], (lon, lat), radius_m)
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":"))


def read_sent_map(path: str, name: str) -> Json:
    """What a map file that was sent in holds, as ``describe_maps`` says it.

    Raises:
        Refusal: if it is no map, or not within this worker's reach.
    """
    try:
        return asdict(maps.read_map(path).info()) | {"name": name}
    except maps.MapFileError as error:
        if not Path(path).exists():
            text = (
                "the workers do not see the data folder of the server; have SWIFTLEAF_MAPS name the map, here and there"
            )
        else:
            text = str(error).replace(path, name)
        raise Refusal((dispatch.Fault(path="$", text=text),)) from None


def describe_maps(files: FILES) -> list[Json]:
    """What each map holds: the fields of ``maps.MapInfo``, or ``name`` and ``error`` for one that cannot be read."""
    atlas = Atlas(files)
    described: list[Json] = []
    for name in atlas:
        try:
            described.append(asdict(atlas[name].info()) | {"name": name, "people": atlas.people(name) is not None})
        except maps.MapError as error:
            described.append({"name": name, "error": str(error)})
    return described
