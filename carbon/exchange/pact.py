"""The envelope: product footprints of PACT 3, and those of PACT 2 as others still send them.

Source: WBCSD Partnership for Carbon Transparency, *PACT Technical Specifications* 3.0.0 (OpenAPI),
https://docs.carbon-transparency.org. Facts of the specification in our own words; it is copyright of the World
Business Council for Sustainable Development, and Swiftleaf is neither endorsed by nor connected with it.
"""

from datetime import datetime

from pydantic import ConfigDict, Field, StrictBool
from pydantic.alias_generators import to_camel

from carbon.exchange.decimals import Kept, Number, Percent, Quoted
from carbon.exchange.ileap import Document

NAMES_2 = {
    "declared_unit_of_measurement": "declaredUnit",
    "declared_unit_amount": "unitaryProductAmount",
    "pcf_excluding_biogenic_uptake": "pCfExcludingBiogenic",
    "pcf_including_biogenic_uptake": "pCfIncludingBiogenic",
    "ipcc_characterization_factors": "ipccCharacterizationFactorsSources",
    "cross_sectoral_standards": "crossSectoralStandardsUsed",
}
"""What PACT 2 calls the fields that PACT 3 renamed."""


class DataQuality(Document):
    """Data quality ratings of PACT, weighted by emissions; 1 is best and 5 worst.

    Attributes:
        technological: how well the data fits the technology.
        geographical: how well it fits the place.
        temporal: how well it fits the time.
    """

    technological: Percent = Field(alias="technologicalDQR")
    geographical: Percent = Field(alias="geographicalDQR")
    temporal: Percent = Field(alias="temporalDQR")


class EmissionFactorSource(Document):
    """Where secondary emission factors come from.

    Attributes:
        name: publisher or database.
        version: its edition.
    """

    name: Quoted
    version: Quoted


class CarbonFootprint(Document):
    """The figures of a product footprint, per declared unit.

    Attributes:
        declared_unit_of_measurement: ``"ton kilometer"`` for transport, ``"kilogram"`` for a hub.
        declared_unit_amount: how many of them.
        product_mass_per_declared_unit: 0 for a service; PACT 2 does not ask for it.
        reference_period_start: first moment of the data.
        reference_period_end: first moment after it.
        geography_country: ISO 3166-1 code, or None.
        geography_country_subdivision: ISO 3166-2 code, or None.
        boundary_processes_description: what is counted.
        pcf_excluding_biogenic_uptake: kgCO2e per declared unit.
        pcf_including_biogenic_uptake: the same with uptake; PACT 2 does not ask for it.
        fossil_ghg_emissions: kgCO2e per declared unit.
        land_use_change_ghg_emissions: kgCO2e per declared unit; this and the parts below are None where not stated.
        land_management_fossil_ghg_emissions: kgCO2e per declared unit, held in ``fossil_ghg_emissions`` already.
        land_management_biogenic_co2_emissions: kgCO2e per declared unit.
        land_management_biogenic_co2_removals: kgCO2e per declared unit, not above 0.
        technological_co2_removals: kgCO2e per declared unit; editions of PACT 3.0 differ in its sign.
        ccs_technological_co2_capture: kgCO2e per declared unit, not above 0.
        biogenic_non_co2_emissions: kgCO2e per declared unit.
        biogenic_co2_uptake: kgCO2e per declared unit, not above 0: what lies between the two totals.
        aircraft_ghg_emissions: kgCO2e per declared unit, a part of the total.
        outbound_logistics_ghg_emissions: kgCO2e per declared unit, reported beside the total.
        fossil_carbon_content: kg of carbon; 0 for a service.
        biogenic_carbon_content: kg of carbon.
        packaging_emissions_included: False in transport.
        packaging_ghg_emissions: kgCO2e of packaging; only where it is included.
        ipcc_characterization_factors: sets of global warming potentials, such as ``"AR6"``.
        cross_sectoral_standards: methods followed.
        exempted_emissions_percent: percent left out.
        exempted_emissions_description: why.
        allocation_rules_description: how it is divided.
        secondary_emission_factor_sources: sources of factors.
        primary_data_share: percent of the emissions that come from primary data.
        dqi: data quality, or None.
    """

    declared_unit_of_measurement: Quoted
    declared_unit_amount: Number
    product_mass_per_declared_unit: Number | None = None
    reference_period_start: datetime
    reference_period_end: datetime
    geography_country: Quoted | None = None
    geography_country_subdivision: Quoted | None = None
    boundary_processes_description: str | None = None
    pcf_excluding_biogenic_uptake: Number
    pcf_including_biogenic_uptake: Number | None = None
    fossil_ghg_emissions: Number
    land_use_change_ghg_emissions: Number | None = None
    land_management_fossil_ghg_emissions: Number | None = None
    land_management_biogenic_co2_emissions: Number | None = Field(
        default=None, alias="landManagementBiogenicCO2Emissions"
    )
    land_management_biogenic_co2_removals: Number | None = Field(
        default=None, alias="landManagementBiogenicCO2Removals"
    )
    technological_co2_removals: Number | None = Field(default=None, alias="technologicalCO2Removals")
    ccs_technological_co2_capture: Number | None = Field(default=None, alias="ccsTechnologicalCO2Capture")
    biogenic_non_co2_emissions: Number | None = Field(default=None, alias="biogenicNonCO2Emissions")
    biogenic_co2_uptake: Number | None = Field(default=None, alias="biogenicCO2Uptake")
    aircraft_ghg_emissions: Number | None = None
    outbound_logistics_ghg_emissions: Number | None = None
    fossil_carbon_content: Number
    biogenic_carbon_content: Number | None = None
    packaging_emissions_included: StrictBool | None = None
    packaging_ghg_emissions: Number | None = None
    ipcc_characterization_factors: tuple[Quoted, ...] = Field(min_length=1)
    cross_sectoral_standards: tuple[Quoted, ...] = Field(min_length=1)
    exempted_emissions_percent: Percent
    exempted_emissions_description: str | None = None
    allocation_rules_description: str | None = None
    secondary_emission_factor_sources: tuple[EmissionFactorSource, ...] | None = None
    primary_data_share: Percent | None = None
    dqi: DataQuality | None = None


def _renamed(field: str) -> str:
    return NAMES_2.get(field) or to_camel(field)


class CarbonFootprint2(CarbonFootprint):
    """The same under the names of PACT 2, which iLEAP 1.0.0 was written for; read, never written."""

    model_config = ConfigDict(alias_generator=_renamed)

    ipcc_characterization_factors: tuple[Quoted, ...] = ()
    dqi: dict[str, Kept] | None = None  # type: ignore[assignment]  # 1 to 3, each optional: another scale, kept as it came


class Extension(Document):
    """A data model extension: anything, with the name of its schema.

    Attributes:
        spec_version: version of the rules for extensions.
        data_schema: which schema ``data`` follows.
        documentation: page about it.
        data: the data.
    """

    spec_version: Quoted
    data_schema: Quoted
    documentation: Quoted | None = None
    data: dict[str, Kept]


class ProductFootprint(Document):
    """A product footprint of PACT 3.

    Attributes:
        id: a UUID; another content has another.
        spec_version: version of PACT.
        created: when it was made.
        status: ``"Active"`` or ``"Deprecated"``.
        company_name: who answers for it.
        company_ids: URNs of the company, at least one.
        product_description: what it is.
        product_ids: URNs of the product, at least one.
        product_classifications: URNs of its classes.
        product_name_company: what the company calls it.
        comment: what a reader should know of the computation.
        pcf: the figures.
        extensions: more about it.
    """

    id: Quoted
    spec_version: Quoted
    created: datetime
    status: Quoted
    company_name: Quoted
    company_ids: tuple[Quoted, ...] = Field(min_length=1)
    product_description: str
    product_ids: tuple[Quoted, ...] = Field(min_length=1)
    product_classifications: tuple[Quoted, ...] | None = None
    product_name_company: Quoted
    comment: str | None = None
    pcf: CarbonFootprint
    extensions: tuple[Extension, ...] | None = None


class ProductFootprint2(ProductFootprint):
    """A product footprint of PACT 2; read, never written."""

    product_category_cpc: Quoted | None = None
    pcf: CarbonFootprint2
