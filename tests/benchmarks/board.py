"""How soon the dispatch board is ready with 2,000 orders and 40 vehicles, in a real Chromium with an empty cache.

Run it: ``uv run python -m tests.benchmarks.board --orders 2000 --vehicles 40 --visits 5``. A one-shot plan of a dinner
peak in the bundled city is put into the database as a fleet's live plan, under a lease that is renewed throughout and
so taken by no server: every visit sees the same. Ready is when the figures, the lists, the timeline and the map's stops
are painted, counted from the navigation's start; the streets follow, and are told apart.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table

import dispatch
from dispatch.online import Setup, Status
from service.db.database import Database
from service.db.decisions import DecisionRepository
from service.db.fleets import FleetRepository
from service.live import Day, LiveOrder, LivePlan, LiveTrip, LiveVehicle, ProposedTrip
from service.live.keeper import LEASE_S, ROUND_S
from tests.browser.conftest import CHROMIUM_ARGS, NOTE_VIOLATIONS
from tests.browser.fleet import peak
from tests.browser.server import running_server
from tests.browser.visit import Visit

FLEET, OWNER = "benchmark", "nobody"
GOAL_MS = 2_500
WAIT_S = 60.0
MARK_PAINTED = """
const painted = (layer, mark) => {
  const library = document.getElementById("map")?.planMap?.library;
  const there = library?.getSource(layer) && library.isSourceLoaded(layer);
  if (!there || !library.queryRenderedFeatures({layers: [layer]}).length) {
    return requestAnimationFrame(() => painted(layer, mark));
  }
  return requestAnimationFrame(() => performance.mark(mark));
};
painted("stops", "stops-painted");
painted("streets", "streets-painted");
"""
"""Notes in the page itself when a layer has been drawn: asking from outside would hold it up."""


def live_plan(request: dispatch.PlanRequest, plan: dispatch.Plan) -> LivePlan:
    """The plan as a dispatcher would have it: the first trip of each vehicle is on the road, the rest is proposed."""
    stops = {stop.order_id: (trip.vehicle_id, stop) for trip in plan.trips for stop in trip.stops}
    unserved = {item.order_id: item for item in plan.unserved}
    first: dict[str, dispatch.Trip] = {}
    for trip in sorted(plan.trips, key=lambda each: each.depart_at):
        first.setdefault(trip.vehicle_id, trip)
    away = {stop.order_id for trip in first.values() for stop in trip.stops}
    orders = []
    for order in request.orders:
        vehicle_id, stop = stops.get(order.id, (None, None))
        left_out = unserved.get(order.id)
        orders.append(
            LiveOrder(
                order=order,
                status=Status.ON_BOARD if order.id in away else Status.OPEN,
                revision=1,
                vehicle_id=vehicle_id,
                arrive_at=stop and stop.arrive_at,
                late_s=stop and stop.late_s,
                code=left_out and left_out.code,
                text=left_out and left_out.text,
            )
        )
    return LivePlan(
        fleet_id=FLEET,
        revision=1,
        at=request.now,
        stores=tuple(request.stores),
        orders=tuple(orders),
        vehicles=tuple(
            LiveVehicle(
                vehicle=vehicle,
                store_id=vehicle.store_id,
                free_at=request.now,
                trip_id=first[vehicle.id].id if vehicle.id in first else None,
            )
            for vehicle in request.vehicles
        ),
        trips=tuple(
            LiveTrip(trip=trip, open_orders=tuple(stop.order_id for stop in trip.stops), left_at=trip.depart_at)
            for trip in first.values()
        ),
        proposed=tuple(
            ProposedTrip(trip=trip, go_at=trip.depart_at, latest_at=trip.depart_at)
            for trip in plan.trips
            if first[trip.vehicle_id] is not trip
        ),
        day=Day(
            since=request.now - timedelta(days=1),
            placed=len(orders),
            delivered=0,
            on_time=0,
            failed=0,
            cancelled=0,
            given_up=0,
            on_time_share=None,
        ),
    )


@contextmanager
def stored(folder: Path, live: LivePlan) -> Iterator[None]:
    """Put the plan into a new database, and hold the fleet's lease: who does not renew it is held for dead."""
    database = Database(f"sqlite:///{folder / 'swiftleaf.db'}")
    database.migrate()
    setup = Setup(stores=list(live.stores), travel=dispatch.MapTravel())
    with database.writing() as session:
        fleets = FleetRepository(session)
        fleets.add(FLEET, setup.model_dump_json(), [each.id for each in live.stores])
        unowned = next(lease for lease in fleets.leases() if lease.fleet_id == FLEET)
        fleets.claim(unowned, OWNER, datetime.now(UTC) + timedelta(seconds=LEASE_S))
        DecisionRepository(session, FLEET).put_plan(live.revision, live.model_dump_json())
    over = threading.Event()

    def renew() -> None:
        while not over.wait(ROUND_S):
            with database.writing() as session:
                FleetRepository(session).renew(OWNER, datetime.now(UTC) + timedelta(seconds=LEASE_S))

    holder = threading.Thread(target=renew)
    holder.start()
    try:
        yield
    finally:
        over.set()
        holder.join()
        database.close()


def wait_ms(page: Page, mark: str) -> float:
    """When the page set ``mark``, in ms from the navigation's start."""
    end_s = time.monotonic() + WAIT_S
    while time.monotonic() < end_s:
        if found := page.evaluate("(mark) => performance.getEntriesByName(mark)[0]?.startTime", mark):
            return float(found)
        page.wait_for_timeout(100)
    raise AssertionError(f"no mark {mark!r} within {WAIT_S:g} s; the page says: {page.inner_text('main')[:500]}")


def look(browser: Browser, server: str) -> tuple[list[float], list[str]]:
    """Visit the board with an empty cache: when lists, stops and streets were there, and what went wrong."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    visit = Visit(page, server)
    page.on("console", lambda message: visit.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    page.add_init_script(NOTE_VIOLATIONS + MARK_PAINTED)
    page.goto(f"{server}/board/{FLEET}", wait_until="commit")
    moments_ms = [wait_ms(page, mark) for mark in ("board-ready", "stops-painted", "streets-painted")]
    page.wait_for_timeout(3_000)
    faults = [*visit.errors, *visit.violations()]
    page.context.close()
    return moments_ms, faults


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=2_000)
    parser.add_argument("--vehicles", type=int, default=40)
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    asked = parser.parse_args()
    drones = asked.vehicles // 10
    request = peak(asked.orders, asked.vehicles - drones, drones)
    plan = dispatch.plan(request, engine="greedy", fixes=False)
    live = live_plan(request, plan)
    console = Console()
    table = Table("visit", "lists ms", "stops ms", "streets ms", "ready ms", "errors and violations")
    ready: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        stored(Path(folder), live),
        running_server(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=asked.chromium, headless=True, args=CHROMIUM_ARGS)
        for visit in range(asked.visits):
            moments_ms, faults = look(browser, server)
            ready.append(max(moments_ms[:2]))
            table.add_row(str(visit + 1), *(f"{each:.0f}" for each in moments_ms), f"{ready[-1]:.0f}", str(len(faults)))
            console.print(*faults, sep="\n", end="\n" if faults else "")
        browser.close()
    console.print(
        f"{len(live.orders)} orders ({sum(each.code is not None for each in live.orders)} unserved), "
        f"{len(live.vehicles)} vehicles, {len(plan.trips)} trips, plan of {len(live.model_dump_json()) / 1e6:.1f} MB"
    )
    console.print(table)
    console.print(
        f"ready: median {statistics.median(ready):.0f} ms, most {max(ready):.0f} ms; the goal is under {GOAL_MS} ms"
    )


if __name__ == "__main__":
    main()
