"""Commands that serve, and that say whether all is well."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

from pathlib import Path
from typing import Annotated

import typer

from service.cli.app import INVALID, app, sentences


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1, this machine alone.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Default: 8000.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of the database.")] = None,
    database_url: Annotated[
        str | None, typer.Option(metavar="URL", help="PostgreSQL in place of SQLite: postgresql://...")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Of a Dask scheduler, in place of local workers.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Local worker processes. Default: 2.")] = None,
    map_files: Annotated[
        list[Path] | None,
        typer.Option("--map", metavar="FILE", help="A map of your own, by the name of its file; may be given again."),
    ] = None,
) -> None:
    """Serve the API and the page. Settings not given come from SWIFTLEAF_* in the environment.

    It speaks plain HTTP. Have a proxy end TLS and send Host, X-Forwarded-For and X-Forwarded-Proto; one that is not on
    127.0.0.1 or ::1 must be named in FORWARDED_ALLOW_IPS (addresses or networks, between commas), or every client
    counts as the proxy for the rate limits and no cookie is Secure. Never name addresses that clients come from.
    """
    with sentences():
        from service import commands, hosting
        from service.settings import read_settings

        settings = read_settings(
            host=host,
            port=port,
            data_dir=data_dir,
            database_url=database_url,
            scheduler=scheduler,
            workers=workers,
            maps=commands.named_maps(map_files) if map_files else None,
        )
        hosting.host(settings)


@app.command()
def doctor() -> None:
    """Say whether all is here and works: versions, packages, map, database, workers. Exit code 1 if not."""
    with sentences():
        from service import doctor
        from service.settings import read_settings

        sick = 0
        for finding in doctor.examine(read_settings()):
            typer.echo(f"{'ok  ' if finding.healthy else 'FAIL'} {finding.subject}: {finding.text}")
            sick += not finding.healthy
        if sick:
            typer.echo(f"{sick} of these need attention.", err=True)
            raise typer.Exit(INVALID)
        typer.echo("All is well.")
