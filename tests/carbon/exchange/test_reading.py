import copy
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import carbon
from carbon.exchange import Hoc, Imported, ShipmentFootprint, Tad, Toc

Json = dict[str, Any]
Envelope = Callable[[Json, str], Json]


def read(*documents: Any, tolerance: str = "0.000001") -> Imported:
    return carbon.import_documents(json.dumps(documents), tolerance=Decimal(tolerance))


def paths(*documents: Any) -> list[str]:
    return [flag.path for flag in read(*documents).flags]


def put(document: Json, path: str, value: Any) -> Json:
    """A copy with one value changed; ``...`` takes it out. Paths are like ``tces.0.mass``."""
    changed = copy.deepcopy(document)
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    inner: Any = changed
    for step in steps:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return changed


def test_right_documents_have_no_flags_and_follow_the_schema(
    shipment: Json, tocs: list[Json], hoc: Json, tad: Json, valid: Callable[[str, Any], None]
) -> None:
    found = read(shipment, *tocs, hoc, tad)
    assert found.flags == ()
    assert [type(each) for each in found.documents] == [ShipmentFootprint, Toc, Toc, Hoc, Tad]
    for name, document in (("shipment", shipment), ("toc", tocs[0]), ("hoc", hoc), ("tad", tad)):
        valid(name, document)
    for name, each in zip(("shipment", "toc", "toc", "hoc", "tad"), found.documents, strict=True):
        valid(name, each.to_json())


@pytest.mark.parametrize(
    ("path", "value", "at", "should_be"),
    [
        ("tces.0.transportActivity", "36.802", "tces[0].transportActivity", "36.801"),
        ("tces.0.mass", "-87", "tces[0].mass", "in (0, inf)"),
        ("mass", "-87", "mass", "in (0, inf)"),
        ("tces.0.mass", "88", "tces[0].mass", "at most 87"),
        ("tces.1.tceId", "abcdef", "tces[1].tceId", "an id of its own"),
        ("tces.1.shipmentId", "other", "tces[1].shipmentId", "'1237890'"),
        ("tces.0.hocId", "hub", "tces[0]", "exactly one of tocId and hocId"),
        ("tces.0.tocId", ..., "tces[0]", "exactly one of tocId and hocId"),
        ("tces.0.distance", {}, "tces[0].distance", "at least one of sfd, gcd, actual"),
        ("tces.0.distance", {"sfd": "-423"}, "tces[0].distance.sfd", "in [0, inf)"),
        ("tces.0.co2eWTW", "-1", "tces[0].co2eWTW", "in [0, inf)"),
        ("tces.0.co2eTTW", "3.7", "tces[0].co2eTTW", "at most 3.6801"),
        ("tces.0.prevTceIds", ["ghijkl"], "tces", "an order without a circle"),
        ("tces.0.mass", 87, "tces[0].mass", '"87"'),
        ("tces.0.mass", "8.7e1", "tces[0].mass", '"87"'),
        ("tces.0.mass", "87 kg", "tces[0].mass", "a decimal as JSON text"),
        ("tces.0.mass", ..., "tces[0].mass", "there"),
        ("tces.0.tceId", "", "tces[0].tceId", "String should have at least 1 character"),
        ("tces", [], "tces", "Tuple should have at least 1 item after validation, not 0"),
        ("tces", "none", "tces", "a valid tuple"),
        ("shipmentId", ..., "shipmentId", "there"),
        ("shipmentId", 1237890, "shipmentId", '"1237890"'),
    ],
)
def test_a_shipment_is_checked(shipment: Json, path: str, value: Any, at: str, should_be: str) -> None:
    flags = read(put(shipment, path, value)).flags
    assert (f"$[0].{at}", should_be) in [(flag.path, flag.should_be) for flag in flags]


@pytest.mark.parametrize(
    ("path", "value", "at"),
    [
        ("mode", "Drone", "mode"),
        ("mode", ..., "mode"),
        ("loadFactor", "0", "loadFactor"),
        ("loadFactor", "1.01", "loadFactor"),
        ("emptyDistanceFactor", "1", "emptyDistanceFactor"),
        ("emptyDistanceFactor", "-0.1", "emptyDistanceFactor"),
        ("temperatureControl", "frozen", "temperatureControl"),
        ("truckLoadingSequence", "LIFO", "truckLoadingSequence"),
        ("airShippingOption", "freighter", "airShippingOption"),
        ("flightLength", "short-haul", "flightLength"),
        ("transportActivityUnit", "mile", "transportActivityUnit"),
        ("transportActivityUnit", "TEUkm", "transportActivityUnit"),
        ("certifications", ["ISO9001"], "certifications[0]"),
        ("co2eIntensityTTW", "0.2", "co2eIntensityTTW"),
        ("co2eIntensityWTW", "-0.1", "co2eIntensityWTW"),
        ("energyCarriers", [], "energyCarriers"),
        ("energyCarriers.0.energyCarrier", "Coal", "energyCarriers[0].energyCarrier"),
        ("energyCarriers.0.relativeShare", "0.99", "energyCarriers"),
        ("energyCarriers.0.relativeShare", "0", "energyCarriers[0].relativeShare"),
        ("energyCarriers.0.relativeShare", "1.5", "energyCarriers[0].relativeShare"),
        ("energyCarriers.0.emissionFactorWTW", ..., "energyCarriers[0].emissionFactorWTW"),
        ("energyCarriers.0.energyConsumption", "-2", "energyCarriers[0].energyConsumption"),
        ("energyCarriers.0.energyConsumption", "2", "energyCarriers[0].energyConsumptionUnit"),
        ("energyCarriers.0.energyConsumptionUnit", "gallon", "energyCarriers[0].energyConsumptionUnit"),
        ("energyCarriers.0.feedstocks", [{"feedstock": "Peat"}], "energyCarriers[0].feedstocks[0].feedstock"),
    ],
)
def test_a_toc_is_checked(tocs: list[Json], path: str, value: Any, at: str) -> None:
    assert f"$[0].{at}" in paths(put(tocs[0], path, value))


def test_a_unit_must_fit_its_carrier_and_feedstocks_their_whole(tocs: list[Json]) -> None:
    carrier = tocs[0]["energyCarriers"][0]
    carrier |= {"energyCarrier": "Electric", "energyConsumptionUnit": "l"}
    carrier["feedstocks"] = [{"feedstock": "Grid", "feedstockShare": "0.6"}] * 2
    assert paths(tocs[0]) == ["$[0].energyCarriers[0].energyConsumptionUnit", "$[0].energyCarriers[0].feedstocks"]


@pytest.mark.parametrize(
    ("shares", "fine"),
    [
        (["0.3333", "0.3333", "0.3333"], True),
        (["0.3", "0.7"], True),
        (["0.33", "0.33", "0.33"], False),
        (["0.5", "0.4"], False),
        (["0.3", "0.71"], False),
    ],
)
def test_shares_add_up_to_one(tocs: list[Json], shares: list[str], fine: bool) -> None:
    carrier = tocs[0]["energyCarriers"][0]
    tocs[0]["energyCarriers"] = [{**carrier, "relativeShare": share} for share in shares]
    assert paths(tocs[0]) == ([] if fine else ["$[0].energyCarriers"])


def test_intensity_is_recomputed_from_energy(hoc: Json) -> None:
    # 0.5 l x 3.3 + 2 kWh x 0.35 = 2.35 kg/t; by shares, 0.75 x 1.65 + 0.25 x 0.7 = 1.4125 is the other reading.
    assert paths(hoc) == []
    assert paths(put(put(hoc, "co2eIntensityWTW", "1.4125"), "co2eIntensityTTW", "1.0125")) == []
    (flag,) = read(put(hoc, "co2eIntensityWTW", "2.36")).flags
    assert (flag.path, flag.says, flag.should_be) == ("$[0].co2eIntensityWTW", "2.36", "2.35")
    assert flag.tolerance is not None
    assert flag.tolerance < Decimal("0.01")


@pytest.mark.parametrize(
    ("path", "value", "at"),
    [
        ("hubType", "transshipment", "hubType"),
        ("hubActivityUnit", "pallets", "hubActivityUnit"),
        ("inboundTransportMode", "Hub", "inboundTransportMode"),
        ("temperatureControl", "hot", "temperatureControl"),
        ("hubLocation.country", "Netherlands", "hubLocation.country"),
        ("hubLocation.lat", ..., "hubLocation"),
        ("hubLocation.lat", "97", "hubLocation.lat"),
    ],
)
def test_an_hoc_is_checked(hoc: Json, path: str, value: Any, at: str) -> None:
    assert paths(put(hoc, path, value)) == [f"$[0].{at}"]


@pytest.mark.parametrize(
    ("path", "value", "at"),
    [
        ("mass", "0", "mass"),
        ("consignmentIds", [], "consignmentIds"),
        ("distance", {}, "distance"),
        ("loadFactor", "2", "loadFactor"),
        ("temperatureControl", "mixed", "temperatureControl"),
        ("departureAt", "yesterday", "departureAt"),
        ("departureAt", "2025-03-14T09:39:09+01:00", "departureAt"),
        ("arrivalAt", "2025-03-13T19:39:09Z", "arrivalAt"),
        ("origin.lng", "181", "origin.lng"),
        ("energyCarriers", [{"energyCarrier": "Diesel", "relativeShare": "0.9"}], "energyCarriers"),
        ("mode", "Bicycle", "mode"),
    ],
)
def test_a_tad_is_checked(tad: Json, path: str, value: Any, at: str) -> None:
    assert paths(put(tad, path, value)) == [f"$[0].{at}"]


def test_elements_are_recomputed_from_categories_that_came_with_them(
    shipment: Json, tocs: list[Json], hoc: Json
) -> None:
    # The hub's: 87 kg at 2.35 kg/t are 0.20445 kg, of which 1.35 x 0.087 = 0.11745 kg in operation.
    handled = {
        "tceId": "hub",
        "hocId": "hub",
        "shipmentId": "1237890",
        "mass": "87",
        "distance": {"sfd": "0"},
        "transportActivity": "0",
        "co2eWTW": "0.20445",
        "co2eTTW": "0.11745",
    }
    shipment["tces"].append(handled)
    assert paths(shipment, *tocs, hoc) == []
    shipment["tces"][1]["co2eWTW"] = "4.74760"
    handled["co2eTTW"] = "0.2"
    flags = read(shipment, *tocs, hoc).flags
    assert [(flag.path, flag.should_be) for flag in flags] == [
        ("$[0].tces[1].co2eWTW", "4.74759"),
        ("$[0].tces[2].co2eTTW", "0.11745"),
    ]
    assert paths(shipment) == []  # without its categories there is nothing to recompute it from
    assert read(shipment, *tocs, hoc, tolerance="1").flags == ()


def test_types_of_distance_are_not_mixed(shipment: Json, tocs: list[Json]) -> None:
    other = put(put(shipment, "shipmentId", "2"), "tces.0.distance", {"gcd": "423"})
    for tce in other["tces"]:
        tce["shipmentId"] = "2"
    assert paths(shipment, other, *tocs) == ["$[1].tces[0].distance"]
    other["tces"][0]["distance"] = {"gcd": "400", "sfd": "423"}
    assert paths(shipment, other, *tocs) == []


def test_activity_is_never_over_the_actual_distance(shipment: Json) -> None:
    (flag,) = read(put(shipment, "tces.0.distance", {"actual": "423"})).flags
    assert (flag.path, flag.says, flag.should_be) == ("$[0].tces[0].distance", "actual", "sfd or gcd")
    assert "ISO 14083" in flag.because
    (flag,) = read(put(shipment, "tces.0.distance", {"actual": "423", "gcd": "400"})).flags
    assert (flag.path, flag.says, flag.should_be) == ("$[0].tces[0].transportActivity", "36.801", "34.8")
    assert paths(put(shipment, "tces.0.distance", {"actual": "450", "sfd": "423"})) == []
    both = put(shipment, "tces.0.distance", {"actual": "450"})  # wrong, and over the wrong distance
    assert paths(both) == ["$[0].tces[0].transportActivity", "$[0].tces[0].distance"]


def test_a_hub_needs_no_distance_of_a_type(shipment: Json) -> None:
    hub = put(put(shipment, "tces.0.tocId", ...), "tces.0.hocId", "hub")
    assert paths(put(hub, "tces.0.distance", {"actual": "423"})) == []


def unchecked(*documents: Any) -> dict[str, str]:
    return {each.path: str(each) for each in read(*documents).unchecked}


def test_what_cannot_be_recomputed_is_said(shipment: Json, tocs: list[Json], hoc: Json) -> None:
    lonely = put(shipment, "tces.1.co2eWTW", "5000000")
    assert paths(lonely) == []
    said = unchecked(lonely)
    assert list(said) == [f"$[0].tces[{i}].co2e{kind}" for i in (0, 1) for kind in ("WTW", "TTW")]
    assert said["$[0].tces[1].co2eWTW"] == (
        "$[0].tces[1].co2eWTW: 5000000 is not recomputable because TOC 'second' did not come with it"
    )
    # With its categories it is, and then only their own intensities are taken on trust.
    assert paths(lonely, *tocs) == ["$[0].tces[1].co2eWTW"]
    assert list(unchecked(shipment, *tocs)) == [
        f"$[{i}].co2eIntensity{kind}" for i in (1, 2) for kind in ("WTW", "TTW")
    ]
    trusted = unchecked(put(tocs[0], "co2eIntensityWTW", "123456"))
    assert trusted["$[0].co2eIntensityWTW"] == (
        "$[0].co2eIntensityWTW: 123456 is not recomputable because energyConsumption of energyCarriers[0] (Diesel) is "
        "not stated"
    )
    assert unchecked(hoc) == {}


def test_activities_of_different_units_cannot_be_recomputed(shipment: Json, tocs: list[Json], hoc: Json) -> None:
    containers = put(put(tocs[0], "transportActivityUnit", "TEUkm"), "mode", "Sea")
    said = unchecked(shipment, containers)
    assert "TOC 'first' is per TEUkm and the element counts t·km" in said["$[0].tces[0].co2eWTW"]
    handled = put(put(shipment, "tces.0.tocId", ...), "tces.0.hocId", "hub")
    said = unchecked(handled, put(hoc, "hubActivityUnit", "TEU"))
    assert "HOC 'hub' is per TEU and the element counts kilograms" in said["$[0].tces[0].co2eWTW"]
    assert "it names no category" in unchecked(put(shipment, "tces.0.tocId", ...))["$[0].tces[0].co2eTTW"]


def test_electricity_emits_nothing_in_operation_however_much_it_is(hoc: Json) -> None:
    hoc["energyCarriers"] = [{**hoc["energyCarriers"][1], "relativeShare": "1"}]
    del hoc["energyCarriers"][0]["energyConsumption"]
    assert list(unchecked(put(hoc, "co2eIntensityTTW", "0"))) == ["$[0].co2eIntensityWTW"]
    assert paths(hoc) == ["$[0].co2eIntensityTTW"]


def test_one_id_for_two_categories_is_flagged(tocs: list[Json]) -> None:
    assert paths(tocs[0], tocs[0]) == []
    assert paths(tocs[0], put(tocs[0], "loadFactor", "0.7")) == ["$[1].tocId"]


@pytest.mark.parametrize(
    ("path", "value", "at"),
    [
        ("id", "1", "id"),
        ("status", "Old", "status"),
        ("companyIds", ["Carrier"], "companyIds[0]"),
        ("productIds", ["urn:gtin:1"], "productIds"),
        ("productCategoryCpc", "1", "productCategoryCpc"),
        ("productCategoryCpc", ..., "productCategoryCpc"),
        ("pcf.declaredUnit", "kilogram", "pcf.declaredUnit"),
        ("pcf.unitaryProductAmount", "64.73", None),  # rounded
        ("pcf.unitaryProductAmount", "64.72", "pcf.unitaryProductAmount"),
        ("pcf.pCfExcludingBiogenic", "8.4277", None),  # rounded
        ("pcf.pCfExcludingBiogenic", "8.4278", "pcf.pCfExcludingBiogenic"),
        ("pcf.fossilGhgEmissions", "8", "pcf.fossilGhgEmissions"),
        ("pcf.packagingEmissionsIncluded", ..., "pcf.packagingEmissionsIncluded"),
        ("pcf.packagingGhgEmissions", "0.1", "pcf.packagingGhgEmissions"),
        ("pcf.primaryDataShare", 100.5, "pcf.primaryDataShare"),
        ("pcf.ipccCharacterizationFactorsSources", ["Sixth"], "pcf.ipccCharacterizationFactorsSources[0]"),
        ("pcf.referencePeriodEnd", "2020-01-01T00:00:00Z", "pcf.referencePeriodEnd"),
        ("pcf.referencePeriodEnd", "2023-01-01T00:00:00Z", "pcf.referencePeriodEnd"),
        ("pcf.referencePeriodEnd", "2022-01-01T00:00:00", "pcf.referencePeriodEnd"),
        ("pcf.referencePeriodEnd", "soon", "pcf.referencePeriodEnd"),
        ("extensions", None, None),
        ("extensions.0.dataSchema", "https://example.com/other.json", None),
        ("extensions.0.data", ..., "extensions[0].data"),
    ],
)
def test_a_product_footprint_is_checked(
    shipment: Json, envelope: Envelope, path: str, value: Any, at: str | None
) -> None:
    footprint = envelope(shipment, "shipment-footprint")
    assert paths(footprint) == []
    assert paths(put(footprint, path, value)) == ([] if at is None else [f"$[0].{at}"])


def test_a_category_is_declared_per_unit_of_activity(tocs: list[Json], hoc: Json, envelope: Envelope) -> None:
    per_tkm = {"unitaryProductAmount": "1", "pCfExcludingBiogenic": "0.1", "fossilGhgEmissions": "0.1"}
    toc = envelope(tocs[0], "toc")
    toc["productIds"] = ["urn:pathfinder:product:customcode:vendor-assigned:toc:first"]
    toc["pcf"] |= per_tkm
    hub = envelope(hoc, "hoc")
    hub["productIds"] = ["urn:pathfinder:product:customcode:vendor-assigned:hoc:hub"]
    hub["pcf"] |= {
        "declaredUnit": "kilogram",
        "unitaryProductAmount": "1000",
        "pCfExcludingBiogenic": "2.35",
        "fossilGhgEmissions": "2.35",
    }
    assert paths(toc, hub) == []
    hub["pcf"] |= per_tkm
    assert paths(toc, hub) == [
        "$[1].pcf.unitaryProductAmount",
        "$[1].pcf.pCfExcludingBiogenic",
        "$[1].pcf.fossilGhgEmissions",
    ]


def test_one_bad_document_never_sinks_the_others(shipment: Json, tocs: list[Json], tad: Json) -> None:
    found = read(None, 3, {}, {"tces": []}, put(tocs[0], "mode", ...), shipment, [shipment], tad, {"pcf": 1})
    assert [type(each) for each in found.documents] == [ShipmentFootprint, Tad]
    assert {flag.path.partition("]")[0] for flag in found.flags} == {f"$[{i}" for i in (0, 1, 2, 3, 4, 6, 8)}
    assert [each.path for each in found.incoming] == [f"$[{i}]" for i in range(9)]


def test_a_flag_is_a_sentence(shipment: Json) -> None:
    (flag,) = read(put(shipment, "tces.0.transportActivity", "3.6801")).flags
    assert str(flag) == (
        "$[0].tces[0].transportActivity: says 3.6801, should be 36.801 (give or take 0.000086801): "
        "87 kg times 423 km (sfd) over 1000, in t·km"
    )


def test_pact_lists_and_single_documents_are_taken(shipment: Json) -> None:
    wrong = put(shipment, "mass", "-1")
    for text, path in (
        (json.dumps(wrong), "$.mass"),
        (json.dumps({"data": wrong}), "$.data.mass"),
        (json.dumps({"data": [wrong]}), "$.data[0].mass"),
        (b"\xef\xbb\xbf" + json.dumps([wrong]).encode(), "$[0].mass"),
    ):
        assert carbon.import_documents(text).flags[0].path == path
    assert carbon.import_documents("[]").flags == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", r"line 1, column 2: Expecting property name.*must be JSON"),
        ("", "line 1, column 1"),
        (b"\xff", "byte 0 is not UTF-8"),
        ("[" * 100_000, "without end"),
        ('{"tces": [NaN]}', "NaN is no JSON number"),
        ("3", "is no document"),
        ('{"data": null}', r"\$\.data: is no document"),
    ],
)
def test_what_is_no_document_is_an_error(text: str | bytes, says: str) -> None:
    with pytest.raises(carbon.ExchangeError, match=says):
        carbon.import_documents(text)


def test_fields_we_do_not_know_and_bare_numbers_are_kept(shipment: Json) -> None:
    shipment |= {"numberOfItems": 12, "handling": {"degrees": [2.5, "cold"], "big": 10**70}}
    shipment["tces"][0]["mass"] = 87
    found = read(shipment)
    assert [flag.path for flag in found.flags] == ["$[0].tces[0].mass"]
    written = found.documents[0].to_json()
    assert written["numberOfItems"] == 12
    assert written["handling"] == {"degrees": [2.5, "cold"], "big": 10**70}
    assert written["tces"][0]["mass"] == "87"


def test_names_are_those_of_the_specification_not_ours(shipment: Json) -> None:
    renamed = put(shipment, "shipmentId", ...) | {"shipment_id": "1237890"}
    assert "$[0].shipmentId" in paths(renamed)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def places(document: Any, path: str = "") -> list[str]:
    """Paths of everything in a document, as ``put`` takes them."""
    items: Any = ()
    if isinstance(document, dict):
        items = document.items()
    elif isinstance(document, list):
        items = enumerate(document)
    found = []
    for key, inner in items:
        here = f"{path}.{key}" if path else str(key)
        found += [here, *places(inner, here)]
    return found


@given(st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_nothing_in_a_document_brings_the_reader_down(
    shipment: Json, tocs: list[Json], hoc: Json, tad: Json, envelope: Envelope, data: st.DataObject
) -> None:
    whole = {"all": [envelope(shipment, "shipment-footprint"), *tocs, hoc, tad]}
    broken = put(whole, data.draw(st.sampled_from(places(whole)[1:])), data.draw(anything))
    found = read(*broken["all"])
    assert len(found.documents) >= len(broken["all"]) - 1
    json.dumps([document.to_json() for document in found.documents], allow_nan=False)
    for flag in found.flags:
        assert flag.path.startswith("$[")
        assert flag.should_be


@given(
    st.sampled_from(
        [
            "0.extensions.0.data.tces.1.mass",
            "0.extensions.0.data.tces.1.transportActivity",
            "0.extensions.0.data.tces.1.distance.sfd",
            "0.extensions.0.data.tces.1.co2eWTW",
            "0.extensions.0.data.tces.0.co2eTTW",
            "0.pcf.unitaryProductAmount",
            "0.pcf.pCfExcludingBiogenic",
            "0.pcf.fossilGhgEmissions",
            "1.co2eIntensityWTW",
            "2.co2eIntensityTTW",
            "3.co2eIntensityWTW",
            "3.energyCarriers.1.energyConsumption",
            "3.energyCarriers.0.relativeShare",
        ]
    ),
    st.floats(0, 10).filter(lambda factor: abs(factor - 1) > 0.01),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_figure_changed_is_noticed(
    shipment: Json, tocs: list[Json], hoc: Json, envelope: Envelope, path: str, factor: float
) -> None:
    whole = {"all": [envelope(shipment, "shipment-footprint"), *tocs, hoc]}
    inner: Any = whole["all"]
    for step in path.split("."):
        inner = inner[int(step) if step.isdigit() else step]
    changed = put(whole, f"all.{path}", format(Decimal(inner) * Decimal(factor), ".20f"))
    assert read(*whole["all"]).flags == ()
    assert read(*changed["all"]).flags != ()
