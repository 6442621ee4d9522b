"""From a report to exchange documents: rounds and stores become categories, orders become shipments.

The steps are those of ISO 14083 (R1): rounds make a TOC with one intensity (F2), a store's zone makes an HOC (F4), and
an order's elements are those intensities times its own activity (F3), which anybody can recompute from the documents.
An order's own label divides its own round instead (F5); both add up to the same rounds, and the label's figure travels
in Swiftleaf's extension.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import quote

from carbon.account import OrderFootprint
from carbon.errors import ExchangeError
from carbon.exchange.carriers import kilograms
from carbon.exchange.categories import (
    KNOWN_MODES,
    Category,
    Gwp,
    LeftOut,
    Mode,
    activity_tkm,
    common_region,
    handling,
    transport,
)
from carbon.exchange.decimals import from_float, product, quotient, shifted, summed
from carbon.exchange.ileap import Distance, Document, Hoc, ShipmentFootprint, Tce, Toc
from carbon.exchange.mapping import Basis, DataOwner, Delivery, product_footprint
from carbon.exchange.pact import EmissionFactorSource, ProductFootprint
from carbon.hub import HubAccount
from carbon.report import Report
from carbon.transport import Round, RoundStop
from carbon.values import Record, Zone

HUNDRED = Decimal(100)


class Exported(Record):
    """A report as exchange documents.

    Attributes:
        shipments: iLEAP shipment footprints, one per order, in the order of the report.
        tocs: iLEAP transport operation categories.
        hocs: iLEAP hub operation categories.
        footprints: all of these in PACT 3 product footprints, categories first.
        left_out: what could not be exchanged, and why; empty if nothing is missing.
    """

    shipments: tuple[ShipmentFootprint, ...]
    tocs: tuple[Toc, ...]
    hocs: tuple[Hoc, ...]
    footprints: tuple[ProductFootprint, ...]
    left_out: tuple[LeftOut, ...]


class _Part(NamedTuple):
    """What a footprint takes of one category: well-to-wheel, operation, leaks, in kgCO2e."""

    category: Category
    wtw_kgco2e: Decimal
    ttw_kgco2e: Decimal
    refrigerant_kgco2e: Decimal


def export_documents(
    report: Report,
    rounds: Iterable[Round],
    owner: DataOwner,
    created: datetime,
    *,
    hubs: Iterable[HubAccount] = (),
    modes: Mapping[str, Mode] | None = None,
    gwp_if_unstated: Gwp = "AR6",
) -> Exported:
    """Turn a report into iLEAP 1.0.0 documents and PACT 3 product footprints.

    Documents follow from the arguments alone, byte for byte. A period is that of a category's days, their local
    midnights written as UTC. Electricity is location-based, and refrigerants are exempted and stated beside: iLEAP
    has a place for neither.

    Args:
        report: the report.
        rounds: the rounds it was made from, which know masses and distances.
        owner: who answers for the documents.
        created: when they are made, with a time zone.
        hubs: the hub accounts it was made from, which know what each zone used.
        modes: iLEAP mode of each vehicle class that is the user's own.
        gwp_if_unstated: set of global warming potentials to declare for an emission factor whose source states none;
            the footprint's comment then says so.

    Returns:
        The documents, and what had to be left out.

    Raises:
        ExchangeError: if the rounds are not the report's own, ``created`` has no time zone, or the report is over
            more than a year.
    """
    if created.tzinfo is None:
        raise ExchangeError(f"created is {created.isoformat()} without a time zone; give one, for example UTC")
    own = _matched(report, rounds)
    maker = _Maker(report, owner, created, gwp_if_unstated)
    left_out: list[LeftOut] = []
    moved = transport(report, own, {**KNOWN_MODES, **(modes or {})}, left_out)
    handled = handling(report, hubs, left_out)
    categories = {each.document: each for each in (*moved.values(), *handled.values())}
    footprints = [maker.category(each) for each in categories.values()]
    shipments = []
    for order in report.orders:
        if order.round_id not in moved:
            because = f"its round {order.round_id!r} is in no category, for the reason given there"
            left_out.append(LeftOut(what=f"order {order.order_id!r}", because=because))
            continue
        round_ = own[order.round_id]
        hub = _hub_of(order, round_, report, handled)
        shipment, parts = _shipment(order, round_, moved[order.round_id], hub)
        shipments.append(shipment)
        if shipment.tces[-1].transport_activity:
            footprints.append(maker.shipment(shipment, order, parts))
        else:
            because = "it was delivered at the store, so it has no tonne-kilometre to declare a figure per"
            left_out.append(LeftOut(what=f"product footprint of order {order.order_id!r}", because=because))
    return Exported(
        shipments=tuple(shipments),
        tocs=tuple(document for document in categories if isinstance(document, Toc)),
        hocs=tuple(document for document in categories if isinstance(document, Hoc)),
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


def _hub_of(
    order: OrderFootprint, round_: Round, report: Report, handled: Mapping[tuple[str, Zone], Category]
) -> Category | None:
    """The category of the zone that an order left; None where the report has no figure for it either."""
    if order.hub_gco2e is None:
        return None
    own = [hub for hub in report.hubs if hub.store_id == order.store_id]
    names = [hub.id for hub in own if hub.first_day <= round_.started_on <= hub.last_day]
    return handled.get((names[0], order.zone))


def _shipment(
    order: OrderFootprint, round_: Round, ride: Category, hub: Category | None
) -> tuple[ShipmentFootprint, list[_Part]]:
    """An order's elements, store first: intensity of the category times the order's activity (F3, F4)."""
    stop = next(stop for stop in round_.stops if stop.order_id == order.order_id)
    mass = from_float(stop.mass_kg or 0)
    steps = [] if hub is None else [(hub, shifted(mass, -3), Decimal(0))]
    steps.append((ride, activity_tkm(stop), shifted(from_float(stop.distance_m), -3)))
    parts: list[_Part] = []
    elements: list[Tce] = []
    for category, activity, kilometres in steps:
        part = _Part(
            category,
            category.part(category.wtw_kgco2e, activity),
            category.part(category.ttw_kgco2e, activity),
            category.part(category.refrigerant_kgco2e, activity),
        )
        parts.append(part)
        elements.append(_element(order, round_, part, stop, kilometres, [each.tce_id for each in elements[-1:]]))
    return ShipmentFootprint(mass=mass, shipment_id=order.order_id, tces=tuple(elements)), parts


def _element(
    order: OrderFootprint, round_: Round, part: _Part, stop: RoundStop, kilometres: Decimal, previous: Sequence[str]
) -> Tce:
    document, mass = part.category.document, from_float(stop.mass_kg or 0)
    toc_id = document.toc_id if isinstance(document, Toc) else None
    hoc_id = document.hoc_id if isinstance(document, Hoc) else None
    where = round_.id if toc_id else order.store_id
    return Tce(
        tce_id=":".join(quote(text, safe="") for text in ("ride" if toc_id else "hub", where, order.order_id)),
        prev_tce_ids=tuple(previous),
        toc_id=toc_id,
        hoc_id=hoc_id,
        shipment_id=order.order_id,
        consignment_id=order.order_id,
        mass=mass,
        distance=Distance(sfd=kilometres) if round_.distance_type == "SFD" else Distance(gcd=kilometres),
        transport_activity=shifted(product(mass, kilometres), -3),
        co2e_wtw=part.wtw_kgco2e,
        co2e_ttw=part.ttw_kgco2e,
    )


class _Maker:
    """Makes the product footprints of one export."""

    def __init__(self, report: Report, owner: DataOwner, created: datetime, gwp_if_unstated: Gwp) -> None:
        self._report, self._owner, self._created, self._gwp = report, owner, created, gwp_if_unstated

    def category(self, category: Category) -> ProductFootprint:
        """A TOC or an HOC, per unit of its activity."""
        leaked = quotient(category.refrigerant_kgco2e, category.activity)
        delivery = None
        if category.vehicle_class is not None or leaked:
            delivery = Delivery(
                vehicle_class=category.vehicle_class,
                uncrewed_aircraft=_is_aircraft(category),
                refrigerant_ghg_emissions=leaked or None,
            )
        part = _Part(category, category.wtw_kgco2e, category.ttw_kgco2e, category.refrigerant_kgco2e)
        return product_footprint(category.document, self._owner, self._basis([part]), delivery)

    def shipment(self, shipment: ShipmentFootprint, order: OrderFootprint, parts: Sequence[_Part]) -> ProductFootprint:
        """An order: its elements, and its label and packaging beside them."""
        end = order.packaging_end_of_life_gco2e
        delivery = Delivery(
            vehicle_class=order.vehicle_class,
            uncrewed_aircraft=_is_aircraft(parts[-1].category),
            refrigerant_ghg_emissions=summed(part.refrigerant_kgco2e for part in parts) or None,
            round_id=order.round_id,
            round_ghg_emissions=kilograms([order.transport_gco2e]),
            packaging=order.packaging,
            packaging_ghg_emissions=kilograms([order.packaging_gco2e - (end or 0.0)]),
            packaging_end_of_life_ghg_emissions=None if end is None else kilograms([end]),
            packaging_data_class=order.packaging_data_class,
        )
        return product_footprint(shipment, self._owner, self._basis(parts), delivery)

    def _basis(self, parts: Sequence[_Part]) -> Basis:
        categories = [part.category for part in parts]
        ride = categories[-1]  # whose days an order's are; a store's account may run over the year
        energy = summed(part.wtw_kgco2e for part in parts)
        primary = summed(product(part.wtw_kgco2e, part.category.primary_share) for part in parts)
        leaked = summed(part.refrigerant_kgco2e for part in parts)
        factors = {factor.id: factor for category in categories for factor in category.factors}.values()
        unstated = sorted({factor.source for factor in factors if factor.gwp is None})
        comment = f"An estimate, {self._report.method.alignment}, not certified. Electricity is location-based."
        if unstated:
            comment += (
                f" These sources of factors state no set of global warming potentials, and {self._gwp} is declared for "
                f"them: {'; '.join(unstated)}."
            )
        return Basis(
            created=self._created,
            start=_midnight(ride.first_day),
            end=_midnight(ride.last_day + timedelta(days=1)),
            region=common_region({category.region or "" for category in categories}) or None,
            boundary=(
                "Energy and its provision, well to wheel, of whole rounds with their empty returns"
                f"{', and of the store' if any(isinstance(each.document, Hoc) for each in categories) else ''}. "
                f"Left out: {'; '.join(self._report.method.exclusions)}"
            ),
            allocation=(
                "Intensity of the category times the order's activity: the distance from store to stop times the mass, "
                "or the mass alone in the store (ISO 14083, transport chain element)"
            ),
            gwp_sets=tuple(sorted({factor.gwp or self._gwp for factor in factors})),
            factor_sources=tuple(
                EmissionFactorSource(name=name, version=version)
                for name, version in sorted(
                    {(factor.source, factor.edition or str(factor.year or "undated")) for factor in factors}
                )
            ),
            primary_data_share=quotient(product(primary, HUNDRED), energy) if energy else None,
            exempted_percent=quotient(product(leaked, HUNDRED), summed((energy, leaked))) if leaked else Decimal(0),
            exempted_reason="leaked refrigerants, which iLEAP 1.0.0 does not cover" if leaked else "",
            comment=comment,
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _is_aircraft(category: Category) -> bool:
    return isinstance(category.document, Toc) and category.document.mode == "Air"
