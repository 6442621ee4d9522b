"""From a report to exchange documents: rounds become categories, orders become shipments.

The steps are those of ISO 14083 (R1): the rounds of a store and vehicle class make a TOC with one intensity (F2), and
an order's element is that intensity times its activity (F3), which anybody can recompute from the two documents. An
order's own label divides its own round instead (F5); both add up to the same rounds, and the label's figure travels
in Swiftleaf's extension.
"""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote

from carbon.account import OrderFootprint
from carbon.errors import ExchangeError
from carbon.exchange.categories import (
    KNOWN_MODES,
    Category,
    Declarations,
    Gwp,
    LeftOut,
    Mode,
    activity_tkm,
    categorised,
    grouped,
    kilograms,
)
from carbon.exchange.decimals import from_float, product, quotient, shifted
from carbon.exchange.ileap import Distance, Document, ShipmentFootprint, Tce, Toc
from carbon.exchange.mapping import DataOwner, Delivery, product_footprint
from carbon.exchange.pact import ProductFootprint
from carbon.report import Report
from carbon.transport import Round
from carbon.values import Record


class Exported(Record):
    """A report as exchange documents.

    Attributes:
        shipments: iLEAP shipment footprints, one per order, in the order of the report.
        tocs: iLEAP transport operation categories, by id.
        footprints: all of these in PACT 3 product footprints, categories first.
        left_out: what could not be exchanged, and why; empty if nothing is missing.
    """

    shipments: tuple[ShipmentFootprint, ...]
    tocs: tuple[Toc, ...]
    footprints: tuple[ProductFootprint, ...]
    left_out: tuple[LeftOut, ...]


def export_documents(
    report: Report,
    rounds: Iterable[Round],
    owner: DataOwner,
    created: datetime,
    *,
    modes: Mapping[str, Mode] | None = None,
    gwp_if_unstated: Gwp = "AR6",
) -> Exported:
    """Turn a report into iLEAP 1.0.0 documents and PACT 3 product footprints.

    Documents follow from the arguments alone, byte for byte. The period is that of the report's days, their local
    midnights written as UTC. Electricity is location-based; iLEAP knows no market-based figure.

    Args:
        report: the report.
        rounds: the rounds it was made from, which know masses and distances.
        owner: who answers for the documents.
        created: when they are made, with a time zone.
        modes: iLEAP mode of each vehicle class that is the user's own.
        gwp_if_unstated: set of global warming potentials to declare for an electricity factor whose source states
            none; the footprint's comment then says so.

    Returns:
        The documents, and what had to be left out.

    Raises:
        ExchangeError: if the rounds are not the report's own, ``created`` has no time zone, or the report is over
            more than a year.
    """
    if created.tzinfo is None:
        raise ExchangeError(f"created is {created.isoformat()} without a time zone; give one, for example UTC")
    own = _matched(report, rounds)
    first, last = report.totals.first_day, report.totals.last_day
    if first is None or last is None:
        return Exported(shipments=(), tocs=(), footprints=(), left_out=())
    declarations = Declarations(
        created=created,
        start=_midnight(first),
        end=_midnight(last + timedelta(days=1)),
        modes={**KNOWN_MODES, **(modes or {})},
        gwp_if_unstated=gwp_if_unstated,
    )
    left_out: list[LeftOut] = []
    categories: list[Category] = []
    by_round: dict[str, Category] = {}
    for key, accounts in sorted(grouped(report, declarations.modes, left_out).items()):
        made = categorised(key, accounts, own, report, declarations)
        if isinstance(made, LeftOut):
            left_out.append(made)
            continue
        categories.append(made)
        by_round |= {account.round_id: made for account in accounts}
    footprints = [product_footprint(each.toc, owner, each.basis, _delivery(each)) for each in categories]
    shipments = []
    for order in report.orders:
        category = by_round.get(order.round_id)
        if category is None:
            because = f"its round {order.round_id!r} is in no category, for the reason given there"
            left_out.append(LeftOut(what=f"order {order.order_id!r}", because=because))
            continue
        shipment = _shipment(order, own[order.round_id], category)
        shipments.append(shipment)
        if shipment.tces[0].transport_activity:
            footprints.append(product_footprint(shipment, owner, category.basis, _delivery(category, order)))
        else:
            because = "it was delivered at the store, so it has no tonne-kilometre to declare a figure per"
            left_out.append(LeftOut(what=f"product footprint of order {order.order_id!r}", because=because))
    return Exported(
        shipments=tuple(shipments),
        tocs=tuple(each.toc for each in categories),
        footprints=tuple(footprints),
        left_out=tuple(left_out),
    )


def documents_json(documents: Iterable[Document]) -> str:
    """Write documents as PACT's API lists them, an object with ``data``; the same documents give the same text."""
    return json.dumps({"data": [document.to_json() for document in documents]}, ensure_ascii=False, indent=2) + "\n"


def _matched(report: Report, rounds: Iterable[Round]) -> dict[str, Round]:
    """Rounds by id, which must be those of the report."""
    own = {round_.id: round_ for round_ in rounds}
    reported = {account.round_id: account for account in report.rounds}
    strangers = sorted(own.keys() ^ reported.keys())
    if strangers:
        raise ExchangeError(
            f"rounds and report differ in {', '.join(map(repr, strangers[:5]))}; give the rounds that the report was "
            "made from"
        )
    for round_id, round_ in own.items():
        activities = [stop.activity_tkm for stop in round_.stops]
        known = math.fsum(activity for activity in activities if activity is not None)
        stated = reported[round_id].activity_tkm
        if stated != (None if None in activities else known):
            raise ExchangeError(
                f"activity_tkm of round {round_id!r} is {stated} in the report and {known} by its stops; give the "
                "rounds that the report was made from"
            )
    return own


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _shipment(order: OrderFootprint, round_: Round, category: Category) -> ShipmentFootprint:
    """F3: intensity of the category times the order's activity."""
    stop = next(stop for stop in round_.stops if stop.order_id == order.order_id)
    activity = activity_tkm(stop)
    kilometres = shifted(from_float(stop.distance_m), -3)
    mass = from_float(stop.mass_kg or 0)
    element = Tce(
        tce_id=f"{quote(round_.id, safe='')}:{quote(order.order_id, safe='')}",
        prev_tce_ids=(),
        toc_id=category.toc.toc_id,
        shipment_id=order.order_id,
        consignment_id=order.order_id,
        mass=mass,
        distance=Distance(sfd=kilometres) if round_.distance_type == "SFD" else Distance(gcd=kilometres),
        transport_activity=activity,
        co2e_wtw=quotient(product(category.wtw_kgco2e, activity), category.activity_tkm),
        co2e_ttw=quotient(product(category.ttw_kgco2e, activity), category.activity_tkm),
    )
    return ShipmentFootprint(mass=mass, shipment_id=order.order_id, tces=(element,))


def _delivery(category: Category, order: OrderFootprint | None = None) -> Delivery:
    aircraft = category.toc.mode == "Air"
    if order is None:
        return Delivery(vehicle_class=category.vehicle_class, uncrewed_aircraft=aircraft)
    end = order.packaging_end_of_life_gco2e
    return Delivery(
        vehicle_class=category.vehicle_class,
        uncrewed_aircraft=aircraft,
        round_id=order.round_id,
        round_ghg_emissions=kilograms([order.transport_gco2e]),
        packaging=order.packaging,
        packaging_ghg_emissions=kilograms([order.packaging_gco2e]),
        packaging_end_of_life_ghg_emissions=None if end is None else kilograms([end]),
        packaging_data_class=order.packaging_data_class,
    )
