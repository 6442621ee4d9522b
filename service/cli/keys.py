"""Commands on API keys."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

from typing import Annotated

import typer

from service.cli.app import app, sentences
from service.keys.scopes import Scope

key = typer.Typer(help="Make, list and revoke API keys in the database of the settings.", no_args_is_help=True)
app.add_typer(key, name="key")


@key.command()
def create(
    scope: Annotated[list[Scope], typer.Option(help="What it may do; give it once for each scope.")],
    store: Annotated[list[str] | None, typer.Option(help="A store it is bound to; none given: all of them.")] = None,
    name: Annotated[str, typer.Option(help="What to list it by.")] = "command line",
) -> None:
    """Make a key and print it, this once: only a hash of it is kept."""
    with sentences():
        from service import keyhouse

        made, missing = keyhouse.create(name, scope, store or None)
        typer.echo(made.key)
        for each in missing:
            typer.echo(f"There is no store {each!r} yet; the key sees it once there is.", err=True)


@key.command("list")
def list_keys() -> None:
    """List every key, without its secret."""
    with sentences():
        from service import keyhouse

        for line in keyhouse.lines():
            stores = "all stores" if line.stores is None else ", ".join(line.stores)
            end = f"  revoked {line.revoked_at:%Y-%m-%d %H:%M}Z" if line.revoked_at else ""
            typer.echo(
                f"{line.id}  {line.created_at:%Y-%m-%d %H:%M}Z  {line.name}  {' '.join(line.scopes)}  {stores}{end}"
            )


@key.command()
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID", help="The middle part of a key.")]) -> None:
    """Make a key worthless for good, and end the sessions that were begun with it."""
    with sentences():
        from service import keyhouse

        keyhouse.revoke(key_id)
        typer.echo(f"{key_id} is revoked.")
