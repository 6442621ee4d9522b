"""The commands that make a world and simulate its days."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service.cli.app import MapOption, app, sentences


class ScenarioName(StrEnum):
    """The bundled scenarios; a test keeps them the same as ``dispatch.twin.SCENARIOS``."""

    SAMPLE = "sample"
    CITY = "city"


@app.command()
def twin(
    world: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="A scenario of your own, such as the world.json it writes.")
    ] = None,
    scenario: Annotated[ScenarioName, typer.Option(help="A bundled one: one store, or three that help out.")] = (
        ScenarioName.SAMPLE
    ),
    seeds: Annotated[int, typer.Option(min=1, max=1_000, help="How many days to play.")] = 5,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of the first day.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder for world.json, results.json, and the first day's log and tracks.")
    ] = None,
    riders: Annotated[int | None, typer.Option(min=0, max=500, help="Riders at each store.")] = None,
    drones: Annotated[int | None, typer.Option(min=0, max=100, help="Drones at each store.")] = None,
    radius: Annotated[float | None, typer.Option(metavar="KM", help="Straight kilometres a store delivers.")] = None,
    promise: Annotated[float | None, typer.Option(metavar="MIN", help="Promised minutes from order to door.")] = None,
    map_file: MapOption = None,
) -> None:
    """Play days of a store or a city with the dispatcher that runs live, and say what came of them.

    Exit code 0, or 2 for unusable input, with every fault listed.
    """
    with sentences():
        from service import twins

        changes = twins.Changes(riders=riders, drones=drones, radius_km=radius, promise_min=promise)
        asked = twins.read(world, scenario.value, changes, map_file)
        twins.run(asked, seeds=range(seed, seed + seeds), out=out)


@app.command()
def world(
    stores: Annotated[
        list[str], typer.Option("--store", metavar="LON,LAT", help="Where a store is; may be given again.")
    ],
    region: Annotated[str, typer.Option(help="The country of its electricity, such as CN.")],
    out: Annotated[str, typer.Option(metavar="FILE.json", help="The world, yours to edit; - for standard output.")],
    map_file: MapOption = None,
    orders_per_day: Annotated[float, typer.Option(min=0, help="Orders to expect from within 4.5 km.")] = 420.0,
    riders: Annotated[int, typer.Option(min=0, max=500, help="Riders at each store.")] = 12,
    drones: Annotated[int, typer.Option(min=0, max=100, help="Drones at each store.")] = 0,
    radius: Annotated[float, typer.Option(metavar="KM", help="Straight kilometres a store delivers.")] = 3.0,
) -> None:
    """Write the day of stores of your own, on a map of your own, for twin, radius and fleet to simulate.

    Its doors stand where people live or, where the map does not know, along all streets with houses; its hours, shifts
    and the like are those of the bundled store, to be edited.
    """
    with sentences():
        from service import twins

        crew = twins.Changes(riders=riders, drones=drones, radius_km=radius)
        twins.write_world(stores, region, crew, out, map_file, orders_per_day=orders_per_day)
