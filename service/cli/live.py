"""Commands about fleets that are dispatched live."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

from pathlib import Path
from typing import Annotated

import typer

from service.cli.app import INVALID, app, sentences


@app.command()
def replay(
    fleet: Annotated[str, typer.Argument(metavar="FLEET", help="The id of a fleet.")],
    out: Annotated[
        Path | None, typer.Option(metavar="LOG.jsonl", help="Where its events and decisions go, if anywhere.")
    ] = None,
) -> None:
    """Decide a fleet's log again. Exit code 0 if all comes out the same, byte for byte, 1 if it does not."""
    with sentences():
        from service import loghouse
        from service.live.replay import Difference

        found = loghouse.replay(fleet, out)
        if isinstance(found, Difference):
            typer.echo(f"event {found.position} ({found.event_id}) is decided otherwise:")
            for name, lines in (("logged", found.logged), ("replayed", found.replayed)):
                for line in lines or ("nothing",):
                    typer.echo(f"  {name}: {line}")
            raise typer.Exit(INVALID)
        typer.echo(f"{found} events, every decision the same.")
