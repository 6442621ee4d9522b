"""Commands that keep a carbon ledger."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from service.cli.app import INVALID, DataDirOption, FactorsOption, MapOption, app, sentences

ledger_app = typer.Typer(help="Keep, verify, sign and replay a carbon ledger.", no_args_is_help=True)
app.add_typer(ledger_app, name="ledger")

MOST_REASONS, EDITION_DIGITS = 10, 12

LedgerArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The ledger: JSON lines.")]
CheckpointsOption = Annotated[
    list[Path] | None,
    typer.Option("--checkpoint", metavar="FILE", help="A checkpoint kept elsewhere; may be given again."),
]


@ledger_app.command("record")
def ledger_record(
    file: LedgerArgument,
    request: Annotated[str, typer.Argument(metavar="REQUEST.json", help="What was asked.")],
    plan_file: Annotated[str, typer.Argument(metavar="PLAN.json", help="The plan that was carried out.")],
    map_file: MapOption = None,
    factors: FactorsOption = None,
    accounts: Annotated[str | None, typer.Option(metavar="FILE.json", help="Stores' energy, contracts.")] = None,
) -> None:
    """Append the footprint of a plan, with what it was made from; the ledger begins with its first entry.

    All factors are kept with it, in an entry of their own before the first footprint by them.
    """
    with sentences():
        from service import whatif
        from service.books import read_books

        entry = whatif.record(file, request, plan_file, map_file, read_books(factors, accounts))
        typer.echo(f"Wrote entry {entry.number} to {file}, hash {entry.sha256}.")


@ledger_app.command("book")
def ledger_book(
    data_dir: DataDirOption = None,
    database_url: Annotated[str | None, typer.Option(help="The server's database, if it is not in its folder.")] = None,
    store: Annotated[str | None, typer.Option(help="Of this store alone; default: of all.")] = None,
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="This day alone.")] = None,
    first_day: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    last_day: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")] = None,
    factors: FactorsOption = None,
    accounts: Annotated[str | None, typer.Option(metavar="FILE.json", help="Stores' energy, contracts.")] = None,
) -> None:
    """Append to the server's ledger what live fleets rode: each store's day once, as a footprint that can be replayed.

    By default, all days that are settled and of which nothing is booked; run it every night. A day is settled when the
    second day after it is over in UTC. The server may run meanwhile. Exit code 1 if there are trips that cannot be
    measured: they are told and left, to be booked by --day once they can.
    """
    with sentences():
        from carbon.counted import counted
        from service import bookhouse
        from service.books import read_books
        from service.files import UsageError
        from service.settings import read_settings

        if (first_day is None) != (last_day is None) or (day is not None and first_day is not None):
            raise UsageError("give --day, or --from and --to, or none of them for all that is not booked")
        first, last = (each and each.date() for each in (day or first_day, day or last_day))
        settings = read_settings(data_dir=data_dir, database_url=database_url)
        entries = left = 0
        for done in bookhouse.book(settings, store, first, last, read_books(factors, accounts)):
            for entry in done.entries:
                what = f"{counted(entry.trips, 'trip')} with {counted(entry.orders, 'order')}"
                typer.echo(f"{done.day} {entry.store}: entry {entry.number}, {what}")
            for text in done.superseded:
                typer.echo(f"{done.day} elsewhere: {text}", err=True)
            for text in done.left_out:
                typer.echo(f"{done.day} left out: {text}", err=True)
            entries, left = entries + len(done.entries), left + len(done.left_out)
        typer.echo(f"Booked {counted(entries, 'entry', 'entries')} in {settings.ledger_file}.")
        if left:
            raise typer.Exit(INVALID)


@ledger_app.command("verify")
def ledger_verify(
    file: LedgerArgument,
    checkpoint: CheckpointsOption = None,
    public_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The key that checkpoints must be signed by (.pub).")
    ] = None,
) -> None:
    """Find every changed, removed or added entry. Exit code 0 if there is none, 1 with the list, 2 if unusable.

    A ledger without entries is not valid, unless a checkpoint says that it had none.
    Only a checkpoint kept elsewhere shows that entries are missing at the end, or that all were written anew.
    """
    with sentences():
        from service import ledger

        done = ledger.verify(file, checkpoint or [], public_key)
        for finding in done.findings:
            typer.echo(str(finding))
        if not done.valid:
            typer.echo(f"not valid: {done.found} findings, {len(done.findings)} of them listed", err=True)
            raise typer.Exit(INVALID)
        if not done.entries and done.signed is None:
            typer.echo("empty: no entries, and no checkpoint that says so", err=True)
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
    with sentences():
        from service import ledger

        ledger.show(file, last)


@ledger_app.command("replay")
def ledger_replay(
    file: LedgerArgument,
    entry: Annotated[list[int] | None, typer.Option(min=1, help="Number of an entry; default: all current.")] = None,
    factors: FactorsOption = None,
) -> None:
    """Make footprints again from the inputs and factors that the ledger holds. Exit code 1 unless all are the same.

    Factors are only needed for footprints that somebody appended without theirs.
    """
    with sentences():
        from service import ledger

        done = ledger.replay(file, factors, entry or [])
        for again in done.unequal:
            for difference in again.differences:
                typer.echo(f"entry {again.entry.number}: {difference}")
        for why in done.without_factors[:MOST_REASONS]:
            typer.echo(f"not replayable: {why}", err=True)
        if not done.entries:
            typer.echo("nothing was replayed: no current entry is a footprint", err=True)
            raise typer.Exit(INVALID)
        typer.echo(f"{done.equal} of {done.entries} footprints come out byte for byte the same")
        if done.without_factors:
            count = len(done.without_factors)
            typer.echo(f"{count} could not be replayed: neither the ledger nor --factors has their factors", err=True)
        if done.equal < done.entries:
            raise typer.Exit(INVALID)


@ledger_app.command("restate")
def ledger_restate(
    file: LedgerArgument,
    entry: Annotated[int, typer.Option(min=1, help="Number of the footprint or restatement.")],
    factors: FactorsOption = None,
) -> None:
    """Compute a footprint by the factors of today, and append that as a correction that shows both."""
    with sentences():
        from service import ledger

        number, done = ledger.restate(file, entry, factors)
        typer.echo(f"Wrote entry {number} to {file}, which corrects entry {entry}.")
        for word, stated in (("before", done.before), ("now", done)):
            total = stated.figures.totals.total_gco2e
            typer.echo(f"{word:6} {total:14.3f} gCO2e in all, by factors of edition {stated.edition[:EDITION_DIGITS]}")


@ledger_app.command("checkpoint")
def ledger_checkpoint(
    file: LedgerArgument,
    key: Annotated[Path, typer.Option(metavar="KEY", help="The signing key.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="A new file; keep it out of the writers' reach.")],
    checkpoint: CheckpointsOption = None,
) -> None:
    """Verify a ledger, against earlier checkpoints too, and sign how many entries it has and what the last one is."""
    with sentences():
        from service import ledger

        point = ledger.checkpoint(file, key, out, checkpoint or [])
        typer.echo(f"Wrote {out}: {point.count} entries, head {point.head}, signed by key {point.key_id}.")


@ledger_app.command("key")
def ledger_key(out: Annotated[Path, typer.Option(metavar="FILE", help="A new file for the private key.")]) -> None:
    """Make a key to sign checkpoints with."""
    with sentences():
        from service import ledger

        public = ledger.key(out)
        typer.echo(f"Wrote {out}, which signs: keep it secret. Give {public} to whoever verifies.")


@ledger_app.command("recover")
def ledger_recover(file: LedgerArgument) -> None:
    """Mend a ledger that ends in the middle of an entry, as after a power cut; the torn bytes are kept beside it."""
    with sentences():
        from service import ledger

        done = ledger.recover(file)
        if done is None:
            typer.echo("It ends with a whole entry; nothing was done.")
        elif done.aside is None:
            typer.echo("The last entry was whole but for its line end, which was added.")
        else:
            typer.echo(f"{done.torn_bytes} bytes from byte {done.offset} on are in {done.aside} now; an entry says so.")
