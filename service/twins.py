"""What ``swiftleaf twin`` does. Every mistake of the user leaves as a ``UsageError``."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.progress import track

import dispatch
import maps
from dispatch import Store
from dispatch.online import read_log
from dispatch.twin import (
    SCENARIOS,
    DayResult,
    Played,
    Summary,
    World,
    measure,
    play,
    refuse_world,
    tracks,
    with_drones,
    with_orders,
    with_riders,
    world_around,
)
from service.atlas import Atlas
from service.commands import about
from service.files import UsageError, fault_lines, make_folder, read_document, write_document
from service.settings import BUNDLED_MAP, read_settings
from service.study_tables import twin_table
from service.tasks import warm

FILES = ("world.json", "results.json", "log.jsonl", "tracks.geojson")


@dataclass(frozen=True)
class Changes:
    """What the options change in a world; None leaves it as it is."""

    riders: int | None = None
    drones: int | None = None
    radius_km: float | None = None
    promise_min: float | None = None


@dataclass(frozen=True)
class Asked:
    """A world to play, under its name on the command line, and the maps it may name."""

    name: str
    world: World
    networks: Mapping[str, maps.StreetNetwork]


def read(file: Path | None, scenario: str, changes: Changes, map_file: Path | None) -> Asked:
    """The world of a file, or a bundled one, with the options' changes.

    Raises:
        UsageError: with every fault of the world.
    """
    found = load(file, scenario, map_file)
    asked = replace(found, world=changed(found.world, changes))
    with about(asked.name):
        refuse_world(asked.world, asked.networks)
    return asked


def load(file: Path | None, scenario: str, map_file: Path | None = None) -> Asked:
    """The world of a file as it is, or a bundled one; whether days of it can be played is not looked at.

    Raises:
        UsageError: with every fault of a file that holds no world.
    """
    settings = read_settings()
    name = scenario if file is None else str(file)
    files = dict(settings.map_files)
    with about(name):
        if map_file is not None:
            files[maps.read_map(map_file).name] = str(map_file)
        networks = Atlas(files)
    if file is None:
        return Asked(name, SCENARIOS[scenario](), networks)
    try:
        world = World.model_validate_json(read_document(name, settings.max_body_bytes))
    except ValidationError as error:
        raise UsageError(*fault_lines(name, dispatch.faults_of(error))) from None
    return Asked(name, world, networks)


def write_world(
    places: Sequence[str],
    region: str,
    crew: Changes,
    out: str,
    map_file: Path | None,
    *,
    orders_per_day: float,
) -> None:
    """Write the day of stores at some places, each ``lon,lat``. Raises ``UsageError`` for what cannot be."""
    settings = read_settings()
    try:
        stores = tuple(
            Store(id=f"store-{i}", location=_lon_lat(place), region=region) for i, place in enumerate(places, start=1)
        )
    except ValidationError as error:
        raise UsageError(*fault_lines("store", dispatch.faults_of(error))) from None
    with about("world"):
        name = BUNDLED_MAP if map_file is None else maps.read_map(map_file).name
        atlas = Atlas(dict(settings.map_files) | ({} if map_file is None else {name: map_file}))
        made = changed(world_around(name, stores, atlas[name], atlas.people(name)), crew)
        made = with_orders(made, orders_per_day)
        refuse_world(made, atlas)
    write_document(out, made.model_dump_json(indent=2))


def _lon_lat(place: str) -> tuple[float, float]:
    try:
        lon, lat = map(float, place.split(","))
    except ValueError:
        raise UsageError(f"--store {place}: give longitude and latitude, such as 121.47,31.23") from None
    return lon, lat


def changed(world: World, changes: Changes) -> World:
    """The world with what the options say.

    Raises:
        UsageError: if an option's value is none that a world could have.
    """
    fields: dict[str, object] = {}
    if changes.radius_km is not None:
        fields |= {"radius": {"metres": changes.radius_km * 1000}, "radius_by_store": {}}
    if changes.promise_min is not None:
        fields["promise_min"] = changes.promise_min
    try:
        world = World.model_validate(world.model_dump() | fields) if fields else world
    except ValidationError as error:
        raise UsageError(*fault_lines("options", dispatch.faults_of(error))) from None
    if changes.riders is not None:
        world = with_riders(world, changes.riders)
    if changes.drones is not None:
        world = with_drones(world, changes.drones)
    return world


def run(asked: Asked, *, seeds: Sequence[int], out: Path | None) -> Summary:
    """Play the days, print what came of them, and write it all if there is a folder for it."""
    console = Console()
    log = None
    if out is not None:
        make_folder(out, FILES)
        log = out / "log.jsonl"
    warm()
    began = time.perf_counter()
    results: list[DayResult] = []
    for seed in track(seeds, "Days", console=Console(stderr=True), transient=True):
        with about(asked.name):
            try:
                played = play(asked.world, seed, log=log if seed == seeds[0] else None, networks=asked.networks)
            except OSError as error:
                raise UsageError(
                    f"{log}: cannot be written ({error.strerror}); make room, or choose another --out"
                ) from None
        if out is not None and log is not None and seed == seeds[0]:
            _draw(asked, played, log, out)
        results.append(measure(asked.world, seed, played))
    summary = Summary.of(results)
    console.print(twin_table(asked.world, summary))
    for result in results:
        if result.note:
            console.print(f"Seed {result.seed}: {result.note}.")
    if out is not None:
        document = {"summary": summary.model_dump(), "days": [result.model_dump() for result in results]}
        write_document(str(out / "results.json"), json.dumps(document, indent=2))
        write_document(str(out / "world.json"), asked.world.model_dump_json(indent=2))
        console.print(f"Wrote {', '.join(str(out / name) for name in FILES)}.", soft_wrap=True, highlight=False)
    slowest_ms = max((result.decision_p99_ms for result in results if result.decision_p99_ms is not None), default=0.0)
    took_s = time.perf_counter() - began
    console.print(f"{len(results)} days in {took_s:.1f} s; 99 of 100 events answered within {slowest_ms:.0f} ms.")
    return summary


def _draw(asked: Asked, played: Played, log: Path, out: Path) -> None:
    drawing = tracks(read_log(log), asked.world.stores, asked.world.travel, measured=played.travel)
    write_document(str(out / "tracks.geojson"), json.dumps(drawing, ensure_ascii=False, separators=(",", ":")))
