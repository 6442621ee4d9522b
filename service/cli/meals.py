"""The command that measures the dispatcher on public meal-delivery days."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

from pathlib import Path
from typing import Annotated

import typer

from service.cli.app import app, sentences
from service.cli.planning import SeedOption


@app.command()
def mdrp(
    instance: Annotated[Path, typer.Argument(metavar="INSTANCE", help="Folder of a public meal-delivery instance.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the three solution files and summary.json.")],
    work: Annotated[int, typer.Option(min=1, max=1_000_000, help="Rounds of each search at most.")] = 5_000,
    seed: SeedOption = 0,
) -> None:
    """Run a meal-delivery day through the dispatcher. Exit code 0, or 2 with a sentence for unusable input."""
    with sentences():
        from service import meals

        figures = meals.run_mdrp(instance, out, work=work, seed=seed)
        wait_min = figures.click_to_door_mean_min
        said = "" if wait_min is None else f"; {wait_min:.2f} min from click to door"
        typer.echo(f"{figures.delivered} of {figures.orders} orders delivered{said}", err=True)
