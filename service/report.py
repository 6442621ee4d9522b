"""Reports from plans and live trips in the database: which rounds were really ridden, and the report over them."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain

from pydantic import BaseModel, ValidationError

import carbon
import dispatch
import maps
from carbon.counted import counted
from carbon.reports import Period, Statement, statement
from carbon.reports.csv_text import csv_text
from carbon.reports.html_page import html_page
from carbon.reports.pdf import pdf
from carbon.reports.xlsx_file import xlsx_file
from dispatch.record import Location
from dispatch.rounds import rounds
from dispatch.timetable import retraced
from service.atlas import Atlas
from service.books import Books
from service.db.database import Database, DatabaseError
from service.db.fleets import FleetRepository
from service.db.plans import PlanRepository
from service.demo import run_demo
from service.files import UsageError, check_writable, write_bytes
from service.live.ridden import LIVE, read_ridden
from service.settings import Settings, read_settings

DRAWS, FEW_DRAWS, MANY_ORDERS = 10_000, 1_000, 20_000
"""Draws behind the ranges, and how many there are for reports of many orders, whose draws would take minutes."""
SAMPLE_WORK = 10_000
"""Iterations of the search for the sample's plan, a fraction of a second's."""
NEAR = timedelta(days=7)
"""A plan made so long before or after the days of a report may still hold their trips, or plan their orders anew."""
LISTED = 12
"""So many stores are named when the one asked for is unknown, and so many rounds that are left out."""
UNMEASURABLE = (dispatch.RequestError, maps.MapError, carbon.CarbonError)

FORMATS: Mapping[str, Callable[[Statement], bytes]] = {
    "json": lambda said: (said.model_dump_json(indent=2) + "\n").encode(),
    "csv": lambda said: csv_text(said).encode(),
    "xlsx": xlsx_file,
    "html": lambda said: html_page(said).encode(),
    "pdf": pdf,
}
"""What makes the bytes of each format of a statement."""

Order = tuple[str, datetime, tuple[float, float]]
"""Id, moment of placing and door: what makes an order the same in two plans, whichever store fills it."""


@dataclass(slots=True)
class Ridden:
    """The rounds of some stores on some days, out of all plans, and what was left out of them.

    Attributes:
        rounds: the rounds; ids of rounds and orders begin with that of their plan.
        packaging: by order id.
        superseded: what does not count because it was planned or ridden anew, in sentences.
        unmeasured: what does not count because it cannot be measured, in sentences.
    """

    rounds: list[carbon.Round] = field(default_factory=list)
    packaging: dict[str, carbon.Packaging] = field(default_factory=dict)
    superseded: list[str] = field(default_factory=list)
    unmeasured: list[str] = field(default_factory=list)

    @property
    def dropped(self) -> list[str]:
        """All that does not count."""
        return self.superseded + self.unmeasured

    def report(self, books: Books) -> carbon.Report:
        """Account for the rounds."""
        known = books.accounts
        return carbon.footprint(self.rounds, self.packaging, books.registry, hubs=known.hubs, contracts=known.contracts)


@dataclass(frozen=True, slots=True)
class Planned:
    """The trips of one plan with its request, or trips that were ridden live, in the form of a plan.

    Attributes:
        id: of the plan; of live trips, one that begins with ``LIVE``.
        request: what was planned.
        trips: how.
        anew: ids of the trips whose ways are to be measured anew.
        doors: where orders with a corrected address were to go at first, by id.
    """

    id: str
    request: dispatch.PlanRequest
    trips: tuple[dispatch.Trip, ...]
    anew: frozenset[str] = frozenset()
    doors: Mapping[str, Location] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Whether this is what was ridden, rather than what was to be."""
        return self.id.startswith(LIVE)

    def strays(self) -> list[dispatch.Trip]:
        """The trips that name an order or a vehicle which the request does not have."""
        orders, vehicles = ({each.id for each in known} for known in (self.request.orders, self.request.vehicles))
        return [
            trip
            for trip in self.trips
            if trip.vehicle_id not in vehicles or any(stop.order_id not in orders for stop in trip.stops)
        ]

    def open_orders(self) -> set[Order]:
        """Orders that it plans anew; those under way belong to an earlier plan, whose trip goes on."""
        away = {order_id for vehicle in self.request.vehicles for order_id in vehicle.on_board}
        opened = [order for order in self.request.orders if order.id not in away]
        at_first = {(order.id, order.placed_at, self.doors.get(order.id, order.location)) for order in opened}
        return at_first | {_order(order) for order in opened}


class _Trips(BaseModel):
    """What a report needs of a plan, and what it is told of live trips besides."""

    trips: tuple[dispatch.Trip, ...]
    anew: frozenset[str] = frozenset()
    doors: dict[str, Location] = {}


def make(
    out: str,
    format_name: str,
    *,
    stores: Sequence[str] = (),
    first_day: date | None = None,
    last_day: date | None = None,
    sample: bool = False,
    books: Books | None = None,
) -> Statement:
    """Write the report of stores over some days, or of the demo's day; returns what it says.

    Args:
        out: name of the file, or ``-``.
        format_name: one of ``FORMATS``.
        stores: ids of the stores.
        first_day: first day.
        last_day: last day.
        sample: report on the demo's day; in place of stores and days.
        books: own factors and accounts; the bundled factors alone by default.

    Raises:
        UsageError: for everything that a user may get wrong.
    """
    check_writable(out)
    if sample and (stores or first_day or last_day):
        raise UsageError("--sample reports on the demo's day; leave --store, --from and --to out")
    books = books or Books()
    try:
        if sample:
            said = sampled(books)
        elif stores and first_day and last_day:
            period = Period(first_day=first_day, last_day=last_day)
            said = stored(read_settings(), tuple(dict.fromkeys(stores)), period, books)
        else:
            raise UsageError("--store, --from and --to say what to report on; give all three, or --sample for a demo")
        write_bytes(out, FORMATS[format_name](said))
    except carbon.CarbonError as error:
        raise UsageError(str(error)) from None
    return said


def stated(
    report: carbon.Report,
    books: Books,
    *,
    period: Period | None = None,
    stores: Sequence[str] = (),
    previous: carbon.Report | None = None,
    exclusions: Sequence[str] = (),
) -> Statement:
    """The statement of a report, its ranges drawn.

    Args:
        report: the report.
        books: what it was made with.
        period: days asked for; those of the rounds if left out.
        stores: stores asked for.
        previous: the report of as many days just before, if there is one.
        exclusions: what was left out.
    """
    draws = DRAWS if len(report.orders) <= MANY_ORDERS else FEW_DRAWS
    return statement(
        report,
        period=period,
        stores=stores,
        previous=previous,
        previous_period=period.before if period and previous else None,
        ranges=carbon.uncertainty(report, draws=draws),
        edition=carbon.edition_of(books.registry),
        exclusions=exclusions,
        verification=books.accounts.verification,
    )


def sampled(books: Books) -> Statement:
    """The statement of the demo's day; its search is limited by work, so that it says the same every time."""
    done = run_demo(orders=60, riders=12, drones=2, engine="auto", seed=0, work_limit=SAMPLE_WORK)
    known = books.accounts
    report = dispatch.footprint(
        done.request, done.plan, registry=books.registry, hubs=known.hubs, contracts=known.contracts
    )
    return stated(report, books)


def stored(settings: Settings, stores: Sequence[str], period: Period, books: Books) -> Statement:
    """The statement of stores over a period, from the plans and the live trips in the database.

    Raises:
        UsageError: if the database cannot be read, or knows a store of none of these names.
    """
    plans, unreadable, known = _plans(settings, stores, period)
    _refuse_unknown(stores, known)
    atlas = Atlas(settings.map_files)
    now, before = (ridden(plans, stores, days, atlas) for days in (period, period.before))
    return stated(
        now.report(books),
        books,
        period=period,
        stores=stores,
        previous=before.report(books) if before.rounds else None,
        exclusions=(*unreadable, *now.dropped, *(f"in the period before: {what}" for what in before.dropped)),
    )


def ridden(plans: Sequence[Planned], stores: Collection[str], period: Period, atlas: Atlas) -> Ridden:
    """The rounds of ``stores`` that depart in ``period``, each order in one of them.

    An order that a later plan plans anew counts there; one that was ridden live, in its last live trip. What else was
    in its trip still rode it, so the trip counts whole for the rest, and is left out only if nothing of it is left.
    Days are those of the trips' own offsets.

    Args:
        plans: every plan, the earliest first, then what was ridden live.
        stores: the stores.
        period: the days.
        atlas: the maps that requests name.
    """
    found = Ridden()
    seen: set[Order] = set()
    again = gone = shortened = 0
    live = any(planned.live for planned in plans)
    for planned in reversed(plans):
        orders = {order.id: order for order in planned.request.orders}
        kept: list[dispatch.Trip] = []
        superseded: set[str] = set()
        for trip in planned.trips:
            if trip.store_id in stores and period.holds(trip.depart_at.date()):
                anew = {stop.order_id for stop in trip.stops if _order(orders[stop.order_id]) in seen}
                again += len(anew)
                if len(anew) == len(trip.stops):
                    gone += 1
                    continue
                shortened += bool(anew)
                superseded |= anew
                kept.append(trip)
        seen |= planned.open_orders()
        if kept:
            _add(found, planned, kept, superseded, atlas)
    if again:
        rest = f"; {counted(shortened, 'round')} with others counts whole for these" if shortened else ""
        alone = f"{counted(gone, 'round')} of nothing else"
        later = "a later plan planned anew or a later live trip made" if live else "a later plan planned anew"
        found.superseded.append(f"{counted(again, 'stop')} that {later}, and {alone}{rest}")
    found.rounds.reverse()
    return found


def _add(
    found: Ridden, planned: Planned, trips: Sequence[dispatch.Trip], superseded: Collection[str], atlas: Atlas
) -> None:
    """Measure trips of a plan and add them without the superseded orders; those that cannot be are told."""
    lost: dict[str, list[dispatch.Trip]] = {}
    try:
        travel = dispatch.Travel.of(planned.request, atlas)
    except UNMEASURABLE as error:
        lost[str(error)], trips = list(trips), ()
    packed = {order.id: carbon.STANDARD_PACKAGING[order.packaging] for order in planned.request.orders}
    for trip in reversed(trips):
        try:
            told = retraced(planned.request, travel, trip) if trip.id in planned.anew else trip
            if told is None:
                lost.setdefault("no way leads to one of its doors", []).append(trip)
                continue
            (round_,) = rounds(planned.request, [told], travel)
        except UNMEASURABLE as error:
            lost.setdefault(str(error), []).append(trip)
            continue
        left = [stop for stop in round_.stops if stop.order_id not in superseded]
        stops = tuple(stop.model_copy(update={"order_id": f"{planned.id}/{stop.order_id}"}) for stop in left)
        found.rounds.append(round_.model_copy(update={"id": f"{planned.id}/{round_.id}", "stops": stops}))
        for stop in left:
            found.packaging[f"{planned.id}/{stop.order_id}"] = packed[stop.order_id]
    for why, left_out in lost.items():
        lost_stops = counted(sum(len(trip.stops) for trip in left_out), "stop")
        named = ", ".join(trip.id for trip in left_out[:LISTED])
        more = f" and {len(left_out) - LISTED} more" if len(left_out) > LISTED else ""
        what = f"{counted(len(left_out), 'round')} of {lost_stops} ({named}{more}) in plan {planned.id}"
        found.unmeasured.append(f"{what}, which cannot be measured: {why}")


def _order(order: dispatch.Order) -> Order:
    return order.id, order.placed_at, order.location


def _plans(settings: Settings, stores: Collection[str], period: Period) -> tuple[list[Planned], list[str], set[str]]:
    """The plans and live trips that may matter, in their sequence; what cannot be read; and all stores."""
    try:
        database = Database(settings.database)
        try:
            database.migrate()
            with database.transaction() as session:
                dispatched = FleetRepository(session).stores()
                fleets = sorted({row.fleet_id for row in dispatched if row.id in stores})
                live = (row for fleet in fleets for row in read_ridden(session, fleet, stores, period))
                plans, unreadable, known = read_plans(chain(PlanRepository(session).done(), live), stores, period)
                return plans, unreadable, known | {row.id for row in dispatched}
        finally:
            database.close()
    except DatabaseError as error:
        raise UsageError(str(error)) from None


def read_plans(
    rows: Iterable[tuple[str, str, str]], stores: Collection[str], period: Period
) -> tuple[list[Planned], list[str], set[str]]:
    """Read plans made about the period by a request that names one of the stores; the others are glanced at only.

    Args:
        rows: id, request and plan of each, as JSON; the trips of a plan are enough. ``read_ridden`` makes live ones.
        stores: ids of the stores.
        period: the days.

    Returns:
        The plans, the earliest ``now`` first and the live ones last; what cannot be read; and the stores of all.
    """
    plans, unreadable = [], []
    known: set[str] = set()
    for plan_id, request, plan in rows:
        glance = glance_at(request)
        if glance is not None:
            made_on, own = glance
            known |= own
            about = period.before.first_day - NEAR <= made_on <= period.last_day + NEAR
            if not about or own.isdisjoint(stores):
                continue
        try:
            made = _Trips.model_validate_json(plan)
            read = Planned(plan_id, dispatch.read_request(request.encode()), made.trips, made.anew, made.doors)
        except (dispatch.RequestError, ValidationError):
            unreadable.append(f"plan {plan_id}, which this version of Swiftleaf cannot read")
            continue
        if strays := read.strays():
            what = f"{counted(len(strays), 'round')} in plan {plan_id}" if read.live else f"plan {plan_id}"
            unreadable.append(f"{what}, which names orders or vehicles that its request does not have")
            if not read.live:
                continue
            read = replace(read, trips=tuple(trip for trip in read.trips if trip not in strays))
        plans.append(read)
    # A stable sort: of two plans made for one moment, the one stored later is the later one. What was ridden is the
    # last word on an order, whatever was planned for it later.
    return sorted(plans, key=lambda each: (each.live, each.request.now)), unreadable, known


def glance_at(request: str) -> tuple[date, set[str]] | None:
    """The day a request was made for and its stores; None if it has to be read in earnest to be told."""
    try:
        read = json.loads(request)
        return datetime.fromisoformat(read["now"]).date(), {store["id"] for store in read["stores"]}
    except (ValueError, KeyError, TypeError):
        return None


def _refuse_unknown(stores: Collection[str], there: Collection[str]) -> None:
    known = sorted(there)
    for store in stores:
        if store not in known:
            more = f" and {len(known) - LISTED} more" if len(known) > LISTED else ""
            others = (
                f"there are plans of {', '.join(known[:LISTED])}{more}" if known else "it holds no plan that is done"
            )
            raise UsageError(
                f"--store {store}: no plan in the database is of it ({others}); give one of these, or set "
                "SWIFTLEAF_DATA_DIR to where the plans are"
            )
