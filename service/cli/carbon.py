"""Commands that report carbon and read what others report."""
# ruff: noqa: PLC0415 - each command imports what it needs when it runs, so that --help answers at once

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from service.cli.app import INVALID, FactorsOption, MapOption, app, sentences

exchange_app = typer.Typer(help="Carbon documents of others: iLEAP 1.0.0 and PACT.", no_args_is_help=True)
app.add_typer(exchange_app, name="exchange")


class VehicleName(StrEnum):
    """Vehicles of a scenario; a test keeps them the same as ``dispatch.ScenarioVehicle``."""

    E_BIKE = "e_bike"
    MOPED = "moped"
    CARGO_BIKE = "cargo_bike"
    DRONE = "drone"
    DIESEL_VAN = "diesel_van"
    ELECTRIC_VAN = "electric_van"
    PETROL_MOPED = "petrol_moped"


class PackagingName(StrEnum):
    """Packagings of an order; a test keeps them the same as ``dispatch.Packaging``."""

    LDPE_BAG = "ldpe_bag"
    RECYCLED_LDPE_BAG = "recycled_ldpe_bag"
    PAPER_BAG = "paper_bag"
    CARTON = "carton"
    REUSABLE_BAG = "reusable_bag"
    NONE = "none"


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
    """Recompute iLEAP and PACT documents. Exit code 0 if nothing contradicts, 1 with what does, 2 if unusable.

    Figures that nothing came to recompute from are listed and counted; they leave the exit code as it is.
    """
    with sentences():
        from service import commands

        imported = commands.check_exchange(file)
        for finding in (*imported.flags, *imported.unchecked):
            typer.echo(str(finding))
        open_figures = len(imported.unchecked)
        if imported.flags:
            typer.echo(
                f"{len(imported.flags)} do not hold, and {open_figures} figures could not be recomputed", err=True
            )
            raise typer.Exit(INVALID)
        documents = f"{len(imported.documents)} documents"
        if open_figures:
            typer.echo(f"nothing contradicts, but {open_figures} figures could not be recomputed: {documents}")
        else:
            typer.echo(f"all adds up: {documents}")


@app.command()
def compare(
    request: Annotated[str, typer.Argument(metavar="REQUEST.json", help="The request, or - for standard input.")],
    plan_file: Annotated[str, typer.Argument(metavar="PLAN.json", help="A valid plan of it.")],
    vehicle: Annotated[VehicleName | None, typer.Option(help="All orders by this vehicle.")] = None,
    packaging: Annotated[PackagingName | None, typer.Option(help="All orders in this packaging.")] = None,
    region: Annotated[str | None, typer.Option(metavar="CODE", help="Charged on another grid: CN, FR, ...")] = None,
    out: Annotated[str | None, typer.Option(metavar="FILE.json", help="Where it goes whole, if anywhere.")] = None,
    map_file: MapOption = None,
    factors: FactorsOption = None,
    accounts: Annotated[str | None, typer.Option(metavar="FILE.json", help="Contracts for electricity.")] = None,
) -> None:
    """Ask what if: the same orders by another vehicle, in other packaging, on another grid or by green power."""
    if not (vehicle or packaging or region or accounts):
        raise typer.BadParameter("nothing is changed; give --vehicle, --packaging, --region or --accounts")
    with sentences():
        import dispatch
        from service import whatif
        from service.books import read_books

        scenario = dispatch.Scenario(
            name=" ".join(filter(None, (vehicle and vehicle.value, packaging and packaging.value, region)))
            or "contracts",
            vehicle=vehicle and dispatch.ScenarioVehicle(vehicle.value),
            packaging=packaging and dispatch.Packaging(packaging.value),
            region=region,
        )
        found, difference = whatif.compare(request, plan_file, out, map_file, scenario, read_books(factors, accounts))
        typer.echo(
            f"{scenario.name}: {found.total_gco2e:+.0f} gCO2e over {len(found.orders)} orders "
            f"(transport {found.transport_gco2e:+.0f}, packaging {found.packaging_gco2e:+.0f})"
        )
        if found.market_gco2e is not None:
            typer.echo(f"market-based transport {found.market_gco2e:+.0f} gCO2e, in no total")
        if difference is not None:
            total = difference.total_gco2e
            typer.echo(f"90 % of {difference.draws} draws lie between {total.p5:+.0f} and {total.p95:+.0f}")
        for order_id, reason in found.kept.items():
            typer.echo(f"order {order_id} stays as it was: {reason}")


@app.command()
def label(
    request: Annotated[str, typer.Argument(metavar="REQUEST.json", help="The request, or - for standard input.")],
    plan_file: Annotated[str, typer.Argument(metavar="PLAN.json", help="A valid plan of it.")],
    order: Annotated[str, typer.Argument(metavar="ORDER", help="Id of an order that the plan serves.")],
    out: Annotated[str, typer.Option(metavar="FILE", help="A card if it ends in .svg, else JSON; - for output.")],
    map_file: MapOption = None,
    factors: FactorsOption = None,
    accounts: Annotated[str | None, typer.Option(metavar="FILE.json", help="Stores' energy, contracts.")] = None,
) -> None:
    """Make the label of one order: an estimate with its range, transport and packaging apart."""
    with sentences():
        from service import whatif
        from service.books import read_books

        found = whatif.label(request, plan_file, order, out, map_file, read_books(factors, accounts))
        typer.echo(
            f"order {found.order_id}: {found.total_gco2e:.0f} gCO2e, transport {found.a_transport_gco2e:.0f} and "
            f"packaging {found.b_packaging_gco2e:.0f}",
            err=True,
        )


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
    factors: FactorsOption = None,
    accounts: Annotated[
        str | None, typer.Option(metavar="FILE.json", help="Stores' energy (hubs), contracts, verification.")
    ] = None,
) -> None:
    """Report what stores emitted, from the plans in the database, aligned with ISO 14083:2023."""
    with sentences():
        from carbon.reports.spoken import in_words
        from service import report as reports
        from service.books import read_books

        said = reports.make(
            out,
            format_name.value,
            stores=store or [],
            first_day=first_day and first_day.date(),
            last_day=last_day and last_day.date(),
            sample=sample,
            books=read_books(factors, accounts),
        )
        typer.echo("\n".join(in_words(said).findings), err=True)
