import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import carbon
from carbon import DataOwner, Exported, Round
from carbon.exchange import Basis, DataQuality, Delivery, Hoc, product_footprint
from carbon.hub import HubAccount, Use

CREATED = datetime(2026, 5, 2, 8, 30, tzinfo=UTC)

Json = dict[str, Any]
Valid = Callable[[str, Any], None]
MakeRound = Callable[..., Round]


def export(rounds: list[Round], owner: DataOwner, **given: Any) -> Exported:
    report = carbon.footprint(rounds, {"A": carbon.STANDARD_PACKAGING["ldpe_bag"]})
    return carbon.export_documents(report, rounds, owner, CREATED, **given)


def test_by_hand(make_round: MakeRound, owner: DataOwner) -> None:
    # 0.1 kWh in Chile are 29.1113 g for 1 kg x 1 km and 3 kg x 1 km: 4 kg·km, so 7.277825 kg a t·km.
    out = export([make_round("R1", ("A", 1.0, 1000.0), ("B", 3.0, 1000.0))], owner)
    (toc,), (a, b) = out.tocs, out.shipments
    assert toc.to_json() == {
        "tocId": "S1:e_bike:ambient:sfd:electricity_generation_intensity@CL@2023:2026-05-01:2026-05-01",
        "description": "e_bike from store S1, 2026-05-01 to 2026-05-01, empty returns included; rounds: 1, orders: 2; "
        "distances: SFD",
        "mode": "Road",
        "temperatureControl": "ambient",
        "energyCarriers": [
            {
                "energyCarrier": "Electric",
                "relativeShare": "1",
                "feedstocks": [{"feedstock": "Grid", "feedstockShare": "1", "regionProvenance": "CL"}],
                "energyConsumption": "25",
                "energyConsumptionUnit": "kWh",
                "emissionFactorWTW": "0.291113",
                "emissionFactorTTW": "0",
            }
        ],
        "co2eIntensityWTW": "7.277825",
        "co2eIntensityTTW": "0",
        "transportActivityUnit": "tkm",
    }
    assert a.to_json()["tces"] == [
        {
            "tceId": "ride:R1:A",
            "prevTceIds": [],
            "tocId": toc.toc_id,
            "shipmentId": "A",
            "consignmentId": "A",
            "mass": "1",
            "distance": {"sfd": "1"},
            "transportActivity": "0.001",
            "co2eWTW": "0.007277825",
            "co2eTTW": "0",
        }
    ]
    assert b.to_json()["tces"][0]["co2eWTW"] == "0.021833475"
    assert out.left_out == ()


def test_the_envelope_is_pact_3_by_ileaps_mapping(make_round: MakeRound, owner: DataOwner) -> None:
    out = export([make_round("R1", ("A", 1.0, 1000.0), ("B", 3.0, 1000.0))], owner)
    per_tkm, shipment, _ = (footprint.to_json() for footprint in out.footprints)
    pcf = shipment["pcf"]
    assert (pcf["declaredUnitOfMeasurement"], pcf["declaredUnitAmount"]) == ("ton kilometer", "0.001")
    assert pcf["productMassPerDeclaredUnit"] == "0"
    assert {pcf[f"pcf{kind}BiogenicUptake"] for kind in ("Excluding", "Including")} == {"0.007277825"}
    assert (pcf["fossilGhgEmissions"], pcf["fossilCarbonContent"]) == ("0.007277825", "0")
    assert pcf["packagingEmissionsIncluded"] is False
    assert "packagingGhgEmissions" not in pcf  # PACT 3 forbids it then
    assert (pcf["ipccCharacterizationFactors"], pcf["crossSectoralStandards"]) == (["AR6"], ["ISO14083"])
    assert (pcf["referencePeriodStart"], pcf["referencePeriodEnd"]) == ("2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z")
    assert (pcf["geographyCountry"], pcf["primaryDataShare"]) == ("CL", "0")
    assert shipment["productClassifications"] == ["urn:pact:productclassification:un-cpc:83117"]
    assert shipment["productIds"] == ["urn:pathfinder:product:customcode:vendor-assigned:shipment:A"]
    assert (shipment["created"], shipment["specVersion"]) == ("2026-05-02T08:30:00Z", "3.0.0")
    assert "not certified" in shipment["comment"]
    assert "no set of global warming potentials, and AR6 is declared for them: OWID/Ember" in shipment["comment"]
    assert (per_tkm["pcf"]["declaredUnitAmount"], per_tkm["pcf"]["pcfExcludingBiogenicUptake"]) == ("1", "7.277825")
    ileap, ours = shipment["extensions"]
    assert ileap["data"] == out.shipments[0].to_json()
    assert ileap["dataSchema"] == "https://api.ileap.sine.dev/shipment-footprint.json"
    assert ours["data"] == {
        "vehicleClass": "e_bike",
        "uncrewedAircraft": False,
        "roundId": "R1",
        "roundGhgEmissions": "0.007277825",
        "packaging": "ldpe_bag",
        "packagingGhgEmissions": "0.0355809348",
        "packagingDataClass": "modelled",
    }


def test_documents_follow_the_schemas_and_our_own_importer(day: list[Round], owner: DataOwner, valid: Valid) -> None:
    rated = DataOwner(
        **owner.model_dump(exclude={"dqi"}),
        dqi=DataQuality(technological=Decimal(1), geographical=Decimal(2), temporal=Decimal("2.5")),
    )
    out = export(day, rated)
    assert [len(each) for each in (out.tocs, out.shipments, out.footprints)] == [2, 4, 6]
    for name, documents in (("shipment", out.shipments), ("toc", out.tocs), ("footprint", out.footprints)):
        for document in documents:
            valid(name, document.to_json())
    read = carbon.import_documents(carbon.documents_json(out.footprints))
    assert read.flags == ()
    # All of PACT's and iLEAP's figures are recomputed; only Swiftleaf's own extension is taken on trust.
    assert {each.path.rpartition(".")[2] for each in read.unchecked} == {"roundGhgEmissions", "packagingGhgEmissions"}
    assert [each.kind for each in read.incoming] == [
        kind for inside in ["toc"] * 2 + ["shipment"] * 4 for kind in ("footprint", inside, "delivery")
    ]
    found = [each.document for each in read.incoming if each.kind in {"toc", "shipment"}]
    assert found == [*out.tocs, *out.shipments]
    assert [each.document for each in read.incoming if each.kind == "footprint"] == list(out.footprints)


def test_a_drone_is_air_and_electric_and_said_to_be_one(day: list[Round], owner: DataOwner) -> None:
    drone = export(day, owner).footprints[0].to_json()
    toc, delivery = (extension["data"] for extension in drone["extensions"])
    assert (toc["mode"], toc["airShippingOption"], toc["flightLength"]) == ("Air", "freighter", "short-haul")
    assert [carrier["energyCarrier"] for carrier in toc["energyCarriers"]] == ["Electric"]
    assert delivery == {"vehicleClass": "drone", "uncrewedAircraft": True}
    (element,) = export(day, owner).shipments[3].tces
    assert (element.distance.gcd, element.distance.sfd) == (Decimal("2.5"), None)


def test_primary_data_share_is_by_emissions(day: list[Round], owner: DataOwner) -> None:
    # e-bikes: 76.5 Wh modelled and 40 Wh metered on one grid.
    out = export(day, owner)
    shares = {each.product_name_company: each.pcf.primary_data_share for each in out.footprints}
    assert shares["shipment D"] == 0
    assert float(shares["shipment A"] or 0) == pytest.approx(100 * 40 / 116.5, rel=1e-12)
    assert shares["shipment A"] == shares["shipment C"]
    still = [day[0].model_copy(update={"battery_wh": 0.0})]
    assert {each.pcf.primary_data_share for each in export(still, owner).footprints} == {None}


def test_the_same_report_gives_the_same_bytes_and_another_content_another_id(
    day: list[Round], owner: DataOwner
) -> None:
    first, again = export(day, owner), export(day, owner)
    assert carbon.documents_json(first.footprints) == carbon.documents_json(again.footprints)
    ids = [each.id for each in first.footprints]
    assert len(set(ids)) == len(ids)
    other = carbon.export_documents(
        carbon.footprint(day, {}), day, owner, CREATED + timedelta(seconds=1), gwp_if_unstated="AR5"
    )
    assert not {each.id for each in other.footprints} & set(ids)
    assert other.footprints[0].pcf.ipcc_characterization_factors == ("AR5",)


metres = st.just(0.0) | st.floats(0.001, 6000)
stops = st.lists(st.tuples(st.floats(0.001, 50), metres), min_size=1, max_size=5)
rounds = st.lists(
    st.tuples(
        stops,
        st.floats(1e-6, 3000),
        st.sampled_from(["e_bike", "drone"]),
        st.sampled_from(["CL", "CN-GD"]),
    ),
    min_size=1,
    max_size=6,
)


@given(rounds)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_report_adds_up_to_itself(
    make_round: MakeRound,
    owner: DataOwner,
    valid: Valid,
    drawn: list[tuple[list[tuple[float, float]], float, str, str]],
) -> None:
    made = [
        make_round(
            f"R{i}",
            *((f"O{i}-{j}", kg, m) for j, (kg, m) in enumerate(own)),
            battery_wh=wh,
            vehicle_class=kind,
            region=region,
        )
        for i, (own, wh, kind, region) in enumerate(drawn)
    ]
    out = export(made, owner)
    read = carbon.import_documents(carbon.documents_json([*out.footprints, *out.shipments]))
    assert [str(flag) for flag in read.flags] == []
    for shipment in out.shipments:
        valid("shipment", shipment.to_json())
    left = {entry.what for entry in out.left_out}
    moved = [account for account in carbon.footprint(made, {}).rounds if f"category {account.category!r}" not in left]
    if len({account.round_id for account in moved}) == len(made):
        exported = math.fsum(float(tce.co2e_wtw) for each in out.shipments for tce in each.tces)
        assert exported * 1000 == pytest.approx(math.fsum(account.gco2e for account in moved), rel=1e-9)
    assert len(out.shipments) + sum(what.startswith("order ") for what in left) == sum(len(r.stops) for r in made)


def test_categories_part_by_store_class_and_grid(make_round: MakeRound, owner: DataOwner) -> None:
    made = [
        make_round("R1", ("A", 1.0, 1000.0)),
        make_round("R2", ("B", 1.0, 1000.0), store_id="S2"),
        make_round("R3", ("C", 1.0, 1000.0), vehicle_class="moped"),
        make_round("R4", ("D", 1.0, 1000.0), region="CN-GD"),
        make_round("R5", ("E", 1.0, 1000.0), region="CN-ZJ", started_on=date(2026, 5, 3)),
    ]
    out = export(made, owner)
    assert [toc.toc_id.split(":")[:5] for toc in out.tocs] == [
        ["S1", "e_bike", "ambient", "sfd", "electricity_generation_intensity@CL@2023"],
        ["S1", "e_bike", "ambient", "sfd", "electricity_life_cycle_footprint_factor@CN@2024"],
        ["S1", "moped", "ambient", "sfd", "electricity_generation_intensity@CL@2023"],
        ["S2", "e_bike", "ambient", "sfd", "electricity_generation_intensity@CL@2023"],
    ]
    by_name = {each.product_name_company: each.pcf for each in out.footprints}
    assert by_name["shipment E"].geography_country == "CN"  # of two provinces, one country
    alone = export(made[3:4], owner).footprints[0].pcf
    assert (alone.geography_country, alone.geography_country_subdivision) == (None, "CN-GD")


def test_an_order_is_its_categorys_average_and_its_label_travels_beside(day: list[Round], owner: DataOwner) -> None:
    report = carbon.footprint(day, {})
    out = carbon.export_documents(report, day, owner, CREATED)
    wtw = {each.shipment_id: each.tces[0].co2e_wtw for each in out.shipments}
    assert float(sum(wtw[name] for name in "ABC")) * 1000 == pytest.approx(
        sum(order.transport_gco2e for order in report.orders[:3]), rel=1e-12
    )
    for order, footprint in zip(report.orders, out.footprints[2:], strict=True):
        label = footprint.to_json()["extensions"][1]["data"]["roundGhgEmissions"]
        assert float(label) * 1000 == pytest.approx(order.transport_gco2e, rel=1e-14)
    assert float(wtw["C"]) * 1000 < report.orders[2].transport_gco2e  # a short round alone costs more than the mean


def test_what_cannot_be_exchanged_is_told(make_round: MakeRound, owner: DataOwner) -> None:
    made = [
        make_round("R1", ("A", None, 1000.0), ("B", 1.0, 500.0)),
        make_round("R2", ("C", 1.0, 1000.0), vehicle_class="rickshaw"),
        make_round("R3", ("D", 1.0, 0.0), store_id="S3"),
        make_round("R4", ("E", 1.0, 1000.0), ("F", 2.0, 0.0), store_id="S4"),
    ]
    out = export(made, owner)
    assert [(entry.what, entry.because.split(",")[0]) for entry in out.left_out] == [
        ("round 'R1'", "mass unknown for 1 of 2 orders"),
        ("round 'R2'", 'vehicle class \'rickshaw\' has no known iLEAP mode; pass modes={"rickshaw": "Road"}'),
        ("category 'S3 / e_bike / electricity / ambient / SFD'", "every stop is at the store"),
        ("order 'A'", "its round 'R1' is in no category"),
        ("order 'B'", "its round 'R1' is in no category"),
        ("order 'C'", "its round 'R2' is in no category"),
        ("order 'D'", "its round 'R3' is in no category"),
        ("product footprint of order 'F'", "it was delivered at the store"),
    ]
    assert [each.shipment_id for each in out.shipments] == ["E", "F"]
    told = export(made, owner, modes={"rickshaw": "Road"})
    assert [each.shipment_id for each in told.shipments] == ["C", "E", "F"]
    assert [len(each) for each in (told.tocs, told.footprints)] == [2, 4]
    assert export([], owner) == Exported(shipments=(), tocs=(), hocs=(), footprints=(), left_out=())


def test_wrong_arguments_are_errors(day: list[Round], owner: DataOwner, make_round: MakeRound) -> None:
    report = carbon.footprint(day, {})
    with pytest.raises(carbon.ExchangeError, match="differ in 'R3'"):
        carbon.export_documents(report, day[:2], owner, CREATED)
    heavier = [make_round("R1", ("A", 2.0, 1000.0), ("B", 3.0, 1234.5)), *day[1:]]
    with pytest.raises(carbon.ExchangeError, match="activity_tkm of round 'R1' is"):
        carbon.export_documents(report, heavier, owner, CREATED)
    with pytest.raises(carbon.ExchangeError, match="without a time zone"):
        carbon.export_documents(report, day, owner, datetime(2026, 5, 2))  # noqa: DTZ001 - the point of it
    with pytest.raises(ValueError, match="company_ids"):
        DataOwner(company_name="Shop", company_ids=("Shop",))


def test_ids_are_escaped_in_urns(make_round: MakeRound, owner: DataOwner, valid: Valid) -> None:
    out = export([make_round("R 1", ("订单 50%/7", 1.0, 1000.0), store_id="a:b")], owner)
    for footprint in out.footprints:
        valid("footprint", footprint.to_json())
    assert out.footprints[1].product_ids == (
        "urn:pathfinder:product:customcode:vendor-assigned:shipment:%E8%AE%A2%E5%8D%95%2050%25%2F7",
    )
    assert out.tocs[0].toc_id.startswith("a%3Ab:e_bike:")
    assert carbon.import_documents(carbon.documents_json(out.footprints)).flags == ()


def test_a_hub_goes_into_a_footprint_too(hoc: Json, make_round: MakeRound, owner: DataOwner, valid: Valid) -> None:
    basis = Basis(
        created=CREATED,
        start=CREATED,
        end=CREATED + timedelta(days=30),
        region=None,
        boundary="hub",
        allocation="per tonne",
        gwp_sets=("AR5", "AR6"),
        factor_sources=(),
        primary_data_share=Decimal("12.5"),
        comment="",
    )
    hub = Hoc.model_validate(hoc)
    footprint = product_footprint(hub, owner, basis)
    valid("footprint", footprint.to_json())
    assert carbon.import_documents(carbon.documents_json([footprint])).flags == ()
    assert footprint.pcf.declared_unit_amount == footprint.pcf.product_mass_per_declared_unit == 1000
    with pytest.raises(carbon.ExchangeError, match="hubActivityUnit of HOC 'hub' is 'TEU'"):
        product_footprint(hub.model_copy(update={"hub_activity_unit": "TEU"}), owner, basis)
    still = export([make_round("R1", ("A", 1.0, 0.0), ("B", 1.0, 9.0))], owner).shipments[0]
    with pytest.raises(carbon.ExchangeError, match="transportActivity of 'A' adds up to 0"):
        product_footprint(still, owner, basis)
    with pytest.raises(carbon.ExchangeError, match="at most a year"):
        Basis(**{**basis.model_dump(), "end": CREATED})


@pytest.mark.parametrize(
    ("path", "value", "at"),
    [
        ("pcf.productMassPerDeclaredUnit", "1", "pcf.productMassPerDeclaredUnit"),
        ("pcf.productMassPerDeclaredUnit", None, "pcf.productMassPerDeclaredUnit"),
        ("pcf.pcfIncludingBiogenicUptake", None, "pcf.pcfIncludingBiogenicUptake"),
        ("pcf.crossSectoralStandards", ["PEF"], "pcf.crossSectoralStandards"),
        ("pcf.packagingEmissionsIncluded", "false", "pcf.packagingEmissionsIncluded"),
        ("pcf.dqi", {"technologicalDQR": "0", "geographicalDQR": "1", "temporalDQR": "5"}, "pcf.dqi.technologicalDQR"),
        ("productClassifications", ["urn:pact:productclassification:un-cpc:1"], "productClassifications"),
        ("specVersion", None, "specVersion"),
    ],
)
def test_pact_3_has_rules_of_its_own(make_round: MakeRound, owner: DataOwner, path: str, value: Any, at: str) -> None:
    document = export([make_round("R1", ("A", 1.0, 1000.0))], owner).footprints[1].to_json()
    inner = document
    *steps, last = path.split(".")
    for step in steps:
        inner = inner[step]
    inner[last] = value
    assert [flag.path for flag in carbon.import_documents(json.dumps(document)).flags] == [f"$.{at}"]


def test_our_own_extension_is_read(day: list[Round], owner: DataOwner) -> None:
    text = carbon.documents_json(export(day, owner).footprints)
    found = [each for each in carbon.import_documents(text).documents if isinstance(each, Delivery)]
    assert [each.vehicle_class for each in found] == ["drone", "e_bike", "e_bike", "e_bike", "e_bike", "drone"]


DIESEL = carbon.Fuel(
    amount=0.5,
    unit="litres",
    operation="desnz_fuels_liquid_fuels_diesel_average_biofuel_blend",
    provision="desnz_wtt_fuels_liquid_fuels_diesel_average_biofuel_blend",
)


def test_a_cooled_van_burns_and_draws_and_what_it_leaks_is_stated_beside(
    make_round: MakeRound, owner: DataOwner, valid: Valid
) -> None:
    # 0.5 l at 2.57082 + 0.61101 kg and 1 kWh at 0.291113 over 1 t·km; 0.5 g of R-404A at 4728 leak 2.364 kg.
    round_ = make_round(
        "R1", ("A", 100.0, 10_000.0), vehicle_class="van", battery_wh=0.0, meter_kwh=1.0, fuels=(DIESEL,),
        refrigerants_kg={"gwp100_ar6_r_404a": 0.0005}, empty_distance_m=2000.0, data_class="primary",
    )  # fmt: skip
    out = export([round_], owner, modes={"van": "Road"})
    (toc,) = out.tocs
    told = toc.to_json()
    assert (told["co2eIntensityWTW"], told["co2eIntensityTTW"]) == ("1.882028", "1.28541")
    assert [(each["energyCarrier"], each["energyConsumption"]) for each in told["energyCarriers"]] == [
        ("Electric", "1"),
        ("Diesel", "0.5"),
    ]
    assert sum(Decimal(each["relativeShare"]) for each in told["energyCarriers"]) == 1
    assert told["emptyDistanceFactor"] == "0.25"
    per_tkm, order = (footprint.to_json() for footprint in out.footprints)
    for footprint in (per_tkm, order):
        valid("footprint", footprint)
        assert footprint["extensions"][1]["data"]["refrigerantGhgEmissions"] == "2.364"
        percent = 100 * 2.364 / (2.364 + 1.882028)
        assert float(footprint["pcf"]["exemptedEmissionsPercent"]) == pytest.approx(percent, rel=1e-12)
        assert "refrigerants" in footprint["pcf"]["exemptedEmissionsDescription"]
        assert footprint["pcf"]["primaryDataShare"] == "100"
        assert footprint["pcf"]["ipccCharacterizationFactors"] == ["AR5", "AR6"]
    label = order["extensions"][1]["data"]["roundGhgEmissions"]
    assert label == "4.246028"  # with the leak, as on the order's label
    assert carbon.import_documents(carbon.documents_json(out.footprints)).flags == ()


def test_energy_that_ileap_has_no_words_for_leaves_its_round_out(make_round: MakeRound, owner: DataOwner) -> None:
    per_km = DIESEL.model_copy(
        update={
            "unit": "km",
            "operation": carbon.DIESEL_VAN.operation_keys[0],
            "provision": carbon.DIESEL_VAN.provision_keys[0],
        }
    )
    peat = DIESEL.model_copy(update={"operation": "gwp100_ar6_r_744", "provision": "gwp100_ar6_r_744", "unit": "kg"})
    made = [
        make_round("R1", ("A", 1.0, 1.0), vehicle_class="diesel_van", battery_wh=0.0, fuels=(per_km,)),
        make_round("R2", ("B", 1.0, 1.0), vehicle_class="moped", battery_wh=0.0, fuels=(peat,)),
    ]
    out = export(made, owner)
    assert (out.tocs, out.shipments) == ((), ())
    assert "is told in km, and iLEAP asks for an emission factor per MJ, kWh, kg, l" in out.left_out[0].because
    assert "is none that iLEAP has a word for" in out.left_out[1].because
    litres = carbon.PETROL_MOPED.driven(make_round("R1", ("A", 1.0, 1000.0)))
    (toc,) = export([litres], owner).tocs
    assert [each.energy_carrier for each in toc.energy_carriers] == ["Petrol"]


HUB = HubAccount(
    store_id="S1",
    region="CL",
    first_day=date(2026, 1, 1),
    last_day=date(2026, 12, 31),
    left_kg={"ambient": 3000.0, "chilled": 1000.0},
    own={"chilled": Use(grid_kwh=100.0, refrigerants_kg={"gwp100_ar6_r_404a": 0.001})},
    shared=Use(grid_kwh=40.0, fuels=(DIESEL,)),
)


def test_a_store_is_a_hub_and_an_order_leaves_it_first(make_round: MakeRound, owner: DataOwner, valid: Valid) -> None:
    # Chilled: 100 + 40/4 = 110 kWh/t at 0.291113 and 0.125 l/t at 3.18183; 1 g of R-404A a tonne leaks 4.728 kg.
    # Ambient: 10 kWh/t and as much diesel.
    round_ = make_round("R1", ("A", 2.0, 1000.0), ("B", 1.0, 1000.0))
    cold = [stop.model_copy(update={"zone": "chilled"}) for stop in round_.stops[:1]]
    round_ = round_.model_copy(update={"stops": (*cold, round_.stops[1])})
    report = carbon.footprint([round_], {}, hubs=[HUB])
    out = carbon.export_documents(report, [round_], owner, CREATED, hubs=[HUB])
    assert out.left_out == ()
    intensities = {hoc.hoc_id: hoc.co2e_intensity_wtw for hoc in out.hocs}
    assert intensities == {
        "S1:ambient:2026-01-01:2026-12-31": Decimal("3.30885875"),
        "S1:chilled:2026-01-01:2026-12-31": Decimal("32.42015875"),
    }
    assert [hoc.temperature_control for hoc in out.hocs] == ["ambient", "refrigerated"]
    assert out.tocs[0].temperature_control == "mixed"
    handled, ridden = out.shipments[0].tces
    assert (handled.hoc_id, ridden.prev_tce_ids) == ("S1:chilled:2026-01-01:2026-12-31", (handled.tce_id,))
    assert (handled.co2e_wtw, handled.transport_activity) == (Decimal("0.0648403175"), Decimal(0))
    leaked = out.footprints[-2].to_json()["extensions"][1]["data"]["refrigerantGhgEmissions"]
    assert leaked == "0.009456"  # 2 kg of the chilled tonne's 4.728 kg
    assert float(handled.co2e_wtw) + float(leaked) == pytest.approx((report.orders[0].hub_gco2e or 0) / 1000, rel=1e-12)
    for name, documents in (("hoc", out.hocs), ("shipment", out.shipments), ("footprint", out.footprints)):
        for document in documents:
            valid(name, document.to_json())
    pcf = out.footprints[-2].pcf
    ride = float(ridden.co2e_wtw)
    assert float(pcf.pcf_excluding_biogenic_uptake) == pytest.approx(ride + 0.0648403175, rel=1e-12)
    share = 100 * 0.0648403175 / (ride + 0.0648403175)  # the meters of the store; the ride is modelled
    assert float(pcf.primary_data_share or 0) == pytest.approx(share, rel=1e-12)
    assert (pcf.reference_period_start.date(), pcf.reference_period_end.date()) == (date(2026, 5, 1), date(2026, 5, 2))
    assert carbon.import_documents(carbon.documents_json(out.footprints)).flags == ()
    without = carbon.export_documents(report, [round_], owner, CREATED)
    assert [entry.what for entry in without.left_out] == ["hub 'hub S1 2026-01-01..2026-12-31'"]
    assert [len(shipment.tces) for shipment in without.shipments] == [1, 1]


def test_a_hub_that_cannot_be_told_is_left_out_alone(make_round: MakeRound, owner: DataOwner) -> None:
    per_km = DIESEL.model_copy(update={"unit": "km", "operation": carbon.DIESEL_VAN.operation_keys[0]})
    account = HUB.model_copy(update={"shared": Use(fuels=(per_km.model_copy(update={"provision": per_km.operation}),))})
    round_ = make_round("R1", ("A", 2.0, 1000.0))
    out = carbon.export_documents(
        carbon.footprint([round_], {}, hubs=[account]), [round_], owner, CREATED, hubs=[account]
    )
    assert [entry.because.partition(",")[0].split(" is ")[1] for entry in out.left_out] == ["told in km"]
    assert [len(shipment.tces) for shipment in out.shipments] == [1]


def test_a_report_without_its_factors_is_left_out_whole(make_round: MakeRound, owner: DataOwner) -> None:
    rounds = [
        carbon.PETROL_MOPED.driven(make_round("R1", ("A", 1.0, 1000.0))),
        make_round("R2", ("B", 1.0, 1000.0)),
    ]
    report = carbon.footprint(rounds, {}).model_copy(update={"factors": ()})
    out = carbon.export_documents(report, rounds, owner, CREATED)
    assert "of a fuel is not in the report" in out.left_out[0].because
    assert "is not among the report's factors" in out.left_out[1].because
    assert out.footprints == ()


def test_an_elements_figure_is_the_reports_own_view_per_tonne_kilometre(day: list[Round], owner: DataOwner) -> None:
    report = carbon.footprint(day, {})
    out = carbon.export_documents(report, day, owner, CREATED)
    for order, shipment in zip(report.orders, out.shipments, strict=True):
        assert float(shipment.tces[0].co2e_wtw) * 1000 == pytest.approx(order.category_gco2e, rel=1e-12)
