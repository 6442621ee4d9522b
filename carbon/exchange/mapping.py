"""How a shipment, a TOC or an HOC goes into a PACT product footprint, and what Swiftleaf adds beside it.

Source of the mapping: iLEAP 1.0.0 chapter 7.2, whose field names are those of PACT 2. Where the two differ PACT 3 is
followed: CPC 83117 is a product classification, and a service has no mass. iLEAP leaves packaging out of the
footprint, and PACT 3 then forbids a figure for it, so ledger B travels in Swiftleaf's own extension.
"""

import json
import uuid
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple, Self
from urllib.parse import quote

from pydantic import AwareDatetime, Field, model_validator

from carbon.errors import ExchangeError
from carbon.exchange.decimals import Number, summed
from carbon.exchange.ileap import Document, Hoc, ShipmentFootprint, Toc
from carbon.exchange.pact import CarbonFootprint, DataQuality, EmissionFactorSource, Extension, ProductFootprint
from carbon.values import DataClass, Record, Text

LONGEST_DAYS = 366
"""Days that the two moments of a period may lie apart: a year, leap or not."""
SPEC_VERSION = "3.0.0"
EXTENSION_VERSION = "2.0.0"
"""Version of PACT's rules for extensions that iLEAP 1.0.0 asks for."""

CPC_LOGISTICS = "83117"
"""Class of logistics services in the United Nations' Central Product Classification."""

CPC_URN = f"urn:pact:productclassification:un-cpc:{CPC_LOGISTICS}"
TONNE_KILOMETRE, KILOGRAM = "ton kilometer", "kilogram"
ILEAP_PAGE = "https://sine-fdn.github.io/ileap-extension/"
ILEAP_SCHEMA = "https://api.ileap.sine.dev/{}.json"
DELIVERY_SCHEMA = "urn:swiftleaf:data-model-extension:delivery:1.0.0"
"""Names our own extension; its fields are those of ``Delivery``."""

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:swiftleaf:exchange")

Urn = Annotated[str, Field(pattern=r"^[uU][rR][nN]:[A-Za-z0-9][A-Za-z0-9-]{0,31}:\S+$")]


class DataOwner(Record):
    """Who answers for the documents.

    Attributes:
        company_name: name of the company.
        company_ids: URNs that identify it, at least one, such as ``"urn:epc:id:sgln:4063973.00000.8"``.
        dqi: its own rating of its data, or None; Swiftleaf computes none.
    """

    company_name: Text
    company_ids: Annotated[tuple[Urn, ...], Field(min_length=1)]
    dqi: DataQuality | None = None


class Delivery(Document):
    """What neither PACT nor iLEAP has a place for: Swiftleaf's extension of a product footprint.

    Attributes:
        vehicle_class: what brought it; None for a hub.
        uncrewed_aircraft: whether that is a drone, for which iLEAP has no mode.
        refrigerant_ghg_emissions: kgCO2e of leaked refrigerant, which iLEAP does not cover: for an order its part, for
            a category per unit of activity; None if nothing leaked.
        round_id: the round that delivered an order; None for a category.
        round_ghg_emissions: kgCO2e of transport as the order's label states it, its part of its own round; the
            footprint beside it is the category's intensity times the order's activity.
        packaging: name of the packaging.
        packaging_ghg_emissions: kgCO2e of producing it: ledger B, in no figure of the footprint.
        packaging_end_of_life_ghg_emissions: kgCO2e of its end of life, or None if no route was given.
        packaging_data_class: ``"default"`` if the packaging had to be assumed.
    """

    vehicle_class: Text | None = None
    uncrewed_aircraft: bool
    refrigerant_ghg_emissions: Number | None = None
    round_id: Text | None = None
    round_ghg_emissions: Number | None = None
    packaging: Text | None = None
    packaging_ghg_emissions: Number | None = None
    packaging_end_of_life_ghg_emissions: Number | None = None
    packaging_data_class: DataClass | None = None


class Basis(Record):
    """What stands behind the figures of a footprint.

    Attributes:
        created: when the documents are made; a part of their content, so that the same call gives the same bytes.
        start: first moment of the data.
        end: first moment after it, at most a year later (R12).
        region: ISO 3166 code, or None if the data is of several countries.
        boundary: what is counted and what is not.
        allocation: how rounds are divided.
        gwp_sets: sets of global warming potentials.
        factor_sources: where the emission factors come from.
        primary_data_share: percent of the emissions from primary data, or None if there are no emissions.
        exempted_percent: percent of the emissions that the figures leave out.
        exempted_reason: what they are, empty if none.
        comment: what a reader should know.
    """

    created: AwareDatetime
    start: AwareDatetime
    end: AwareDatetime
    region: Text | None
    boundary: Text
    allocation: Text
    gwp_sets: Annotated[tuple[Literal["AR4", "AR5", "AR6"], ...], Field(min_length=1)]
    factor_sources: tuple[EmissionFactorSource, ...]
    primary_data_share: Decimal | None
    exempted_percent: Decimal = Decimal(0)
    exempted_reason: str = ""
    comment: str

    @model_validator(mode="after")
    def _is_a_year_at_most(self) -> Self:
        if not 0 < (self.end - self.start).days <= LONGEST_DAYS:
            raise ExchangeError(
                f"period is {self.start:%Y-%m-%d} to {self.end:%Y-%m-%d}; a category covers at most a year, so export "
                "each year on its own"
            )
        return self


class _Declared(NamedTuple):
    """What the mapping takes from one iLEAP document."""

    kind: Literal["shipment", "toc", "hoc"]
    schema: str
    name: str
    unit: str
    amount: Decimal
    kgco2e: Decimal


def product_footprint(
    document: ShipmentFootprint | Toc | Hoc, owner: DataOwner, basis: Basis, delivery: Delivery | None = None
) -> ProductFootprint:
    """Put an iLEAP document into a PACT 3 product footprint, by iLEAP's mapping.

    Args:
        document: the document; it becomes the first extension.
        owner: who answers for it.
        basis: what stands behind it.
        delivery: Swiftleaf's extension, if any.

    Returns:
        The footprint. Its id is a UUID of its content (version 5): the same content has the same id.

    Raises:
        ExchangeError: if the document has no activity to declare, or a hub's is not in tonnes.
    """
    declared = _declared(document)
    if declared.amount <= 0:
        raise ExchangeError(
            f"transportActivity of {declared.name!r} adds up to {declared.amount}; PACT declares figures per unit of "
            "activity, so there must be some"
        )
    region = basis.region or ""
    fields = CarbonFootprint(
        declared_unit_of_measurement=declared.unit,
        declared_unit_amount=declared.amount,
        product_mass_per_declared_unit=declared.amount if declared.unit == KILOGRAM else Decimal(0),
        reference_period_start=basis.start,
        reference_period_end=basis.end,
        geography_country=None if "-" in region else basis.region,
        geography_country_subdivision=basis.region if "-" in region else None,
        boundary_processes_description=basis.boundary,
        pcf_excluding_biogenic_uptake=declared.kgco2e,
        pcf_including_biogenic_uptake=declared.kgco2e,
        fossil_ghg_emissions=declared.kgco2e,
        fossil_carbon_content=Decimal(0),
        packaging_emissions_included=False,
        ipcc_characterization_factors=basis.gwp_sets,
        cross_sectoral_standards=("ISO14083",),
        exempted_emissions_percent=basis.exempted_percent,
        exempted_emissions_description=basis.exempted_reason or None,
        allocation_rules_description=basis.allocation,
        secondary_emission_factor_sources=basis.factor_sources or None,
        primary_data_share=basis.primary_data_share,
        dqi=owner.dqi,
    )
    extensions = [
        Extension(
            spec_version=EXTENSION_VERSION,
            data_schema=ILEAP_SCHEMA.format(declared.schema),
            documentation=ILEAP_PAGE,
            data=document.to_json(),
        )
    ]
    if delivery is not None:
        extensions.append(
            Extension(spec_version=EXTENSION_VERSION, data_schema=DELIVERY_SCHEMA, data=delivery.to_json())
        )
    what = f"{declared.kind} {declared.name}"
    unidentified = ProductFootprint(
        id=str(uuid.UUID(int=0)),
        spec_version=SPEC_VERSION,
        created=basis.created,
        status="Active",
        company_name=owner.company_name,
        company_ids=owner.company_ids,
        product_description=f"Delivery: logistics emissions of {what}",
        product_ids=(
            f"urn:pathfinder:product:customcode:vendor-assigned:{declared.kind}:{quote(declared.name, safe=':@')}",
        ),
        product_classifications=(CPC_URN,),
        product_name_company=what,
        comment=basis.comment,
        pcf=fields,
        extensions=tuple(extensions),
    )
    content = json.dumps(unidentified.to_json(), sort_keys=True, separators=(",", ":"))
    return unidentified.model_copy(update={"id": str(uuid.uuid5(NAMESPACE, content))})


def _declared(document: ShipmentFootprint | Toc | Hoc) -> _Declared:
    if isinstance(document, ShipmentFootprint):
        return _Declared(
            "shipment",
            "shipment-footprint",
            document.shipment_id,
            TONNE_KILOMETRE,
            summed(tce.transport_activity for tce in document.tces),
            summed(tce.co2e_wtw for tce in document.tces),
        )
    if isinstance(document, Toc):
        return _Declared("toc", "toc", document.toc_id, TONNE_KILOMETRE, Decimal(1), document.co2e_intensity_wtw)
    if document.hub_activity_unit != "tonnes":
        raise ExchangeError(
            f"hubActivityUnit of HOC {document.hoc_id!r} is {document.hub_activity_unit!r}; PACT declares a hub per "
            "1000 kilograms, so convert its intensity to tonnes"
        )
    return _Declared("hoc", "hoc", document.hoc_id, KILOGRAM, Decimal(1000), document.co2e_intensity_wtw)
