"""The same pipeline on a Chinese city, where its extract is at hand."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import dispatch
import maps
from tests.acceptance.command import swiftleaf

EXTRACT = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "maps" / "shenzhen_nanshan.osm.pbf"
CENTRE = (113.9455, 22.5505)
pytestmark = pytest.mark.skipif(
    not EXTRACT.exists(), reason=f"the extract {EXTRACT.name} is not in ../shared/data/maps"
)


@pytest.fixture
def request_file(tmp_path: Path) -> str:
    """Twelve orders within some 800 m of the store, four riders."""
    rng = np.random.default_rng(0)
    now = datetime.fromisoformat("2026-03-06T19:00:00+08:00")
    request = dispatch.PlanRequest(
        now=now,
        stores=[dispatch.Store(id="南山店", location=CENTRE, region="CN-GD")],
        orders=[
            dispatch.Order(
                id=f"订单{i}",
                store_id="南山店",
                location=(CENTRE[0] + float(east), CENTRE[1] + float(north)),
                placed_at=now,
                ready_at=now + timedelta(minutes=5),
                promised_at=now + timedelta(minutes=30),
                mass_kg=2.0,
            )
            for i, (east, north) in enumerate(rng.uniform(-0.007, 0.007, size=(12, 2)))
        ],
        riders=[dispatch.Rider(id=f"骑手{i}", store_id="南山店") for i in range(4)],
        travel=dispatch.MapTravel(name="shenzhen_nanshan"),
    )
    (tmp_path / "request.json").write_text(request.model_dump_json(), encoding="utf-8")
    return "request.json"


def chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def test_plans_on_shenzhen(tmp_path: Path, request_file: str) -> None:
    chosen = ("--map", str(EXTRACT))
    swiftleaf("plan", request_file, "--out", "plan.json", "--geojson", "plan.geojson", *chosen, folder=tmp_path)
    swiftleaf("check", request_file, "plan.json", *chosen, folder=tmp_path)
    plan = dispatch.Plan.model_validate_json((tmp_path / "plan.json").read_bytes())
    assert plan.summary.served > 0
    assert plan.summary.served + plan.summary.unserved == 12
    lines = [
        f for f in json.loads((tmp_path / "plan.geojson").read_text())["features"] if f["properties"]["role"] == "trip"
    ]
    assert len(lines) == len(plan.trips)
    assert all(len(line["geometry"]["coordinates"]) > 2 for line in lines), "trips follow the streets"


def test_street_names_are_intact(tmp_path: Path) -> None:
    info = swiftleaf("map", "info", str(EXTRACT), folder=tmp_path).stdout
    names = info.split("longest streets")[1].strip().split(", ")
    assert all(chinese(name) for name in names), names
    swiftleaf("map", "build", str(EXTRACT), "--out", "nanshan.npz", folder=tmp_path)
    drawn = maps.streets_geojson(maps.read_map(tmp_path / "nanshan.npz"), CENTRE, 1_600)
    found = {feature["properties"]["name"] for feature in drawn["features"]}
    assert {name.strip() for name in names} & found
