"""The application that the commands are added to, and how they speak."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from service import logs
from service.files import UsageError

INVALID, UNUSABLE = 1, 2
"""Exit codes: the plan or the installation is not well; the input cannot be used."""

app = typer.Typer(
    name="swiftleaf",
    help="Plans 30-minute deliveries from front warehouses and accounts for their carbon.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


MapOption = Annotated[
    Path | None,
    typer.Option(
        "--map", help="A map file; requests name it in travel.name by its stem: shenzhen for shenzhen.osm.pbf."
    ),
]

DataDirOption = Annotated[Path | None, typer.Option(help="Folder of the server. Default: SWIFTLEAF_DATA_DIR.")]

FactorsOption = Annotated[
    Path | None, typer.Option("--factors", metavar="FILE.csv", help="Your own factors, above the bundled ones.")
]


@contextmanager
def sentences() -> Iterator[None]:
    """Say every foreseen mistake in sentences on standard error, and exit with code 2."""
    try:
        yield
    except UsageError as error:
        for line in error.lines:
            typer.echo(line, err=True)
        raise typer.Exit(UNUSABLE) from None


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        # Street names are in every script; a terminal that cannot write one shows a ? rather than an error.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    logs.configure()
    app()
