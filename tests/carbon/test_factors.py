import pickle
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

import carbon
from carbon.factor_file import COLUMNS
from carbon.registry import MAINLAND, Registry

REGISTRY = carbon.bundled_registry()
ROW = {
    "key": "electricity_generation_intensity",
    "name": "our meter",
    "value": "0.05",
    "lower": "",
    "upper": "",
    "unit": "kgCO2e/kWh",
    "gas": "CO2e",
    "gwp": "AR6",
    "region": "UY",
    "year": "2024",
    "edition": "",
    "source": "own measurement",
    "address": "cabinet 4",
    "licence": "own",
}


def write(path: Path, *rows: dict[str, str]) -> Path:
    lines = [",".join(COLUMNS), *(",".join(row[column] for column in COLUMNS) for row in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def factor(**changes: object) -> carbon.Factor:
    return carbon.Factor.model_validate({key: cell for key, cell in ROW.items() if cell} | changes)


def test_bundled_rows_are_whole_and_may_be_passed_on() -> None:
    assert len(REGISTRY) > 300
    for each in REGISTRY:
        assert each.source
        assert each.address
        assert each.licence
        assert "memory" not in each.licence
        assert "claim" not in each.licence
        assert each.gas == ("CO2e" if "CO2e" in each.unit else "CO2" if "CO2" in each.unit else None)


@pytest.mark.parametrize(
    ("region", "kg_per_kwh", "year"),
    [
        ("CL", 0.291113, 2023),
        ("CN", 0.5777, 2024),
        ("BR", 0.098348, 2023),
        ("TW", 0.642378, 2023),
        ("JP", 0.48373, None),
    ],
)
def test_a_region_has_its_grid(region: str, kg_per_kwh: float, year: int | None) -> None:
    found = REGISTRY.electricity(region)
    assert (found.value, found.year, found.gas, found.unit) == (kg_per_kwh, year, "CO2e", "kgCO2e/kWh")


@pytest.mark.parametrize("province", sorted(MAINLAND))
def test_every_mainland_province_has_the_national_life_cycle_factor(province: str) -> None:
    assert REGISTRY.electricity(f"CN-{province}") is REGISTRY.electricity("CN")


def test_hong_kong_and_taiwan_have_grids_of_their_own() -> None:
    assert REGISTRY.electricity("CN-HK").value == 0.68199
    assert REGISTRY.electricity("CN-TW") is REGISTRY.electricity("TW")


@pytest.mark.parametrize("region", ["UY", "CN-XX", "CN-MO", "cn", ""])
def test_an_unknown_region_is_told_what_there_is_and_how_to_add_it(region: str) -> None:
    with pytest.raises(carbon.MissingFactorError) as caught:
        REGISTRY.electricity(region)
    for said in (repr(region), "BR, CL, CN", "add a row", "electricity_generation_intensity"):
        assert said in str(caught.value)


def test_a_users_own_file_fills_the_gap_and_wins(tmp_path: Path) -> None:
    own = Registry.read(write(tmp_path / "own.csv", ROW, ROW | {"region": "CL", "year": "2023", "value": "0.2"}))
    joined = REGISTRY.joined(own)
    assert joined.electricity("UY").value == 0.05
    assert joined.electricity("CL").value == 0.2
    assert REGISTRY.electricity("CL").value == 0.291113
    assert len(joined) == len(REGISTRY) + 1


def test_get_takes_the_latest_year_or_the_one_asked_for() -> None:
    key = "electricity_life_cycle_footprint_factor"
    assert REGISTRY.get(key).value == 0.5777
    assert REGISTRY.get(key, year=2023).value == 0.6205
    with pytest.raises(carbon.MissingFactorError, match="known for 2023, 2024"):
        REGISTRY.get(key, year=2019)
    with pytest.raises(carbon.MissingFactorError, match="is known for CN"):
        REGISTRY.get(key, region="CL")
    with pytest.raises(carbon.AmbiguousFactorError, match="CN-AH, CN-BJ"):
        REGISTRY.get("electricity_co2_factor_province")
    with pytest.raises(carbon.MissingFactorError, match="keys like it: quadcopter_m100"):
        REGISTRY.get("quadcopter")
    with pytest.raises(carbon.MissingFactorError, match="none of the"):
        REGISTRY.get("phlogiston")


def test_published_provincial_figures_are_there_as_co2_only() -> None:
    # Announcement No. 47 of 2025 of the Ministry of Ecology and Environment
    for region, value in {"CN-GD": 0.4419, "CN-ZJ": 0.4974, "CN-SH": 0.5737, "CN-BJ": 0.5554, "CN-SC": 0.1564}.items():
        found = REGISTRY.get("electricity_co2_factor_province", region=region, year=2023)
        assert (found.value, found.gas, found.gwp) == (value, "CO2", None)


def test_emission_converts_masses_and_energies_only() -> None:
    ldpe = REGISTRY.get("desnz_material_use_plastic_plastics_ldpe_and_lldpe_incl_forming_primary_material_production")
    assert ldpe.unit == "kgCO2e/tonnes"
    assert ldpe.emission(0.012, "kg").grams == pytest.approx(35.58, abs=0.005)
    assert factor().emission(3.6, "MJ").grams == pytest.approx(50.0, rel=1e-12)
    assert factor(unit="gCO2e/MJ").emission(1, "kWh").grams == pytest.approx(3.6 * 0.05, rel=1e-12)
    assert factor(unit="gCO2/km", gas="CO2", gwp=None).emission(2, "km") == carbon.Emission(0.1, "CO2")
    with pytest.raises(carbon.UnitError, match=r"'km', but factor .* per 'kWh'"):
        factor().emission(1, "km")
    with pytest.raises(carbon.UnitError, match="no emission"):
        REGISTRY.get("rider_mass").emission(1, "kg")
    with pytest.raises(carbon.QuantityError, match="amount in kWh is nan"):
        factor().emission(float("nan"), "kWh")


def test_a_factor_must_agree_with_itself() -> None:
    with pytest.raises(carbon.UnitError, match="gas of factor"):
        factor(gas="CO2")
    with pytest.raises(carbon.UnitError, match="make the two agree"):
        factor(unit="kWh/km")
    with pytest.raises(carbon.QuantityError, match=r"outside its own range 0.1 to 0.2"):
        factor(lower=0.1, upper=0.2)
    for bad in (-1.0, float("nan"), float("inf")):
        with pytest.raises(carbon.QuantityError, match="value of factor"):
            factor(value=bad)
    with pytest.raises(ValidationError, match="frozen"):
        factor().value = 1.0  # type: ignore[misc]  # that it cannot be assigned is the point


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": "much"}, "line 2: value is 'much'"),
        ({"value": "-1"}, "line 2: value of factor"),
        ({"gas": "CH4"}, "line 2: gas is 'CH4'"),
        ({"gas": "CO2"}, "line 2: gas of factor"),
        ({"year": "soon"}, "line 2: year is 'soon'"),
        ({"licence": ""}, "line 2: licence is ''"),
        ({"key": "Not A Key"}, "line 2: key is 'Not A Key'"),
    ],
)
def test_a_bad_row_is_named_by_file_line_and_field(tmp_path: Path, change: dict[str, str], said: str) -> None:
    with pytest.raises(carbon.FactorFileError) as caught:
        Registry.read(write(tmp_path / "own.csv", ROW | change))
    assert "own.csv" in str(caught.value)
    assert said in str(caught.value)


def test_what_is_no_factor_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(carbon.FactorFileError, match="readable UTF-8 CSV"):
        Registry.read(tmp_path / "absent.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00key")
    with pytest.raises(carbon.FactorFileError, match="readable UTF-8 CSV"):
        Registry.read(tmp_path / "binary.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(carbon.FactorFileError, match="no column key, name"):
        Registry.read(str(tmp_path / "empty.csv"))
    (tmp_path / "huge.csv").write_text(",".join(COLUMNS) + "\n" + "x" * 200_000)
    with pytest.raises(carbon.FactorFileError, match="field larger than"):
        Registry.read(tmp_path / "huge.csv")
    with pytest.raises(carbon.FactorFileError, match="given twice"):
        Registry.read(write(tmp_path / "twice.csv", ROW, ROW))


def test_a_spreadsheets_byte_order_mark_and_a_registry_of_another_process_are_no_obstacle(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", ROW)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    again = pickle.loads(pickle.dumps(Registry.read(path)))  # noqa: S301 - pickled one line above
    assert list(again) == list(Registry.read(path))


def dated(value: float, valid_from: date | None, valid_to: date | None, edition: str) -> carbon.Factor:
    return carbon.Factor(
        key="tariff", name="tariff", value=value, unit="kgCO2e/kWh", gas="CO2e", region="UY", edition=edition,
        source="own", address="own", licence="own", valid_from=valid_from, valid_to=valid_to,
    )  # fmt: skip


def test_the_factor_that_holds_on_the_day_is_taken() -> None:
    old, new = dated(0.3, None, date(2025, 12, 31), "1"), dated(0.2, date(2026, 1, 1), None, "2")
    registry = carbon.Registry([new, old])
    assert registry.get("tariff", on=date(2025, 12, 31)) == old
    assert registry.get("tariff", on=date(2026, 1, 1)) == new
    assert registry.get("tariff") == new


def test_a_factor_out_of_its_validity_is_refused_with_its_days() -> None:
    registry = carbon.Registry([dated(0.3, date(2024, 1, 1), date(2024, 12, 31), "1")])
    with pytest.raises(carbon.ExpiredFactorError, match=r"2025-01-01.*2024-01-01 to 2024-12-31"):
        registry.get("tariff", on=date(2025, 1, 1))
    with pytest.raises(carbon.QuantityError, match="swap the two"):
        dated(0.3, date(2025, 1, 1), date(2024, 1, 1), "1")


def test_a_users_file_may_state_validity(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text(
        "key,name,value,lower,upper,unit,gas,gwp,region,year,edition,source,address,licence,valid_from,valid_to\n"
        "electricity_generation_intensity,own,0.1,,,kgCO2e/kWh,CO2e,,UY,2025,,own,own,own,2025-01-01,2025-12-31\n"
    )
    registry = carbon.bundled_registry().joined(carbon.Registry.read(file))
    assert registry.electricity("UY", date(2025, 6, 1)).value == 0.1
    with pytest.raises(carbon.ExpiredFactorError, match="UY"):
        registry.electricity("UY", date(2026, 6, 1))


HEADER = "key,name,value,lower,upper,unit,gas,gwp,region,year,edition,source,address,licence"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"{HEADER}\nk,n,1,,,kgCO2e/kg,CO2e,,GB,,,Smith, Jones & Co,https://x,no redistribution\n",
            "line 2: more cells",
        ),
        (f"{HEADER},valid_until\nk,n,1,,,kgCO2e/kg,CO2e,,GB,,,s,a,l,2020-01-01\n", "'valid_until' is unknown"),
        (f"{HEADER},value\nk,n,1,,,kgCO2e/kg,CO2e,,GB,,,s,a,l,2\n", "'value' is unknown or there twice"),
    ],
)
def test_a_row_that_a_comma_has_moved_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "own.csv"
    file.write_text(text)
    with pytest.raises(carbon.FactorFileError, match=said):
        carbon.Registry.read(file)


def plain(key: str, value: float, unit: str, region: str, year: int | None = None) -> carbon.Factor:
    return carbon.Factor(
        key=key, name=key, value=value, unit=unit, gas="CO2e" if "CO2e" in unit else None, region=region, year=year,
        source="own", address="own", licence="own",
    )  # fmt: skip


def test_a_users_own_factor_wins_whatever_its_year() -> None:
    bundled = carbon.bundled_registry()
    for year in (None, 2001):
        mine = carbon.Registry([plain("electricity_generation_intensity", 0.2, "kgCO2e/kWh", "CL", year)])
        assert bundled.joined(mine).electricity("CL").value == 0.2
    charger = carbon.Registry([plain("charger_efficiency", 0.95, "-", "default")])
    assert bundled.joined(charger).get("charger_efficiency").value == 0.95
    assert [len(layer) for layer in bundled.joined(charger).layers] == [1, len(bundled)]
    assert len(bundled.joined(charger)) == len(bundled) + 1


def test_an_own_factor_of_one_place_does_not_speak_for_another() -> None:
    mine = carbon.Registry([plain("charger_efficiency", 0.5, "-", "CN")])
    both = carbon.bundled_registry().joined(mine)
    values = {place: both.at(place, date(2026, 5, 1)).get("charger_efficiency").value for place in ("CN-GD", "CL")}
    assert values == {"CN-GD": 0.5, "CL": 0.9}
    with pytest.raises(carbon.AmbiguousFactorError, match="CN, default"):
        both.get("charger_efficiency")


@pytest.mark.parametrize(
    ("key", "unit"),
    [("rider_mass", "g"), ("fuel_petrol_moped_4_kw", "l/100km"), ("corrugated_board_areal_mass", "g/m2")],
)
def test_an_own_parameter_is_in_the_unit_that_its_model_reads(key: str, unit: str) -> None:
    with pytest.raises(carbon.UnitError, match=f"unit of factor '{key}"):
        carbon.bundled_registry().joined(carbon.Registry([plain(key, 1.0, unit, "default")]))


def test_an_own_emission_factor_may_be_per_tonne_where_the_bundled_is_per_kilogram() -> None:
    mine = carbon.Registry([plain("end_of_life_hdpe_combusted", 3000.0, "kgCO2e/t", "US")])
    found = carbon.bundled_registry().joined(mine).get("end_of_life_hdpe_combusted")
    assert found.emission(1.0, "kg").grams == pytest.approx(3000.0)


def test_w12_the_published_parcel_of_ademe() -> None:
    """ADEME impactco2: transport, order, storage and car add up to the pick-up by car; without the car, on foot."""
    parts, car = (0.28556, 0.35271, 0.01785), 0.99577
    registry = carbon.bundled_registry()
    assert round(sum(parts) + car, 5) == registry.get("pick_up_point_by_car_3_5_km_1_kg").value == 1.65189
    assert round(sum(parts), 5) == registry.get("pick_up_on_foot_1_kg").value == 0.65612
