"""Commands that report carbon and read what others report."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from service.cli.app import INVALID, app, sentences

exchange_app = typer.Typer(help="Carbon documents of others: iLEAP 1.0.0 and PACT.", no_args_is_help=True)
app.add_typer(exchange_app, name="exchange")


class ReportFormat(StrEnum):
    """Formats of a report; a test keeps them the same as ``service.report.FORMATS``."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


@exchange_app.command("check")
def exchange_check(
    file: Annotated[str, typer.Argument(metavar="FILE.json", help="The documents, or - for standard input.")],
) -> None:
    """Recompute iLEAP and PACT documents. Exit code 0 if all adds up, 1 with what does not, 2 if unusable."""
    with sentences():
        from service import commands

        imported = commands.check_exchange(file)
        for flag in imported.flags:
            typer.echo(str(flag))
        if imported.flags:
            raise typer.Exit(INVALID)
        typer.echo(f"all adds up: {len(imported.documents)} documents")


@app.command()
def report(
    out: Annotated[str, typer.Option(metavar="FILE", help="Where it goes, or - for standard output.")],
    format_name: Annotated[
        ReportFormat, typer.Option("--format", help="csv is one figure a line; xlsx a sheet a table.")
    ],
    store: Annotated[
        list[str] | None, typer.Option("--store", metavar="STORE", help="Id of a store; give it again for more.")
    ] = None,
    first_day: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, as the store's clock has it.")
    ] = None,
    last_day: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Report on the demo's day instead.")] = False,
) -> None:
    """Report what stores emitted, from the plans in the database, aligned with ISO 14083:2023."""
    with sentences():
        from service import report as reports

        said = reports.make(
            out,
            format_name.value,
            stores=store or [],
            first_day=first_day and first_day.date(),
            last_day=last_day and last_day.date(),
            sample=sample,
        )
        typer.echo("\n".join(said.findings), err=True)
