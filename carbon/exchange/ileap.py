"""The five data types of iLEAP 1.0.0: shipments, elements, categories of transport and of hubs, and activity data.

Source: Smart Freight Centre and SINE Foundation, *iLEAP Technical Specifications*, version 1.0.0 of 2025-05-27,
chapter 6, https://sine-fdn.github.io/ileap-extension/. The specification asks readers to expect new words in its
lists (energy carriers, feedstocks, units), so these are text here and are held against the lists by
``carbon.exchange.checks``; what a document may not lack, or may not write otherwise, is refused here.
"""

from typing import Any

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from carbon.exchange.decimals import Kept, Number, Quoted
from carbon.values import Record

MODES = ("Road", "Rail", "Air", "Sea", "InlandWaterway")
ENERGY_CARRIERS = (
    "Diesel", "HVO", "Petrol", "CNG", "LNG", "LPG", "HFO", "MGO", "Aviation fuel", "Hydrogen", "Methanol", "Electric",
)  # fmt: skip
ENERGY_UNITS = ("l", "kg", "kWh", "MJ")
FEEDSTOCKS = ("Fossil", "Natural gas", "Grid", "Renewable electricity", "Cooking oil")
TEMPERATURES = ("ambient", "refrigerated", "mixed")
TRANSPORT_UNITS = ("tkm", "TEUkm")
HUB_UNITS = ("tonnes", "TEU")
HUB_TYPES = ("Transshipment", "StorageAndTransshipment", "Warehouse", "LiquidBulkTerminal", "MaritimeContainerTerminal")
CERTIFICATIONS = ("ISO14083:2023", "GLECv2", "GLECv3", "GLECv3.1")


class Document(Record):
    """Base of what is exchanged: names in camel case, and fields that we do not know are kept as they came."""

    model_config = ConfigDict(
        frozen=True, extra="allow", alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True
    )

    __pydantic_extra__: dict[str, Kept]

    def to_json(self) -> dict[str, Any]:
        """Return what JSON writes: aliases, decimals as text, nothing for what is not given."""
        return self.model_dump(mode="json", exclude_none=True)


class Distance(Document):
    """A distance in kilometres, of one or several types.

    Attributes:
        actual: along the route driven.
        gcd: great-circle distance.
        sfd: shortest feasible distance.
    """

    actual: Number | None = None
    gcd: Number | None = None
    sfd: Number | None = None


class Location(Document):
    """A place.

    Attributes:
        street: street.
        zip: postal code.
        city: city.
        country: ISO 3166-1 alpha-2 code.
        iata: code of an airport.
        locode: UN/LOCODE.
        uic: code of a railway place.
        lat: latitude in degrees; comes with ``lng`` or not at all.
        lng: longitude in degrees.
    """

    street: Quoted | None = None
    zip: Quoted | None = None
    city: Quoted
    country: Quoted
    iata: Quoted | None = None
    locode: Quoted | None = None
    uic: Quoted | None = None
    lat: Number | None = None
    lng: Number | None = None


class Feedstock(Document):
    """What an energy carrier is made from.

    Attributes:
        feedstock: one of ``FEEDSTOCKS``.
        feedstock_share: fraction of the carrier, 0 to 1.
        region_provenance: country or region it comes from.
    """

    feedstock: Quoted
    feedstock_share: Number | None = None
    region_provenance: Quoted | None = None


class EnergyCarrier(Document):
    """One energy carrier of a category.

    Attributes:
        energy_carrier: one of ``ENERGY_CARRIERS``.
        relative_share: fraction of the category's activity that it moves, above 0 and at most 1.
        feedstocks: what it is made from.
        energy_consumption: amount of it per unit of activity.
        energy_consumption_unit: one of ``ENERGY_UNITS``; given wherever the consumption is.
        emission_factor_wtw: kgCO2e per unit of energy, provision included; a TOC and an HOC need it, a TAD does not.
        emission_factor_ttw: kgCO2e per unit of energy, operation alone; likewise.
    """

    energy_carrier: Quoted
    relative_share: Number
    feedstocks: tuple[Feedstock, ...] | None = None
    energy_consumption: Number | None = None
    energy_consumption_unit: Quoted | None = None
    emission_factor_wtw: Number | None = Field(default=None, alias="emissionFactorWTW")
    emission_factor_ttw: Number | None = Field(default=None, alias="emissionFactorTTW")


class Tce(Document):
    """A transport chain element: one shipment moved, or handled in a hub, once.

    Attributes:
        tce_id: its id.
        prev_tce_ids: elements immediately before it; empty for the first, None if not told.
        toc_id: category of transport that it was computed with, or None for a hub.
        hoc_id: category of hub operation that it was computed with, or None for transport; exactly one of the two.
        shipment_id: the shipment.
        consignment_id: the consignment.
        mass: kilograms of goods and shipper's packaging.
        distance: distance from origin to destination, km.
        transport_activity: t·km.
        co2e_wtw: kgCO2e, operation and energy provision.
        co2e_ttw: kgCO2e, operation alone.
    """

    tce_id: Quoted
    prev_tce_ids: tuple[Quoted, ...] | None = None
    toc_id: Quoted | None = None
    hoc_id: Quoted | None = None
    shipment_id: Quoted
    consignment_id: Quoted | None = None
    mass: Number
    distance: Distance
    transport_activity: Number
    co2e_wtw: Number = Field(alias="co2eWTW")
    co2e_ttw: Number = Field(alias="co2eTTW")


class ShipmentFootprint(Document):
    """A shipment and the elements of its transport chain.

    Attributes:
        mass: kilograms of goods and shipper's packaging.
        volume: cubic metres.
        shipment_id: the shipment.
        tces: its elements, at least one.
    """

    mass: Number
    volume: Number | None = None
    shipment_id: Quoted
    tces: tuple[Tce, ...] = Field(min_length=1)


class Toc(Document):
    """A transport operation category and its emission intensity.

    Attributes:
        toc_id: its id.
        certifications: certificates of the method, among ``CERTIFICATIONS``; ours has none.
        description: what it comprises.
        mode: one of ``MODES``; there is none for a drone, which is ``Air``.
        load_factor: load over the most that may be loaded, above 0 and at most 1.
        empty_distance_factor: empty over total distance, at least 0 and below 1.
        temperature_control: one of ``TEMPERATURES``.
        truck_loading_sequence: ``"LTL"`` or ``"FTL"``, road only.
        air_shipping_option: ``"belly freight"`` or ``"freighter"``, air only.
        flight_length: ``"short-haul"`` (below 1500 km) or ``"long-haul"``, air only.
        energy_carriers: at least one; their shares add up to 1.
        co2e_intensity_wtw: kgCO2e per unit of activity, operation and energy provision.
        co2e_intensity_ttw: kgCO2e per unit of activity, operation alone.
        transport_activity_unit: one of ``TRANSPORT_UNITS``.
    """

    toc_id: Quoted
    certifications: tuple[Quoted, ...] | None = None
    description: Quoted | None = None
    mode: Quoted
    load_factor: Number | None = None
    empty_distance_factor: Number | None = None
    temperature_control: Quoted | None = None
    truck_loading_sequence: Quoted | None = None
    air_shipping_option: Quoted | None = None
    flight_length: Quoted | None = None
    energy_carriers: tuple[EnergyCarrier, ...] = Field(min_length=1)
    co2e_intensity_wtw: Number = Field(alias="co2eIntensityWTW")
    co2e_intensity_ttw: Number = Field(alias="co2eIntensityTTW")
    transport_activity_unit: Quoted


class Hoc(Document):
    """A hub operation category and its emission intensity.

    Attributes:
        hoc_id: its id.
        description: what it comprises.
        certifications: certificates of the method, among ``CERTIFICATIONS``; ours has none.
        hub_type: one of ``HUB_TYPES``.
        temperature_control: one of ``TEMPERATURES``.
        hub_location: where it is.
        inbound_transport_mode: one of ``MODES``.
        outbound_transport_mode: one of ``MODES``.
        energy_carriers: at least one; their shares add up to 1.
        co2e_intensity_wtw: kgCO2e per unit of activity, operation and energy provision.
        co2e_intensity_ttw: kgCO2e per unit of activity, operation alone.
        hub_activity_unit: one of ``HUB_UNITS``.
    """

    hoc_id: Quoted
    description: Quoted | None = None
    certifications: tuple[Quoted, ...] | None = None
    hub_type: Quoted
    temperature_control: Quoted | None = None
    hub_location: Location | None = None
    inbound_transport_mode: Quoted | None = None
    outbound_transport_mode: Quoted | None = None
    energy_carriers: tuple[EnergyCarrier, ...] = Field(min_length=1)
    co2e_intensity_wtw: Number = Field(alias="co2eIntensityWTW")
    co2e_intensity_ttw: Number = Field(alias="co2eIntensityTTW")
    hub_activity_unit: Quoted


class Tad(Document):
    """Transport activity data: what somebody moved who computes no emissions.

    Attributes:
        activity_id: its id.
        consignment_ids: the consignments moved, at least one.
        distance: distance from origin to destination, km.
        mass: kilograms.
        load_factor: as in a TOC.
        empty_distance_factor: as in a TOC.
        origin: where from.
        destination: where to.
        departure_at: when, ISO 8601 in UTC.
        arrival_at: when, ISO 8601 in UTC.
        mode: one of ``MODES``.
        energy_carriers: if given, at least one; their shares add up to 1.
        temperature_control: ``"ambient"`` or ``"refrigerated"``.
    """

    activity_id: Quoted
    consignment_ids: tuple[Quoted, ...] = Field(min_length=1)
    distance: Distance
    mass: Number | None = None
    load_factor: Number | None = None
    empty_distance_factor: Number | None = None
    origin: Location
    destination: Location
    departure_at: Quoted
    arrival_at: Quoted
    mode: Quoted
    energy_carriers: tuple[EnergyCarrier, ...] | None = Field(default=None, min_length=1)
    temperature_control: Quoted | None = None
