"""Commands that plan and judge."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service.cli.app import INVALID, MapOption, app, sentences


class EngineName(StrEnum):
    """The engines, spelt out here so that help needs no solver; a test keeps them the same as ``dispatch.ENGINES``."""

    AUTO = "auto"
    GREEDY = "greedy"
    ROUTING = "routing"
    SEARCH = "search"
    COLUMNS = "columns"


def _positive(value: float) -> float:
    if not (value > 0 and math.isfinite(value)):
        raise typer.BadParameter(f"{value} is not a positive number of seconds")
    return value


EngineOption = Annotated[EngineName, typer.Option(help="auto is columns: search and proof.")]
TimeOption = Annotated[float, typer.Option("--time-limit", callback=_positive, help="Seconds the search may take.")]
SeedOption = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of everything random.")]
PortOption = Annotated[int, typer.Option(min=0, max=65_535, help="Port of the page; the next free one if it is taken.")]


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for request.json, plan.json, plan.geojson, carbon.json.")] = Path(
        "out"
    ),
    once: Annotated[bool, typer.Option("--once", help="Stop after writing; serve no page.")] = False,
    seed: SeedOption = 0,
    orders: Annotated[int, typer.Option(min=0, max=2_000)] = 60,
    riders: Annotated[int, typer.Option(min=0, max=900)] = 12,
    drones: Annotated[int, typer.Option(min=0, max=100)] = 2,
    port: PortOption = 8000,
    engine: EngineOption = EngineName.AUTO,
    time_limit: TimeOption = 1.0,
) -> None:
    """Plan a seeded dinner peak in the bundled city, print it, write it, and show it on a page."""
    with sentences():
        from service import commands
        from service.settings import read_settings

        settings = read_settings(port=port, auth="off")
        done = commands.demo(
            out,
            orders=orders,
            riders=riders,
            drones=drones,
            engine=engine.value,
            time_limit_s=time_limit,
            seed=seed,
        )
        if not once:
            from service.hosting import host_demo

            host_demo(settings, done)


@app.command()
def plan(
    request: Annotated[str, typer.Argument(metavar="REQUEST.json", help="The request, or - for standard input.")],
    out: Annotated[str, typer.Option(metavar="PLAN.json", help="Where the plan goes, or - for standard output.")],
    geojson: Annotated[str | None, typer.Option(metavar="FILE", help="Where its drawing goes, if anywhere.")] = None,
    map_file: MapOption = None,
    engine: EngineOption = EngineName.AUTO,
    time_limit: TimeOption = 1.0,
    seed: SeedOption = 0,
) -> None:
    """Plan a request. Exit code 0, or 2 for unusable input, with every fault listed."""
    with sentences():
        from service import commands

        answer = commands.plan(request, out, geojson, map_file, engine=engine.value, time_limit_s=time_limit, seed=seed)
        summary = answer.summary
        typer.echo(
            f"{summary.served} of {summary.orders} orders served, {summary.late} late, {summary.unserved} unserved; "
            f"{summary.trips} trips; cost {answer.cost.total:.2f} {answer.currency}",
            err=True,
        )


@app.command()
def check(
    request: Annotated[str, typer.Argument(metavar="REQUEST.json", help="The request, or - for standard input.")],
    plan_file: Annotated[str, typer.Argument(metavar="PLAN.json", help="The plan, or - for standard input.")],
    map_file: MapOption = None,
) -> None:
    """Judge a plan. Exit code 0 if it is valid, 1 with the list of violations, 2 for unusable input."""
    with sentences():
        from service import commands

        answer, verdict = commands.check(request, plan_file, map_file)
        for violation in verdict.violations:
            typer.echo(f"{violation.code}: {violation.path}: {violation.text}")
        if not verdict.valid:
            raise typer.Exit(INVALID)
        typer.echo(f"valid: {len(answer.trips)} trips, {answer.summary.served} orders served")


@app.command()
def frontier(
    request: Annotated[str, typer.Argument(metavar="REQUEST.json", help="The request, or - for standard input.")],
    out: Annotated[str, typer.Option(metavar="PLANS.json", help="Where the plans go, or - for standard output.")],
    chart: Annotated[str | None, typer.Option(metavar="FILE.svg", help="Where their chart goes, if anywhere.")] = None,
    points: Annotated[int, typer.Option(min=1, max=30, help="How many plans to make.")] = 12,
    map_file: MapOption = None,
    time_limit: TimeOption = 1.0,
    seed: SeedOption = 0,
) -> None:
    """Trade cost, lateness and carbon off: the plans of a request that no other beats in all three."""
    with sentences():
        from service import whatif

        plans = whatif.frontier(request, out, chart, map_file, points=points, time_limit_s=time_limit, seed=seed)
        for plan in plans:
            typer.echo(
                f"cost {plan.cost.total:.2f} {plan.currency}, late {plan.summary.late_s} s, "
                f"{plan.summary.transport_gco2e:.0f} gCO2e of transport",
                err=True,
            )
