from pathlib import Path

import pytest

import carbon
from carbon.data import make_factors

HEADER = "name,unit,value,lower,upper,year,region,source,address,licence\n"
COLLECTED = Path(__file__).parents[2].parent / "shared" / "data" / "carbon" / "factors.csv"
ADDITIONS = Path(make_factors.__file__).with_name("additions.csv")


def test_it_ships_only_what_may_be_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "collected.csv"
    table.write_text(
        HEADER
        + "Van / Diesel,kgCO2e/km,0.25,,,2025,GB,UK DESNZ/Defra 2025,a,Open Government Licence v3.0\n"
        + "Van / Diesel,kgCO2e/tonne.km,0.63,,,2025,GB,UK DESNZ/Defra 2025,a,Open Government Licence v3.0\n"
        + "Grid,kgCO2/kWh,0.5,,,2026 release,CN,somebody,a,government notice (facts)\n"
        + "Half,-,0.5,,,,CN,somebody,,fact\n"
        + "Miracle,kgCO2e/kg,0,,,,CN,somebody,a,claim\n"
        + "Secret,kgCO2e/kg,1,,,,CN,somebody,a,all rights reserved\n"
    )
    monkeypatch.setattr(make_factors, "TARGET", tmp_path / "factors.csv")
    make_factors.main([str(table)])
    made = {factor.key: factor for factor in carbon.Registry.read(tmp_path / "factors.csv")}
    assert set(made) == {"van_diesel_per_km", "van_diesel_per_tonne_km", "grid"}
    assert (made["van_diesel_per_km"].gwp, made["van_diesel_per_km"].edition) == ("AR5", "2025")
    assert (made["grid"].gas, made["grid"].year, made["grid"].edition) == ("CO2", None, "2026 release")
    said = capsys.readouterr().out
    for reason in ("3 factors", "dropped 1: licence 'claim'", "licence 'all rights reserved'", "dropped 1: no address"):
        assert reason in said


@pytest.mark.skipif(not COLLECTED.exists(), reason="the collected factor table is not beside this checkout")
def test_the_bundled_file_is_what_the_script_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_factors, "TARGET", tmp_path / "factors.csv")
    make_factors.main([str(COLLECTED), str(ADDITIONS)])
    assert (tmp_path / "factors.csv").read_bytes() == ADDITIONS.with_name("factors.csv").read_bytes()
