"""Commands that build map files and look into them."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

from pathlib import Path
from typing import Annotated

import typer

from service.cli.app import app, sentences

map_app = typer.Typer(help="Build a map file, or look into one.", no_args_is_help=True)
app.add_typer(map_app, name="map")


@map_app.command("build")
def map_build(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OpenStreetMap: .osm.pbf or .osm")],
    out: Annotated[Path | None, typer.Option(metavar="FILE.npz", help="Default: beside FILE.")] = None,
) -> None:
    """Read an OpenStreetMap file into a map file that opens at once."""
    with sentences():
        from service import commands

        target = commands.build_map(file, out)
        typer.echo(f"Wrote {target}; requests name it {target.stem!r} in travel.name.")


@map_app.command("info")
def map_info(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Default: the bundled city.")] = None,
) -> None:
    """Say what a map holds."""
    with sentences():
        from service import commands

        commands.describe_map(file)
