"""W9: the figures that iLEAP 1.0.0 itself publishes, right and wrong."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

import carbon
from carbon.exchange import ShipmentFootprint

Json = dict[str, Any]
Envelope = Callable[[Json, str], Json]


def flags_of(*documents: Json) -> dict[str, tuple[str, str]]:
    return {flag.path: (flag.says, flag.should_be) for flag in carbon.import_documents(json.dumps(documents)).flags}


def as_published(shipment: Json) -> Json:
    """The samples give no distance but the actual one."""
    for element in shipment["tces"]:
        element["distance"] = {"actual": element["distance"]["sfd"]}
    return shipment


def test_the_published_distances_are_of_a_type_that_iso_14083_does_not_allow(shipment: Json, tocs: list[Json]) -> None:
    read = carbon.import_documents(json.dumps([as_published(shipment), *tocs]))
    assert [(flag.path, flag.says, flag.should_be) for flag in read.flags] == [
        (f"$[0].tces[{i}].distance", "actual", "sfd or gcd") for i in (0, 1)
    ]


def test_the_published_figures_add_up(shipment: Json, tocs: list[Json], envelope: Envelope) -> None:
    # 87 kg x 423 km and x 321 km; 3.6801 + 4.74759 = 8.42769 kg over 64.728 t·km. The sample gives no operation
    # intensities; 3.2801 / 36.801 = 0.08913 kg/t·km and 4.272831 / 27.927 = 0.153 follow from it.
    read = carbon.import_documents(json.dumps([envelope(shipment, "shipment-footprint"), *tocs]))
    assert read.flags == ()
    (found,) = (each for each in read.documents if isinstance(each, ShipmentFootprint))
    assert [tce.transport_activity for tce in found.tces] == [Decimal("36.801"), Decimal("27.927")]
    assert sum(tce.transport_activity for tce in found.tces) == Decimal("64.728")
    assert sum(tce.co2e_wtw for tce in found.tces) == Decimal("8.42769")


@pytest.mark.parametrize(
    ("mass", "kilometres", "activity"), [("87", "423", "36.801"), ("87", "321", "27.927"), ("230", "700", "161")]
)
def test_each_published_activity_is_recomputed(shipment: Json, mass: str, kilometres: str, activity: str) -> None:
    element = shipment["tces"][0]
    element |= {"mass": mass, "distance": {"sfd": kilometres}, "transportActivity": "1"}
    shipment |= {"mass": mass, "tces": [element]}
    assert flags_of(shipment) == {"$[0].tces[0].transportActivity": ("1", activity)}
    element["transportActivity"] = activity
    assert flags_of(shipment) == {}


def test_the_specifications_own_sample_is_wrong(shipment: Json, envelope: Envelope) -> None:
    # Appendix B of iLEAP 1.0.0 prints the emission, 3.6801 kg, as the activity of 36.801 t·km; it also declares
    # packaging as included where its chapter 7.2.1 demands that it is not.
    element = shipment["tces"][0]
    element["transportActivity"] = "3.6801"
    footprint = envelope({**shipment, "tces": [element]}, "shipment-footprint")
    footprint["pcf"] |= {
        "unitaryProductAmount": "36.801",
        "pCfExcludingBiogenic": "3.6801",
        "fossilGhgEmissions": "3.6801",
        "packagingEmissionsIncluded": True,
    }
    assert flags_of(footprint) == {
        "$[0].extensions[0].data.tces[0].transportActivity": ("3.6801", "36.801"),
        "$[0].pcf.unitaryProductAmount": ("36.801", "3.6801"),  # follows from the first
        "$[0].pcf.packagingEmissionsIncluded": ("true", "false"),
    }


def test_the_specifications_decimal_comma_is_flagged_and_the_shipment_read_all_the_same(
    shipment: Json, envelope: Envelope
) -> None:
    # Chapter 5.1.2 of iLEAP 1.0.0 prints "8,42769".
    footprint = envelope(shipment, "shipment-footprint")
    footprint["pcf"]["pCfExcludingBiogenic"] = "8,42769"
    read = carbon.import_documents(json.dumps(footprint))
    (flag,) = read.flags
    assert (flag.path, flag.says, flag.should_be) == ("$.pcf.pCfExcludingBiogenic", '"8,42769"', '"8.42769"')
    assert [type(each) for each in read.documents] == [ShipmentFootprint]
    assert [(each.path, each.document is None) for each in read.incoming] == [
        ("$", True),
        ("$.extensions[0].data", False),
    ]


def test_the_specifications_energy_carriers_have_wheel_above_well(tocs: list[Json]) -> None:
    # Chapter 6.3.1 of iLEAP 1.0.0 prints diesel with 2.67 well to wheel and 2.80 tank to wheel, which is a part of it.
    tocs[0]["energyCarriers"][0] |= {"emissionFactorWTW": "2.67", "emissionFactorTTW": "2.80"}
    assert flags_of(*tocs) == {"$[0].energyCarriers[0].emissionFactorTTW": ("2.8", "at most 2.67")}
