"""Totals of PACT 3 footprints and their parts; figures of the specification's own examples."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon
from carbon.exchange import Imported

Json = dict[str, Any]

EXCLUDING, INCLUDING = "pcfExcludingBiogenicUptake", "pcfIncludingBiogenicUptake"
MONOMER: Json = {
    EXCLUDING: "0.371",
    INCLUDING: "0.001",
    "fossilGhgEmissions": "0.17",
    "fossilCarbonContent": "0",
    "biogenicCarbonContent": "0.1",
    "landUseChangeGhgEmissions": "0.2",
    "landManagementFossilGhgEmissions": "0.05",
    "landManagementBiogenicCO2Emissions": "0",
    "landManagementBiogenicCO2Removals": "0",
    "biogenicCO2Uptake": "-0.37",
    "biogenicNonCO2Emissions": "0.001",
    "aircraftGhgEmissions": "0",
    "outboundLogisticsGhgEmissions": "0.002",
}
"""Parts of the fourth example of PACT 3.0.0, with the totals that its own definition makes of them."""


def footprint(**pcf: Any) -> Json:
    return {
        "id": "d5cba999-6a4b-4cbe-9e0a-6d8f27d1d191",
        "specVersion": "3.0.0",
        "created": "2025-04-30T00:00:00Z",
        "status": "Active",
        "companyName": "Company 4",
        "companyIds": ["urn:company:example:company4"],
        "productDescription": "filler",
        "productIds": ["urn:gtin:5268596541023"],
        "productNameCompany": "Product 4",
        "pcf": {
            "declaredUnitOfMeasurement": "kilogram",
            "declaredUnitAmount": "1",
            "productMassPerDeclaredUnit": "1",
            "referencePeriodStart": "2024-02-25T00:00:00Z",
            "referencePeriodEnd": "2024-09-30T00:00:00Z",
            "ipccCharacterizationFactors": ["AR6"],
            "crossSectoralStandards": ["PEF"],
            "exemptedEmissionsPercent": "0",
            "fossilCarbonContent": "0",
        }
        | pcf,
    }


def read(**pcf: Any) -> Imported:
    return carbon.import_documents(json.dumps(footprint(**pcf)))


def flagged(**pcf: Any) -> dict[str, tuple[str, str]]:
    return {flag.path.removeprefix("$.pcf."): (flag.says, flag.should_be) for flag in read(**pcf).flags}


def test_parts_that_add_up_have_no_flags() -> None:
    assert flagged(**MONOMER) == {}


@pytest.mark.parametrize(
    ("pcf", "found"),
    [
        (
            {EXCLUDING: "1", INCLUDING: "500", "fossilGhgEmissions": "99"},
            {EXCLUDING: ("1", "99"), INCLUDING: ("500", "1")},
        ),
        ({EXCLUDING: "-1", INCLUDING: "-1", "fossilGhgEmissions": "1"}, {EXCLUDING: ("-1", "1")}),
        ({EXCLUDING: "-1", INCLUDING: "-1", "fossilGhgEmissions": "0"}, {EXCLUDING: ("-1", "0")}),
        (
            {
                EXCLUDING: "1",
                INCLUDING: "1",
                "fossilGhgEmissions": "1",
                "biogenicNonCO2Emissions": "7",
                "landUseChangeGhgEmissions": "3",
            },
            {EXCLUDING: ("1", "11")},
        ),
        (
            {
                EXCLUDING: "0.1",
                INCLUDING: "0.1",
                "fossilGhgEmissions": "0.1",
                "packagingEmissionsIncluded": True,
                "packagingGhgEmissions": "50",
            },
            {"packagingGhgEmissions": ("50", "at most 0.1")},
        ),
        ({**MONOMER, EXCLUDING: "0.9", INCLUDING: "0.53"}, {EXCLUDING: ("0.9", "0.371")}),
        ({**MONOMER, INCLUDING: "0.371"}, {INCLUDING: ("0.371", "0.001")}),
        ({**MONOMER, INCLUDING: ...}, {INCLUDING: ("nothing", "a decimal")}),
        ({**MONOMER, "biogenicCO2Uptake": ...}, {"biogenicCO2Uptake": ("nothing", "-0.37")}),
        ({**MONOMER, "biogenicCO2Uptake": "0.37", INCLUDING: "0.741"}, {"biogenicCO2Uptake": ("0.37", "at most 0")}),
        (
            {**MONOMER, "landManagementFossilGhgEmissions": "0.3"},
            {"landManagementFossilGhgEmissions": ("0.3", "at most 0.17")},
        ),
        ({**MONOMER, "aircraftGhgEmissions": "0.4"}, {"aircraftGhgEmissions": ("0.4", "at most 0.371")}),
        ({**MONOMER, "outboundLogisticsGhgEmissions": "-1"}, {"outboundLogisticsGhgEmissions": ("-1", "in [0, inf)")}),
        ({**MONOMER, "biogenicCarbonContent": "-1"}, {"biogenicCarbonContent": ("-1", "in [0, inf)")}),
        ({**MONOMER, "productMassPerDeclaredUnit": "-1"}, {"productMassPerDeclaredUnit": ("-1", "in [0, inf)")}),
        ({**MONOMER, "landUseChangeGhgEmissions": 0.2}, {"landUseChangeGhgEmissions": ("0.2", '"0.2"')}),
    ],
)
def test_sums_signs_and_parts_are_checked(pcf: Json, found: dict[str, tuple[str, str]]) -> None:
    assert flagged(**{field: value for field, value in pcf.items() if value is not ...}) == found


@pytest.mark.parametrize("sign", ["", "-"])
def test_stated_removals_take_off(sign: str) -> None:
    # technologicalCO2Removals is not below 0 in the first edition of PACT 3.0 and not above it in later ones.
    removed: Json = {
        EXCLUDING: "-0.5",
        INCLUDING: "-0.5",
        "fossilGhgEmissions": "1",
        "technologicalCO2Removals": f"{sign}0.7",
        "ccsTechnologicalCO2Capture": "-0.8",
    }
    assert flagged(**removed) == {}
    assert flagged(**removed, aircraftGhgEmissions="1") == {}  # a part of what is emitted, not of what is left
    assert flagged(**removed, aircraftGhgEmissions="1.1") == {"aircraftGhgEmissions": ("1.1", "at most 1")}
    assert flagged(**removed | {"ccsTechnologicalCO2Capture": "0.8"})["ccsTechnologicalCO2Capture"][1] == "at most 0"


def test_a_rest_that_silent_parts_may_hold_is_unchecked_and_one_that_none_may_is_wrong() -> None:
    silent = read(**{EXCLUDING: "3", INCLUDING: "3", "fossilGhgEmissions": "1"})
    assert silent.flags == ()
    assert [str(each) for each in silent.unchecked] == [
        (
            "$.pcf.pcfExcludingBiogenicUptake: 3 is not recomputable because landUseChangeGhgEmissions, "
            "landManagementBiogenicCO2Emissions, biogenicNonCO2Emissions may hold the 2 that the stated parts do not"
        ),
        (
            "$.pcf.fossilGhgEmissions: 1 is not recomputable because no iLEAP shipment, TOC or HOC that can be used "
            "came inside it"
        ),
    ]


def test_parts_without_anything_behind_them_are_unchecked() -> None:
    assert {each.path.removeprefix("$.pcf.") for each in read(**MONOMER).unchecked} == {
        "fossilGhgEmissions",
        "landUseChangeGhgEmissions",
        "landManagementFossilGhgEmissions",
        "biogenicNonCO2Emissions",
        "biogenicCO2Uptake",
        "outboundLogisticsGhgEmissions",
    }


def test_the_specifications_examples_contradict_its_sums() -> None:
    # The fourth example prints 0.42, which is 0.371 and the fossil emissions of land management once more, rounded;
    # its properties say that fossilGhgEmissions holds these already. The first prints 0.384
    # for a sum of 0.356 likewise.
    assert flagged(**MONOMER | {EXCLUDING: "0.42", INCLUDING: "0.05"}) == {EXCLUDING: ("0.42", "0.371")}
    ethanol = {
        EXCLUDING: "0.384",
        INCLUDING: "-1.23",
        "fossilGhgEmissions": "0.35",
        "landUseChangeGhgEmissions": "0",
        "landManagementFossilGhgEmissions": "0.03",
        "landManagementBiogenicCO2Emissions": "0.004",
        "landManagementBiogenicCO2Removals": "0",
        "biogenicCO2Uptake": "-1.61",
        "biogenicNonCO2Emissions": "0.002",
    }
    assert flagged(**ethanol) == {EXCLUDING: ("0.384", "0.356")}  # 0.384 - 1.61 is -1.23 as printed, rounded


def test_version_2_is_checked_as_far_as_it_is_read() -> None:
    document = footprint()
    document["specVersion"] = "2.0.0"
    pcf = document["pcf"] = {
        "declaredUnit": "kilogram",
        "unitaryProductAmount": "1",
        "pCfExcludingBiogenic": "1",
        "pCfIncludingBiogenic": "0.4",
        "fossilGhgEmissions": "0.8",
        "fossilCarbonContent": "0",
        "crossSectoralStandardsUsed": ["PEF"],
        "referencePeriodStart": "2024-02-25T00:00:00Z",
        "referencePeriodEnd": "2024-09-30T00:00:00Z",
        "exemptedEmissionsPercent": 0,
    }

    def found() -> Imported:
        return carbon.import_documents(json.dumps(document))

    assert found().flags == ()
    assert [each.path for each in found().unchecked] == [
        "$.pcf.pCfExcludingBiogenic",
        "$.pcf.pCfIncludingBiogenic",
        "$.pcf.fossilGhgEmissions",
    ]
    pcf |= {"pCfExcludingBiogenic": "-1"}
    assert [(flag.path, flag.should_be) for flag in found().flags] == [
        ("$.pcf.pCfExcludingBiogenic", "in [0, inf)"),
        ("$.pcf.fossilGhgEmissions", "at most -1"),
    ]


def test_our_own_extension_is_checked_for_sign_and_told_as_unchecked() -> None:
    document = footprint(**{EXCLUDING: "1", INCLUDING: "1", "fossilGhgEmissions": "1"})
    document["extensions"] = [
        {
            "specVersion": "2.0.0",
            "dataSchema": "urn:swiftleaf:data-model-extension:delivery:1.0.0",
            "data": {"uncrewedAircraft": False, "roundGhgEmissions": "-1", "packagingGhgEmissions": "0.05"},
        }
    ]
    found = carbon.import_documents(json.dumps(document))
    assert [flag.path for flag in found.flags] == ["$.extensions[0].data.roundGhgEmissions"]
    assert [each.path for each in found.unchecked][:2] == [
        "$.extensions[0].data.roundGhgEmissions",
        "$.extensions[0].data.packagingGhgEmissions",
    ]


PARTS = (
    "fossilGhgEmissions",
    "landUseChangeGhgEmissions",
    "landManagementBiogenicCO2Emissions",
    "biogenicNonCO2Emissions",
)


@given(
    st.tuples(*[st.decimals(0, 1000, places=3)] * 4),
    st.decimals(-1000, 0, places=3),
    st.sampled_from((EXCLUDING, INCLUDING, "biogenicCO2Uptake", *PARTS)),
    st.decimals("0.1", 1000, places=3),
)
def test_sums_pass_and_any_figure_changed_is_noticed(
    parts: tuple[Decimal, ...], uptake: Decimal, field: str, by: Decimal
) -> None:
    figures = dict(zip(PARTS, parts, strict=True)) | {EXCLUDING: sum(parts), "biogenicCO2Uptake": uptake}
    figures[INCLUDING] = figures[EXCLUDING] + uptake
    assert flagged(**{name: format(value, "f") for name, value in figures.items()}) == {}
    figures[field] += by + abs(sum(parts)) / 50 - uptake / 50  # more than rounding explains
    assert flagged(**{name: format(value, "f") for name, value in figures.items()}) != {}
