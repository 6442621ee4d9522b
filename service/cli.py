"""The command line: ``swiftleaf``."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

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
map_app = typer.Typer(help="Build a map file, or look into one.", no_args_is_help=True)
app.add_typer(map_app, name="map")
ledger_app = typer.Typer(help="Verify, sign and replay a carbon ledger.", no_args_is_help=True)
app.add_typer(ledger_app, name="ledger")
exchange_app = typer.Typer(help="Carbon documents of others: iLEAP 1.0.0 and PACT.", no_args_is_help=True)
app.add_typer(exchange_app, name="exchange")


class EngineName(StrEnum):
    """The engines, spelt out here so that help needs no solver; a test keeps them the same as ``dispatch.ENGINES``."""

    AUTO = "auto"
    GREEDY = "greedy"
    ROUTING = "routing"
    SEARCH = "search"
    COLUMNS = "columns"


class ReportFormat(StrEnum):
    """Formats of a report; a test keeps them the same as ``service.report.FORMATS``."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


def _positive(value: float) -> float:
    if not (value > 0 and math.isfinite(value)):
        raise typer.BadParameter(f"{value} is not a positive number of seconds")
    return value


EngineOption = Annotated[EngineName, typer.Option(help="auto is columns: search and proof.")]
TimeOption = Annotated[float, typer.Option("--time-limit", callback=_positive, help="Seconds the search may take.")]
SeedOption = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of everything random.")]
MapOption = Annotated[
    Path | None,
    typer.Option(
        "--map", help="A map file; requests name it in travel.name by its stem: shenzhen for shenzhen.osm.pbf."
    ),
]
LedgerArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The ledger: JSON lines.")]
CheckpointsOption = Annotated[
    list[Path] | None,
    typer.Option("--checkpoint", metavar="FILE", help="A checkpoint kept elsewhere; may be given again."),
]
PortOption = Annotated[int, typer.Option(min=0, max=65_535, help="Port of the page; the next free one if it is taken.")]


@contextmanager
def _sentences() -> Iterator[None]:
    """Say every foreseen mistake in sentences on standard error, and exit with code 2."""
    try:
        yield
    except UsageError as error:
        for line in error.lines:
            typer.echo(line, err=True)
        raise typer.Exit(UNUSABLE) from None


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for request.json, plan.json, plan.geojson, carbon.json.")] = Path(
        "out"
    ),
    once: Annotated[bool, typer.Option("--once", help="Stop after writing; serve no page.")] = False,
    seed: SeedOption = 0,
    orders: Annotated[int, typer.Option(min=0, max=2_000)] = 60,
    riders: Annotated[int, typer.Option(min=0, max=900)] = 12,
    drones: Annotated[int, typer.Option(min=0, max=100)] = 2,
    port: PortOption = 8000,
    engine: EngineOption = EngineName.AUTO,
    time_limit: TimeOption = 1.0,
) -> None:
    """Plan a seeded dinner peak in the bundled city, print it, write it, and show it on a page."""
    with _sentences():
        from service import commands

        settings = commands.read_settings(port=port)
        done = commands.demo(
            out,
            orders=orders,
            riders=riders,
            drones=drones,
            engine=engine.value,
            time_limit_s=time_limit,
            seed=seed,
        )
        if not once:
            from service.hosting import host_demo

            host_demo(settings, done)


@app.command()
def plan(
    request: Annotated[str, typer.Argument(metavar="REQUEST.json", help="The request, or - for standard input.")],
    out: Annotated[str, typer.Option(metavar="PLAN.json", help="Where the plan goes, or - for standard output.")],
    geojson: Annotated[str | None, typer.Option(metavar="FILE", help="Where its drawing goes, if anywhere.")] = None,
    map_file: MapOption = None,
    engine: EngineOption = EngineName.AUTO,
    time_limit: TimeOption = 1.0,
    seed: SeedOption = 0,
) -> None:
    """Plan a request. Exit code 0, or 2 for unusable input, with every fault listed."""
    with _sentences():
        from service import commands

        answer = commands.plan(request, out, geojson, map_file, engine=engine.value, time_limit_s=time_limit, seed=seed)
        summary = answer.summary
        typer.echo(
            f"{summary.served} of {summary.orders} orders served, {summary.late} late, {summary.unserved} unserved; "
            f"{summary.trips} trips; cost {answer.cost.total:.2f} {answer.currency}",
            err=True,
        )


@app.command()
def check(
    request: Annotated[str, typer.Argument(metavar="REQUEST.json", help="The request, or - for standard input.")],
    plan_file: Annotated[str, typer.Argument(metavar="PLAN.json", help="The plan, or - for standard input.")],
    map_file: MapOption = None,
) -> None:
    """Judge a plan. Exit code 0 if it is valid, 1 with the list of violations, 2 for unusable input."""
    with _sentences():
        from service import commands

        answer, verdict = commands.check(request, plan_file, map_file)
        for violation in verdict.violations:
            typer.echo(f"{violation.code}: {violation.path}: {violation.text}")
        if not verdict.valid:
            raise typer.Exit(INVALID)
        typer.echo(f"valid: {len(answer.trips)} trips, {answer.summary.served} orders served")


@map_app.command("build")
def map_build(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OpenStreetMap: .osm.pbf or .osm")],
    out: Annotated[Path | None, typer.Option(metavar="FILE.npz", help="Default: beside FILE.")] = None,
) -> None:
    """Read an OpenStreetMap file into a map file that opens at once."""
    with _sentences():
        from service import commands

        target = commands.build_map(file, out)
        typer.echo(f"Wrote {target}; requests name it {target.stem!r} in travel.name.")


@map_app.command("info")
def map_info(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Default: the bundled city.")] = None,
) -> None:
    """Say what a map holds."""
    with _sentences():
        from service import commands

        commands.describe_map(file)


@ledger_app.command("verify")
def ledger_verify(
    file: LedgerArgument,
    checkpoint: CheckpointsOption = None,
    public_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The key that checkpoints must be signed by (.pub).")
    ] = None,
) -> None:
    """Find every changed, removed or added entry. Exit code 0 if there is none, 1 with the list, 2 if unusable.

    Only a checkpoint kept elsewhere shows that entries are missing at the end, or that all were written anew.
    """
    with _sentences():
        from service import ledger

        done = ledger.verify(file, checkpoint or [], public_key)
        for finding in done.findings:
            typer.echo(str(finding))
        if not done.valid:
            typer.echo(f"not valid: {done.found} findings, {len(done.findings)} of them listed", err=True)
            raise typer.Exit(INVALID)
        typer.echo(
            f"valid: {done.entries} entries, head {done.head}, checkpoints held against it: {len(checkpoint or [])}"
        )
        if not checkpoint:
            typer.echo("without a checkpoint, a cut at the end or a ledger written anew does not show", err=True)
        elif public_key is None:
            typer.echo("without --public-key, anybody may have signed the checkpoint", err=True)


@ledger_app.command("show")
def ledger_show(
    file: LedgerArgument, last: Annotated[int, typer.Option(min=1, max=1000, help="How many entries.")] = 10
) -> None:
    """Say what a ledger holds, and show its latest entries."""
    with _sentences():
        from service import ledger

        ledger.show(file, last)


@ledger_app.command("replay")
def ledger_replay(
    file: LedgerArgument,
    entry: Annotated[list[int] | None, typer.Option(min=1, help="Number of an entry; default: all current.")] = None,
    factors: Annotated[Path | None, typer.Option(metavar="FILE", help="Your own factors, beside the bundled.")] = None,
) -> None:
    """Make footprints again from their stored inputs. Exit code 1 if a figure is not byte for byte the same."""
    with _sentences():
        from service import ledger

        done = ledger.replay(file, factors, entry or [])
        for again in done.unequal:
            for difference in again.differences:
                typer.echo(f"entry {again.entry.number}: {difference}")
        equal = done.entries - len(done.unequal)
        typer.echo(f"{equal} of {done.entries} footprints replayed come out byte for byte the same")
        if done.other_edition:
            typer.echo(
                f"{len(done.other_edition)} more were made with other factors, the first is entry "
                f"{done.other_edition[0]}; give those with --factors",
                err=True,
            )
        if done.unequal:
            raise typer.Exit(INVALID)


@ledger_app.command("checkpoint")
def ledger_checkpoint(
    file: LedgerArgument,
    key: Annotated[Path, typer.Option(metavar="KEY", help="The signing key.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="A new file; keep it out of the writers' reach.")],
    checkpoint: CheckpointsOption = None,
) -> None:
    """Verify a ledger, against earlier checkpoints too, and sign how many entries it has and what the last one is."""
    with _sentences():
        from service import ledger

        point = ledger.checkpoint(file, key, out, checkpoint or [])
        typer.echo(f"Wrote {out}: {point.count} entries, head {point.head}, signed by key {point.key_id}.")


@ledger_app.command("key")
def ledger_key(out: Annotated[Path, typer.Option(metavar="FILE", help="A new file for the private key.")]) -> None:
    """Make a key to sign checkpoints with."""
    with _sentences():
        from service import ledger

        public = ledger.key(out)
        typer.echo(f"Wrote {out}, which signs: keep it secret. Give {public} to whoever verifies.")


@ledger_app.command("recover")
def ledger_recover(file: LedgerArgument) -> None:
    """Mend a ledger that ends in the middle of an entry, as after a power cut; the torn bytes are kept beside it."""
    with _sentences():
        from service import ledger

        done = ledger.recover(file)
        if done is None:
            typer.echo("It ends with a whole entry; nothing was done.")
        elif done.aside is None:
            typer.echo("The last entry was whole but for its line end, which was added.")
        else:
            typer.echo(f"{done.torn_bytes} bytes from byte {done.offset} on are in {done.aside} now; an entry says so.")


@exchange_app.command("check")
def exchange_check(
    file: Annotated[str, typer.Argument(metavar="FILE.json", help="The documents, or - for standard input.")],
) -> None:
    """Recompute iLEAP and PACT documents. Exit code 0 if all adds up, 1 with what does not, 2 if unusable."""
    with _sentences():
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
    with _sentences():
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


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1, this machine alone.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Default: 8000.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of the database.")] = None,
) -> None:
    """Serve the API and the page. Settings not given come from SWIFTLEAF_* in the environment."""
    with _sentences():
        from service import commands, hosting

        hosting.host(commands.read_settings(host=host, port=port, data_dir=data_dir))


@app.command()
def doctor() -> None:
    """Say whether all is here and works: versions, packages, map, database, workers. Exit code 1 if not."""
    with _sentences():
        from service import commands, doctor

        sick = 0
        for finding in doctor.examine(commands.read_settings()):
            typer.echo(f"{'ok  ' if finding.healthy else 'FAIL'} {finding.subject}: {finding.text}")
            sick += not finding.healthy
        if sick:
            typer.echo(f"{sick} of these need attention.", err=True)
            raise typer.Exit(INVALID)
        typer.echo("All is well.")


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        # Street names are in every script; a terminal that cannot write one shows a ? rather than an error.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app()


if __name__ == "__main__":
    main()
