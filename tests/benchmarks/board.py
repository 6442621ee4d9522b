"""How soon the dispatch board is ready with 2,000 orders and 40 vehicles, in a real Chromium with an empty cache.

Run it: ``uv run python -m tests.benchmarks.board --orders 2000 --vehicles 40 --visits 5``. A one-shot plan of a dinner
peak in the bundled city is put into the database as a fleet's live plan, under a lease that no server can take, so that
every visit sees the same. Ready is when the figures, the lists, the timeline and the map's stops are there, counted
from the navigation's start; the streets and the trips' ways along them follow, and are told apart.
"""

import argparse
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

import dispatch
from dispatch.online import Setup, Status
from service.db.database import Database
from service.db.decisions import DecisionRepository
from service.db.fleets import FleetRepository
from service.live import Day, LiveOrder, LivePlan, LiveTrip, LiveVehicle, ProposedTrip
from tests.browser.conftest import CHROMIUM_ARGS, NOTE_VIOLATIONS
from tests.browser.fleet import peak
from tests.browser.server import running_server

FLEET = "benchmark"
GOAL_MS = 2_500
STOPS = "map.planMap?.library.loaded() && map.planMap.library.queryRenderedFeatures({layers: ['stops']}).length > 0"
STREETS = "map.planMap.library.queryRenderedFeatures({layers: ['streets']}).length > 0"


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


def store(folder: Path, live: LivePlan) -> None:
    """Put the plan into a new database."""
    database = Database(f"sqlite:///{folder / 'swiftleaf.db'}")
    database.migrate()
    setup = Setup(stores=list(live.stores), travel=dispatch.MapTravel())
    with database.writing() as session:
        fleets = FleetRepository(session)
        fleets.add(FLEET, setup.model_dump_json(), [each.id for each in live.stores])
        unowned = next(lease for lease in fleets.leases() if lease.fleet_id == FLEET)
        fleets.claim(unowned, "nobody", datetime.now(UTC) + timedelta(days=1))
        DecisionRepository(session, FLEET).put_plan(live.revision, live.model_dump_json())
    database.close()


def wait_ms(page: Page, script: str) -> float:
    """When ``script`` became true, in ms from the navigation's start."""
    end_s = time.monotonic() + 60
    while time.monotonic() < end_s:
        if page.evaluate(f"Boolean({script})"):
            return float(page.evaluate("performance.now()"))
        page.wait_for_timeout(10)
    raise AssertionError(f"not within a minute: {script}")


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
    table = Table("visit", "lists ms", "ready ms", "streets ms", "console errors", "violations")
    ready: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        store(Path(folder), live)
        with running_server(Path(folder)) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=asked.chromium, headless=True, args=CHROMIUM_ARGS)
            for visit in range(asked.visits):
                page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
                errors: list[str] = []
                page.on("console", lambda message, kept=errors: message.type == "error" and kept.append(message.text))
                page.on("pageerror", lambda error, kept=errors: kept.append(str(error)))
                page.add_init_script(NOTE_VIOLATIONS)
                page.goto(f"{server}/board/{FLEET}", wait_until="commit")
                lists = wait_ms(page, "performance.getEntriesByName('board-ready').length")
                stops, streets = wait_ms(page, STOPS), wait_ms(page, STREETS)
                lists = float(page.evaluate("performance.getEntriesByName('board-ready')[0].startTime"))
                page.wait_for_timeout(3_000)
                ready.append(stops)
                found = [str(visit + 1), f"{lists:.0f}", f"{stops:.0f}", f"{streets:.0f}", str(len(errors))]
                table.add_row(*found, str(len(page.evaluate("violations"))))
                page.context.close()
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
