"""``swiftleaf siting``: files in, files out, every mistake in a sentence."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import shapely

import maps
from dispatch.request import RiderKind
from dispatch.siting import Siting
from service.cli.siting import VehicleName
from tests.service.test_cli import run

LON, LAT = maps.SAMPLE_STORE


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SWIFTLEAF_DATA_DIR", str(tmp_path / "data"))


def candidates() -> str:
    """Three places a kilometre apart and one at sea."""
    rows = [f"place-{i},{LON + 0.01 * i},{LAT}" for i in range(3)]
    Path("places.csv").write_text("\n".join(["id,lon,lat", *rows, f"sea,{LON - 0.5},{LAT}"]) + "\n")
    return "places.csv"


def demand() -> str:
    """Seven orders at the first place, five at the second, two at the third."""
    rows: list[dict[str, Any]] = [
        {"location": [LON + 0.01 * i, LAT], "weight": weight} for i, weight in enumerate((7, 5, 2))
    ]
    Path("demand.json").write_text(json.dumps(rows))
    return "demand.json"


FEW = ("siting", "--minutes", "1", "--candidates", "places.csv", "--demand", "demand.json")


def test_vehicles_are_those_of_dispatch() -> None:
    assert [vehicle.value for vehicle in VehicleName] == [kind.value for kind in RiderKind]


def test_sites_of_the_bundled_city() -> None:
    """Its people are the demand, and a grid the places; the answer is proven."""
    said = run("siting", "--k", "2", "--minutes", "8", "--grid", "2000", "--out", "sites")
    found = Siting.model_validate_json(Path("sites/siting.json").read_bytes())
    assert found.proven
    assert f"{found.share:.1%} within 8 minutes; no choice reaches more." in said.stdout
    assert "Stores for 451,899 people, 8 minutes" in said.stdout
    assert len(found.stores) == 2
    drawing = json.loads(Path("sites/siting.geojson").read_text())
    drawn = {(f["properties"]["id"], f["properties"]["is"]): f["geometry"] for f in drawing["features"]}
    assert set(drawn) == {(store.id, kind) for store in found.stores for kind in ("area", "store")}
    people = maps.bundled_people()
    for store in found.stores:
        area, point = (shapely.geometry.shape(drawn[store.id, kind]) for kind in ("area", "store"))
        assert area.contains(point)
        assert people.within(area) == pytest.approx(store.reached, rel=0.2)


def test_places_and_demand_from_files() -> None:
    candidates()
    demand()
    said = run(*FEW, "--k", "2", "--out", ".")
    found = Siting.model_validate_json(Path("siting.json").read_bytes())
    assert [(store.id, store.reached) for store in found.stores] == [("place-0", 7), ("place-1", 5)]
    assert found.unreachable == ("sea",)
    assert "Without a way to any demand: sea." in said.stderr
    assert "demand reached" in said.stdout
    run(*FEW, "--k", "1", "--open", "place-2", "--open", "sea", "--vehicle", "moped", "--out", ".")
    found = Siting.model_validate_json(Path("siting.json").read_bytes())
    assert [(store.id, store.open) for store in found.stores] == [("place-2", True), ("sea", True), ("place-0", False)]
    assert json.loads(Path("siting.geojson").read_text())["features"][-1]["properties"]["id"] == "place-0"


def test_a_map_of_ones_own_needs_demand() -> None:
    maps.bundled_map().save(Path("la_serena.npz"))
    candidates()
    said = run("siting", "--k", "1", "--minutes", "5", "--map", "la_serena.npz", code=2).stderr
    assert "map 'la_serena' has no census zones; say where demand is with --demand FILE" in said
    demand()
    assert "50.0%" in run(*FEW, "--k", "1", "--map", "la_serena.npz").stdout


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ("id,lon\na,1\n", "places.csv: has no column 'lat'"),
        ("", "places.csv: has no column 'lon'"),
        ("id,lon,lat\na,x,1\nb,1,\n", "places.csv: line 2: lon is 'x', not a number"),
        ("id,lon,lat\nb,1\n", "places.csv: line 2: lat is None, not a number"),
        ("id,lon,lat\na,1,99\n", "places.csv: $[0].location: latitude 99.0 is outside -90..90"),
        ("id,lon,lat,colour\na,1,9,red\n", "places.csv: $[0].colour: there is no such field"),
        ("id,lon,lat\na,1,9,red\n", "places.csv: $[0].surplus: there is no such field"),
        ("lon,lat\n1,9\n", "places.csv: $[0].id: this field is required"),
        ("id,lon,lat\n", "siting: $.candidates:"),
        ('id,lon,lat\n"a,1,9\n', "places.csv: is neither JSON nor CSV"),
        ("[{}]", "places.csv: $[0].id: this field is required"),
        ("[", "places.csv: $: "),
        ("id,lon,lat\na,1,9\na,1,9\n", "siting: $.candidates[1].id: 'a' is already the id"),
    ],
)
def test_places_that_cannot_be_read(places: str, said: str) -> None:
    demand()
    Path("places.csv").write_text(places)
    assert said in run(*FEW, "--k", "1", code=2).stderr
    assert not Path("out/siting.json").exists()


def test_what_cannot_be_sited_is_said_in_a_sentence() -> None:
    candidates()
    demand()
    assert "siting: $.k: 9 is outside 1..4" in run(*FEW, "--k", "9", code=2).stderr
    assert "no candidate has the id 'x'" in run(*FEW, "--k", "1", "--open", "x", code=2).stderr
    assert "4 stores to choose from 3 candidates; no way leads from ['sea']" in run(*FEW, "--k", "4", code=2).stderr
    both = run("siting", "--k", "1", "--minutes", "1", "--candidates", "-", "--demand", "-", code=2, given="")
    assert "standard input can be read once" in both.stderr
    Path("demand.json").write_text("[]")
    assert "demand.json: there is no demand in it" in run(*FEW, "--k", "1", code=2).stderr
    Path("demand.json").write_bytes(b"\xff\xfe")
    assert "demand.json: is neither JSON nor CSV" in run(*FEW, "--k", "1", code=2).stderr
    for bad in (("--k", "0"), ("--minutes", "nan"), ("--grid", "500"), ("--vehicle", "horse")):
        run(*FEW, "--k", "1", *bad, code=2)
    Path("file").write_text("")
    assert "cannot be made a folder" in run(*FEW, "--k", "1", "--out", f"file{os.sep}x", code=2).stderr


@pytest.mark.parametrize("metres", ["0", "-1000", "nan", "inf", "1e300", "1e-300", "99"])
def test_a_grid_that_cannot_be_is_named(metres: str) -> None:
    demand()
    said = run("siting", "--k", "1", "--minutes", "5", "--demand", "demand.json", "--grid", metres, code=2).stderr
    assert f"siting: $.grid_m: {float(metres):g}; give 100 to 100000 metres between the places" in said


def test_a_grid_too_fine_is_named_and_so_are_weights_of_zero() -> None:
    said = run("siting", "--k", "1", "--minutes", "5", "--grid", "100", code=2).stderr
    assert "siting: $.grid_m: 100 m make " in said
    assert "at most 2000: give more metres" in said
    Path("demand.csv").write_text(f"lon,lat,weight\n{LON},{LAT},0\n")
    said = run("siting", "--k", "1", "--minutes", "5", "--demand", "demand.csv", code=2).stderr
    assert "siting: $.demand: there is no demand to reach; give points with a weight above zero" in said
