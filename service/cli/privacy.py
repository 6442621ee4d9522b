"""Commands on persons' data."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

from typing import Annotated

import typer

from service.cli.app import app, sentences

privacy = typer.Typer(help="Give out, erase and seal anew what is known of persons.", no_args_is_help=True)
app.add_typer(privacy, name="privacy")

OrderArgument = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")]
StoreOption = Annotated[str | None, typer.Option(help="Of this store alone; default: of any.")]


@privacy.command()
def export(
    order: OrderArgument,
    store: StoreOption = None,
    masked: Annotated[bool, typer.Option("--masked", help="Hide what is sensitive and round places.")] = False,
) -> None:
    """Print everything that is known of the person behind an order, as JSON."""
    with sentences():
        from service import personhouse

        typer.echo(personhouse.export(order, store, masked=masked))


@privacy.command()
def erase(order: OrderArgument, store: StoreOption = None) -> None:
    """Erase the person behind an order, for good; what remains names the order's id and nobody."""
    with sentences():
        from service import personhouse

        typer.echo(f"Erased {personhouse.erase(order, store)} of the persons behind order {order}.")


@privacy.command()
def rotate() -> None:
    """Seal everything with a new key; servers may go on running. Old keys open what is kept for a day, then they go."""
    with sentences():
        from service import personhouse

        typer.echo(f"{personhouse.rotate()} sealed anew.")
