"""What the tests of exchange share: the schema, a small day, and documents of others as plain JSON."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import carbon
from carbon import Round, RoundStop

SCHEMA = json.loads((Path(__file__).parent / "schema.json").read_text())
CREATED = datetime(2026, 5, 2, 8, 30, tzinfo=UTC)

Json = dict[str, Any]
Valid = Callable[[str, Any], None]
MakeRound = Callable[..., Round]


@pytest.fixture(scope="session")
def valid() -> Valid:
    """Assert that a document, as JSON, follows the schema of its name."""
    Draft202012Validator.check_schema(SCHEMA)

    def check(name: str, document: Any) -> None:
        errors = list(Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{name}"}).iter_errors(document))
        assert not errors, [(error.json_path, error.message) for error in errors]

    return check


@pytest.fixture(scope="session")
def owner() -> carbon.DataOwner:
    return carbon.DataOwner(company_name="Corner Shop", company_ids=("urn:company:example:corner-shop",))


@pytest.fixture(scope="session")
def make_round() -> MakeRound:
    def make(id: str, *stops: tuple[str, float | None, float], **given: Any) -> Round:  # noqa: A002 - the field's name
        fields: Json = {
            "store_id": "S1",
            "region": "CL",
            "vehicle_id": "V1",
            "vehicle_class": "e_bike",
            "started_on": date(2026, 5, 1),
            "distance_m": 8000.0,
            "battery_wh": 76.5,
        }
        made = tuple(RoundStop(order_id=name, mass_kg=mass, distance_m=metres) for name, mass, metres in stops)
        return Round(id=id, stops=made, **{**fields, **given})

    return make


@pytest.fixture
def day(make_round: MakeRound) -> list[Round]:
    """Two e-bike rounds of different burden and a drone's."""
    return [
        make_round("R1", ("A", 1.0, 1000.0), ("B", 3.0, 1234.5)),
        make_round("R2", ("C", 2.5, 900.0), battery_wh=40.0, data_class="primary"),
        make_round("R3", ("D", 0.5, 2500.0), vehicle_class="drone", distance_type="GCD"),
    ]


def _shipment(legs: list[tuple[str, str, str, str, str, str, str]]) -> Json:
    return {
        "mass": "87",
        "shipmentId": "1237890",
        "tces": [
            {
                "tceId": tce,
                "prevTceIds": [legs[i - 1][0]] if i else [],
                "tocId": toc,
                "shipmentId": "1237890",
                "mass": "87",
                "distance": {"sfd": kilometres},
                "transportActivity": activity,
                "co2eWTW": wtw,
                "co2eTTW": ttw,
            }
            for i, (tce, toc, kilometres, activity, wtw, ttw, _) in enumerate(legs)
        ],
    }


def _toc(toc_id: str, intensity: str, operation: str) -> Json:
    return {
        "tocId": toc_id,
        "mode": "Road",
        "loadFactor": "0.8",
        "emptyDistanceFactor": "0.17",
        "energyCarriers": [
            {
                "energyCarrier": "Diesel",
                "relativeShare": "1",
                "emissionFactorWTW": "3.278",
                "emissionFactorTTW": "2.67",
            }
        ],
        "co2eIntensityWTW": intensity,
        "co2eIntensityTTW": operation,
        "transportActivityUnit": "tkm",
    }


LEGS = [
    ("abcdef", "first", "423", "36.801", "3.6801", "3.2801", "0.1"),
    ("ghijkl", "second", "321", "27.927", "4.74759", "4.272831", "0.17"),
]


@pytest.fixture
def shipment() -> Json:
    """W9: 87 kg over 423 km at 0.1 and 321 km at 0.17 kgCO2e/t·km, as it should be."""
    return _shipment(LEGS)


@pytest.fixture
def tocs() -> list[Json]:
    """The two categories behind W9; the sample states no operation intensity, so it is left where it follows."""
    return [_toc("first", "0.1", "0.08913"), _toc("second", "0.17", "0.153")]


@pytest.fixture
def hoc() -> Json:
    return {
        "hocId": "hub",
        "hubType": "Transshipment",
        "temperatureControl": "mixed",
        "hubLocation": {"city": "Rotterdam", "country": "NL", "lat": "51.92", "lng": "4.48"},
        "energyCarriers": [
            {
                "energyCarrier": "Diesel",
                "relativeShare": "0.75",
                "energyConsumption": "0.5",
                "energyConsumptionUnit": "l",
                "emissionFactorWTW": "3.3",
                "emissionFactorTTW": "2.7",
            },
            {
                "energyCarrier": "Electric",
                "relativeShare": "0.25",
                "feedstocks": [{"feedstock": "Grid", "feedstockShare": "1"}],
                "energyConsumption": "2",
                "energyConsumptionUnit": "kWh",
                "emissionFactorWTW": "0.35",
                "emissionFactorTTW": "0",
            },
        ],
        "co2eIntensityWTW": "2.35",
        "co2eIntensityTTW": "1.35",
        "hubActivityUnit": "tonnes",
    }


@pytest.fixture
def tad() -> Json:
    place = {"city": "Berlin", "country": "DE", "lat": "52.52437", "lng": "13.41053"}
    return {
        "activityId": "1",
        "consignmentIds": ["c1"],
        "distance": {"actual": "656.0"},
        "mass": "1000.0",
        "loadFactor": "0.8",
        "emptyDistanceFactor": "0",
        "origin": place,
        "destination": {**place, "city": "Amsterdam", "country": "NL"},
        "departureAt": "2025-03-14T09:39:09.717782532Z",
        "arrivalAt": "2025-03-14T19:39:09Z",
        "mode": "Road",
    }


@pytest.fixture
def envelope() -> Callable[[Json, str], Json]:
    """A PACT 2 product footprint of W9, the version that the specification's samples are of."""

    def wrap(data: Json, schema: str) -> Json:
        return {
            "id": "d9be4477-e351-45b3-acd9-e1da05e6f633",
            "specVersion": "2.0.0",
            "version": 0,
            "created": "2022-05-22T21:47:32Z",
            "status": "Active",
            "companyName": "Carrier",
            "companyIds": ["urn:epc:id:sgln:4063973.00000.8"],
            "productDescription": "",
            "productIds": ["urn:pathfinder:product:customcode:vendor-assigned:shipment:1237890"],
            "productCategoryCpc": "83117",
            "productNameCompany": "Shipment 1237890",
            "comment": "",
            "pcf": {
                "declaredUnit": "ton kilometer",
                "unitaryProductAmount": "64.728",
                "pCfExcludingBiogenic": "8.42769",
                "fossilGhgEmissions": "8.42769",
                "fossilCarbonContent": "0",
                "biogenicCarbonContent": "0",
                "characterizationFactors": "AR6",
                "ipccCharacterizationFactorsSources": ["AR6"],
                "crossSectoralStandardsUsed": ["GHG Protocol Product standard"],
                "referencePeriodStart": "2021-01-01T00:00:00Z",
                "referencePeriodEnd": "2022-01-01T00:00:00Z",
                "exemptedEmissionsPercent": 0.0,
                "exemptedEmissionsDescription": "",
                "packagingEmissionsIncluded": False,
                "primaryDataShare": 56.12,
            },
            "extensions": [
                {
                    "specVersion": "2.0.0",
                    "dataSchema": f"https://api.ileap.sine.dev/{schema}.json",
                    "data": copy.deepcopy(data),
                }
            ],
        }

    return wrap
