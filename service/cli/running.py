"""Commands for who runs Swiftleaf: workers of a fleet, backup and restore, traffic."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

from pathlib import Path
from typing import Annotated

import typer

from service.cli.app import DataDirOption, app, sentences


@app.command()
def worker(
    scheduler: Annotated[str, typer.Option(metavar="ADDRESS", help="Of the scheduler: tcp://host:8786.")],
    processes: Annotated[int, typer.Option(min=1, max=256, help="How many processes; each solves one at a time.")] = 1,
) -> None:
    """Solve for the servers of a scheduler, until stopped. What dies is begun anew, and a scheduler waited for."""
    with sentences():
        from service.fleet import work
        from service.settings import read_settings

        read_settings(scheduler=scheduler)
        typer.echo(f"Looking for the scheduler at {scheduler} until it is there (Ctrl-C stops it)")
        work(scheduler, processes, lambda: typer.echo(f"Working for {scheduler} (Ctrl-C stops it)"))


@app.command()
def scheduler(
    host: Annotated[str, typer.Option(help="Address to listen on; only in a network that you trust.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535)] = 8786,
) -> None:
    """Hand out solves to workers, for servers started with --scheduler."""
    with sentences():
        from service.fleet import schedule
        from service.port import listen

        listen(host, port).close()  # says why it cannot; Dask's own listener leaves that to be guessed
        schedule(host, port, lambda address: typer.echo(f"Scheduling at {address} (Ctrl-C stops it)"))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE.tar.gz", help="The archive; it must not be there yet.")],
    data_dir: DataDirOption = None,
) -> None:
    """Save the data folder, while the server runs. The archive holds its keys: keep it as safe as them."""
    with sentences():
        from service import backup as saving
        from service.settings import read_settings

        names = saving.backup(read_settings(data_dir=data_dir), file)
        typer.echo(f"Wrote {file}: {', '.join(names)}.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE.tar.gz", help="An archive of swiftleaf backup.")],
    data_dir: DataDirOption = None,
) -> None:
    """Bring a data folder back, into an empty one."""
    with sentences():
        from service import backup as saving
        from service.settings import read_settings

        settings = read_settings(data_dir=data_dir)
        names = saving.restore(settings, file)
        typer.echo(f"Restored {', '.join(names)} in {settings.data_dir}. Start the server there.")


@app.command()
def load(
    url: Annotated[str, typer.Option(help="Of the server.")] = "http://127.0.0.1:8000",
    rate: Annotated[float, typer.Option(min=0.01, max=1_000, help="Plans, or orders, a second.")] = 4.0,
    minutes: Annotated[float, typer.Option(min=0.01, max=24 * 60)] = 1.0,
    key: Annotated[str | None, typer.Option(envvar="SWIFTLEAF_KEY", help="An API key with plans:write.")] = None,
    orders: Annotated[int, typer.Option(min=1, max=2_000)] = 40,
    riders: Annotated[int, typer.Option(min=1, max=900)] = 8,
    time_limit: Annotated[float, typer.Option(min=0.01, max=600, help="Seconds each search may take.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1)] = 0,
    store: Annotated[str | None, typer.Option(help="A live store to place orders at and ride for, instead.")] = None,
) -> None:
    """Ask a server for plans on schedule, whatever it answers, and say how long it took.

    With --store no plans are asked for: orders are placed at a store that the server dispatches, riders come on, and
    the trips that it decides on are ridden in real time. The key is one with events:write and live:read then.
    """
    with sentences():
        import asyncio

        from service.load import Traffic, drive

        traffic = Traffic(url, rate, 60 * minutes, key, orders, riders, time_limit, seed)
        if store is None:
            typer.echo(asyncio.run(drive(traffic)).text())
            return
        from service.liveload import ride

        typer.echo(asyncio.run(ride(traffic, store)).text())
