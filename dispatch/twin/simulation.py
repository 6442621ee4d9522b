"""One day of a world, played through the same dispatcher that runs live."""

from datetime import timedelta
from pathlib import Path

import numpy as np

from dispatch.forecast import Forecast
from dispatch.online import Dispatcher, Log, Setup, StorePlanner
from dispatch.request import MapTravel
from dispatch.travel import Travel
from dispatch.twin.book import Book
from dispatch.twin.day import Day, draw
from dispatch.twin.measure import Played, measure
from dispatch.twin.reach import NOBODY, Reach
from dispatch.twin.refuse import Networks, refuse_world
from dispatch.twin.result import DayResult
from dispatch.twin.stage import Stage
from dispatch.twin.world import World

HISTORY_DAYS = 14
"""The dispatcher's forecast has seen so many days of the same world."""
FIRST_HISTORY_SEED = 2**32
"""Seeds of those days; no day that is played has one of them."""


def simulate(world: World, seed: int, *, log: Path | None = None, networks: Networks | None = None) -> DayResult:
    """Play one day.

    Args:
        world: the scenario.
        seed: of all chance, 0 to 2**32 - 1; the same world and seed give the same result and log, byte for byte.
        log: where the events and decisions go, one JSON document a line; nowhere if None.
        networks: the maps that the world may name (default: the bundled one).

    Raises:
        RequestError: if the world contradicts itself or names a map or a region that is not there.
        ValueError: if the seed is out of range.
    """
    return measure(world, seed, play(world, seed, log=log, networks=networks))


def play(world: World, day: int | Day, *, log: Path | None = None, networks: Networks | None = None) -> Played:
    """Play one day, as ``simulate``, and give everything that happened in it.

    Args:
        world: the scenario.
        day: its seed, or a day of known chance.
        log: as for ``simulate``.
        networks: as for ``simulate``.
    """
    if isinstance(day, int) and not 0 <= day < FIRST_HISTORY_SEED:
        raise ValueError(f"seed is {day}; give one of 0 to {FIRST_HISTORY_SEED - 1}")
    refuse_world(world, networks)
    book = Book.of(world, draw(world, day) if isinstance(day, int) else day, networks)
    dispatcher = dispatcher_of(world, known=book.travel, networks=networks)
    if log is None:
        stage = Stage(book, dispatcher)
        stage.play()
    else:
        log.unlink(missing_ok=True)
        with Log(log) as written:
            stage = Stage(book, dispatcher, written)
            stage.play()
    return Played(
        request=book.request,
        travel=book.travel,
        trips=tuple(stage.trips),
        lost=stage.lost,
        on_shift_s=stage.on_shift_s,
        orders=book.orders,
        people=book.people,
        reached_share=book.reached_share,
        decisions_ms=stage.decisions_ms,
    )


def dispatcher_of(world: World, *, known: Travel | None = None, networks: Networks | None = None) -> Dispatcher:
    """A fresh dispatcher for a world: what plays its days, and replays their logs.

    Args:
        world: the scenario.
        known: travel that is measured already; it saves time and changes no decision.
        networks: the maps that the world may name (default: the bundled one).
    """
    setup = Setup(
        stores=list(world.stores),
        travel=world.travel,
        rates=world.rates,
        patience=world.policy.patience,
        margin_s=world.policy.margin_s,
        work=world.policy.work,
    )
    named = None
    if networks is not None and isinstance(world.travel, MapTravel):
        named = {world.travel.name: networks[world.travel.name]}
    planner = StorePlanner(world.travel, world.rates, None, world.policy.margin_s, known=known, networks=named)
    return Dispatcher(setup, planner, expect(world, networks), named)


def expect(world: World, networks: Networks | None = None) -> Forecast:
    """What a dispatcher learnt from the orders of the days before: drawn from the same world, never the day itself."""
    reach, points, placed_s = Reach.of(world, networks), [], []
    for before in range(1, HISTORY_DAYS + 1):
        day = draw(world, FIRST_HISTORY_SEED + before)
        taken = reach.store_of(day.points) != NOBODY
        points.append(day.points[taken])
        midnight = world.midnight - timedelta(days=before)
        placed_s.append(midnight.timestamp() + day.placed_s[taken].astype(np.float64))
    zone = world.midnight.tzinfo
    assert zone is not None
    since = world.midnight - timedelta(days=HISTORY_DAYS)
    return Forecast.fit(
        (np.concatenate(points), np.concatenate(placed_s)), timezone=zone, since=since, until=world.midnight
    )
