"""``swiftleaf twin``: what it prints and writes, and what it says of unusable input."""

import json
import resource
from pathlib import Path

import pytest
from typer.testing import CliRunner

import maps
from dispatch.twin import SCENARIOS, DayResult, Demand, World, read_world, sample_world
from service.cli import app
from service.cli.twin import ScenarioName

RUN = CliRunner()


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario's file: the sample store for half an hour of an evening."""
    sample = sample_world(riders=3, drones=0)
    quarters = [0.0] * 96
    quarters[74:76] = [3.0, 3.0]
    demand = Demand(orders_per_quarter=tuple(quarters), places=sample.demand.places[::10])
    file = tmp_path_factory.mktemp("world") / "evening.json"
    file.write_text(sample.model_copy(update={"demand": demand, "name": "evening"}).model_dump_json())
    return file


def test_the_scenarios_have_the_library_s_names() -> None:
    assert [each.value for each in ScenarioName] == list(SCENARIOS)


def test_days_are_played_printed_and_written(evening: Path, tmp_path: Path) -> None:
    done = RUN.invoke(app, ["twin", "--world", str(evening), "--seeds", "2", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "on time, %" in done.stdout
    assert "2 days" in done.stdout
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    days = [DayResult.model_validate(each) for each in results["days"]]
    assert [each.seed for each in days] == [0, 1]
    assert results["summary"]["measures"]["trips"]["n"] == 2
    assert read_world((tmp_path / "out" / "world.json").read_text()) == read_world(evening.read_text())
    events = [json.loads(line) for line in (tmp_path / "out" / "log.jsonl").read_text().splitlines()]
    placed = [each for each in events if each.get("event", {}).get("kind") == "order_placed"]
    assert len(placed) == days[0].accepted
    drawn = json.loads((tmp_path / "out" / "tracks.geojson").read_text())
    assert sum(each["properties"]["role"] == "track" for each in drawn["features"]) == days[0].trips


def test_options_change_the_world(evening: Path, tmp_path: Path) -> None:
    options = ["--riders", "2", "--drones", "1", "--radius", "1.5", "--promise", "25", "--seeds", "1"]
    done = RUN.invoke(app, ["twin", "--world", str(evening), *options, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    world = World.model_validate_json((tmp_path / "world.json").read_text())
    assert (len(world.crews), len(world.drones), world.promise_min) == (2, 1, 25.0)
    assert world.radius.metres == 1_500.0


def test_a_world_without_riders_is_played_with_those_of_the_options(evening: Path, tmp_path: Path) -> None:
    nobody = json.loads(evening.read_text()) | {"crews": []}
    file = tmp_path / "nobody.json"
    file.write_text(json.dumps(nobody))
    asked = ["twin", "--world", str(file), "--seeds", "1"]
    assert f"{file}: $.crews: no riders and no drones" in RUN.invoke(app, asked).stderr
    done = RUN.invoke(app, [*asked, "--riders", "2", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert len(World.model_validate_json((tmp_path / "out" / "world.json").read_text()).crews) == 2


def test_a_day_without_orders_says_so(evening: Path, tmp_path: Path) -> None:
    document = json.loads(evening.read_text())
    document["demand"]["orders_per_quarter"] = [0.0] * 96
    (tmp_path / "quiet.json").write_text(json.dumps(document))
    done = RUN.invoke(app, ["twin", "--world", str(tmp_path / "quiet.json"), "--seeds", "1"])
    assert done.exit_code == 0, done.output
    assert "no orders" in done.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--riders", "0"], "no riders and no drones"),
        (["--radius", "0"], "a radius of zero reaches nobody"),
        (["--radius", "-1"], "$.radius.metres"),
        (["--radius", "500"], "beyond the map"),
        (["--radius", "nan"], "$.radius.metres"),
        (["--promise", "0"], "$.promise_min"),
        (["--map", "nowhere.osm.pbf"], "nowhere.osm.pbf"),
    ],
)
def test_unusable_options_are_said_in_sentences(evening: Path, options: list[str], said: str) -> None:
    done = RUN.invoke(app, ["twin", "--world", str(evening), *options])
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.output


def test_unusable_files_are_said_in_sentences(evening: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.json").write_text(evening.read_text()[:500])
    misspelt = json.loads(evening.read_text()) | {"colour": "red"}
    (tmp_path / "misspelt.json").write_text(json.dumps(misspelt))
    for name, said in (("cut.json", "JSON"), ("misspelt.json", "$.colour"), ("missing.json", "cannot be read")):
        done = RUN.invoke(app, ["twin", "--world", str(tmp_path / name)])
        assert done.exit_code == 2
        assert said in done.stderr
    (tmp_path / "out" / "log.jsonl").mkdir(parents=True)
    for out, said in ((evening / "out", "--out"), (tmp_path / "out", "log.jsonl: is a folder")):
        done = RUN.invoke(app, ["twin", "--world", str(evening), "--out", str(out)])
        assert done.exit_code == 2
        assert said in done.stderr


def test_a_world_around_a_store_of_ones_own_can_be_played(tmp_path: Path) -> None:
    mine, out = tmp_path / "mine.npz", tmp_path / "mine.json"
    maps.bundled_map().save(mine)
    store = f"--store={maps.SAMPLE_STORE[0]},{maps.SAMPLE_STORE[1]}"
    asked = ["world", store, "--store", "-71.2441,-29.9209", "--region", "CL", "--map", str(mine), "--out", str(out)]
    made = RUN.invoke(app, [*asked, "--riders", "2", "--radius", "1.5", "--orders-per-day", "30"])
    assert made.exit_code == 0, made.output
    world = World.model_validate_json(out.read_text())
    assert [each.location for each in world.stores] == [maps.SAMPLE_STORE, (-71.2441, -29.9209)]
    assert (len(world.crews), world.radius.metres, world.travel.name) == (4, 1_500.0, "mine")  # type: ignore[union-attr]
    assert sum(world.demand.orders_per_quarter) == pytest.approx(30, abs=0.01)
    assert {place.people for place in world.demand.places} == {0.0}  # nobody knows who lives on this map
    done = RUN.invoke(app, ["twin", "--world", str(out), "--map", str(mine), "--seeds", "1"])
    assert done.exit_code == 0, done.output
    assert "on time, %" in done.stdout


@pytest.mark.parametrize(
    ("store", "region", "said"),
    [
        ("12", "CL", "give longitude and latitude"),
        ("500,3", "CL", "longitude 500.0"),
        ("nan,3", "CL", "finite"),
        ("121.47,31.23", "CN", "nobody lives beside a street"),
        ("-71.2463,-29.8981", "ZZZ", "region is 'ZZZ'"),
    ],
)
def test_a_world_that_cannot_be_is_not_written(tmp_path: Path, store: str, region: str, said: str) -> None:
    out = tmp_path / "world.json"
    refused = RUN.invoke(app, ["world", "--store", store, "--region", region, "--out", str(out)])
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert not out.exists()


def test_a_log_that_cannot_be_written_on_is_said_in_a_sentence(evening: Path, tmp_path: Path) -> None:
    asked = ["twin", "--world", str(evening), "--seeds", "1", "--out", str(tmp_path)]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    assert RUN.invoke(app, asked).exit_code == 0  # all is compiled, and kept
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, before[1]))  # as if the disk were full then
    try:
        done = RUN.invoke(app, asked)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert done.exit_code == 2, done.output
    assert f"{tmp_path / 'log.jsonl'}: cannot be written" in done.stderr
