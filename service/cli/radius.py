"""Commands that ask the digital twin: which radius and fleet, and how few riders."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from service.cli.app import app, sentences
from service.cli.many import ManyValues
from service.cli.twin import ScenarioName

STOPPED = 130
"""Exit code of a command that Ctrl-C ended, as shells have it."""

ScenarioOption = Annotated[ScenarioName, typer.Option(help="A bundled one: one store, or three that help out.")]
WorldOption = Annotated[
    Path | None,
    typer.Option("--world", metavar="FILE.json", help="A scenario of your own, as swiftleaf twin writes it."),
]
OrdersOption = Annotated[
    float | None, typer.Option(help="Orders to expect in a day, near and far; the world's own by default.")
]
SeedsOption = Annotated[
    int, typer.Option(min=1, max=1_000, help="Days simulated per setting: seeds 0, 1, ..., the same for all.")
]
OnTimeOption = Annotated[float, typer.Option(min=0, max=1, help="Share of orders to be on time.")]
WorkersOption = Annotated[int | None, typer.Option(min=1, help="Local worker processes. Default: 2.")]
SchedulerOption = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler whose workers are used in their place.")
]


@contextmanager
def stoppable() -> Iterator[None]:
    """Say what is kept when the user stops a command, and exit with code 130."""
    from service.study import Stopped

    try:
        yield
    except Stopped as stopped:
        typer.echo(str(stopped), err=True)
        raise typer.Exit(STOPPED) from None


@app.command(cls=ManyValues)
def radius(
    out: Annotated[Path, typer.Option(help="Folder of the study; one that was stopped there is gone on with.")],
    scenario: ScenarioOption = ScenarioName.SAMPLE,
    world: WorldOption = None,
    radii: Annotated[list[float] | None, typer.Option(metavar="KM ...", help="Straight kilometres.")] = None,
    minutes: Annotated[list[float] | None, typer.Option(metavar="MIN ...", help="Or minutes of an e-bike.")] = None,
    riders: Annotated[list[int] | None, typer.Option(metavar="N ...", help="Riders per store.")] = None,
    drones: Annotated[list[int] | None, typer.Option(metavar="N ...", help="Drones per store.")] = None,
    promises: Annotated[list[float] | None, typer.Option(metavar="MIN ...", help="Minutes from order to door.")] = None,
    seeds: SeedsOption = 5,
    on_time: OnTimeOption = 0.95,
    stop_early: Annotated[
        bool, typer.Option("--stop-early/--no-stop-early", help="Stop settings that clearly cannot win.")
    ] = True,
    orders_per_day: OrdersOption = None,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
) -> None:
    """Simulate days under every combination of radius, riders, drones and promise, and recommend one.

    Each list takes its values one after another: --radii 1.5 2 2.5. What no list names stays as the world has it.
    """
    with sentences(), stoppable():
        from dispatch.radius import grid
        from service import study
        from service.commands import about

        with about("radius"):
            settings = grid(
                radii_m=[1000 * each for each in radii or []],
                minutes=minutes or [],
                riders=riders or [],
                drones=drones or [],
                promises_min=promises or [],
            )
        study.study(
            study.read(scenario.value, world, orders_per_day),
            settings,
            study.Place(out, workers, scheduler),
            seeds=seeds,
            on_time=on_time,
            stop_early=stop_early,
        )


@app.command()
def fleet(
    out: Annotated[Path, typer.Option(help="Folder of the runs; that of a study of the same world will do.")],
    scenario: ScenarioOption = ScenarioName.SAMPLE,
    world: WorldOption = None,
    radius_km: Annotated[float | None, typer.Option("--radius", metavar="KM", help="Straight kilometres.")] = None,
    minutes: Annotated[float | None, typer.Option(metavar="MIN", help="Or minutes of an e-bike.")] = None,
    drones: Annotated[int | None, typer.Option(help="Drones per store.")] = None,
    promise: Annotated[float | None, typer.Option(metavar="MIN", help="Minutes from order to door.")] = None,
    seeds: SeedsOption = 5,
    on_time: OnTimeOption = 0.95,
    most: Annotated[int, typer.Option(min=1, help="Riders per store beyond which it gives up.")] = 64,
    orders_per_day: OrdersOption = None,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
) -> None:
    """Find the fewest riders per store that keep a share of the orders on time."""
    if radius_km is not None and minutes is not None:
        raise typer.BadParameter("give --radius or --minutes, not both")
    with sentences(), stoppable():
        from dispatch.radius import grid
        from service import study
        from service.commands import about

        with about("fleet"):
            (setting,) = grid(
                radii_m=[1000 * radius_km] if radius_km is not None else [],
                minutes=[minutes] if minutes is not None else [],
                drones=[drones] if drones is not None else [],
                promises_min=[promise] if promise is not None else [],
            )
        study.fleet(
            study.read(scenario.value, world, orders_per_day),
            setting,
            study.Place(out, workers, scheduler),
            seeds=seeds,
            on_time=on_time,
            most=most,
        )
