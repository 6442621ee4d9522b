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


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="Folder of fleet.json and events.json; made if absent.")],
    orders: Annotated[int, typer.Option(min=1, max=500, help="Orders of the last quarter of an hour.")] = 12,
    riders: Annotated[int, typer.Option(min=1, max=200, help="Riders who come on.")] = 4,
    map_name: Annotated[
        str, typer.Option("--map", metavar="NAME", help="The map to ride on, as the server knows it.")
    ] = "coquimbo",
) -> None:
    """Write a store and a dinner peak that is on right now, to be sent to a server and changed at will."""
    with sentences():
        from service import sample as first

        first.write(out, orders=orders, riders=riders, map_name=map_name)
        typer.echo(f"Wrote {out / 'fleet.json'} and {out / 'events.json'}.")
