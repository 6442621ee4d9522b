"""The command that says where to open stores."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service.cli.app import MapOption, app, sentences


class VehicleName(StrEnum):
    """Vehicles that ride, spelt out so that help needs no solver; a test keeps them those of ``dispatch.RiderKind``."""

    E_BIKE = "e_bike"
    MOPED = "moped"
    CARGO_BIKE = "cargo_bike"


def _positive(value: float) -> float:
    if not (value > 0 and math.isfinite(value)):
        raise typer.BadParameter(f"{value} is not a positive number")
    return value


@app.command()
def siting(
    k: Annotated[int, typer.Option("--k", min=1, max=1_000, help="How many stores to choose.")],
    minutes: Annotated[float, typer.Option(callback=_positive, help="From the store's door to the customer's.")],
    candidates: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Places to choose from: JSON, or CSV with id, lon, lat. Default: a grid."),
    ] = None,
    grid: Annotated[
        float | None, typer.Option(help="Metres between the places of the grid, which stands on demand. Default: 1000.")
    ] = None,
    demand: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="JSON, or CSV with lon, lat, weight. Default: the people of the bundled city."
        ),
    ] = None,
    opened: Annotated[
        list[str] | None, typer.Option("--open", metavar="ID", help="A candidate that is a store already; repeatable.")
    ] = None,
    vehicle: Annotated[VehicleName, typer.Option(help="What riders ride.")] = VehicleName.E_BIKE,
    map_file: MapOption = None,
    out: Annotated[Path, typer.Option(help="Folder for siting.json and siting.geojson.")] = Path("out"),
) -> None:
    """Choose the stores that reach most people or orders within some minutes, proven."""
    if candidates is not None and grid is not None:
        raise typer.BadParameter("give --candidates or --grid, not both")
    with sentences():
        from dispatch import RiderKind
        from service.siting import choose

        found = choose(
            out,
            k=k,
            minutes=minutes,
            candidates_name=candidates,
            grid_m=1_000.0 if grid is None else grid,
            demand_name=demand,
            opened=opened or (),
            kind=RiderKind(vehicle.value),
            map_file=map_file,
        )
        verdict = "no choice reaches more" if found.proven else f"at most {found.bound / found.demand:.1%} is possible"
        typer.echo(f"{found.share:.1%} within {found.minutes:g} minutes; {verdict}.")
        if candidates is not None and found.unreachable:
            typer.echo(f"Without a way to any demand: {', '.join(found.unreachable)}.", err=True)
