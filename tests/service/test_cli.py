"""The command line, in this process: every command, every mistake in a sentence."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

import dispatch
import maps
from service.cli import EngineName, app
from tests.service.documents import LEFT_OUT, NOT_JSON, REFUSED, LeftOut, Refused, example, straight, with_order


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SWIFTLEAF_DATA_DIR", str(tmp_path / "data"))


def run(*arguments: str, code: int = 0, given: str | bytes | None = None) -> Result:
    """Run ``swiftleaf ARGUMENTS`` and check its exit code; nothing but an exit may come out."""
    result = CliRunner().invoke(app, arguments, input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    return result


def write(name: str, document: Any) -> str:
    Path(name).write_text(json.dumps(document))
    return name


def test_the_command_line_knows_its_commands_without_loading_what_they_do() -> None:
    loaded = (
        "import service.cli, sys; print([name for name in ('fastapi', 'numpy', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_engines_are_those_of_dispatch() -> None:
    assert [engine.value for engine in EngineName] == list(dispatch.ENGINES)


def test_auto_is_what_the_help_says() -> None:
    said = " ".join(run("plan", "--help").stdout.replace("│", " ").split())
    assert "auto is columns" in said
    request = write("request.json", straight())
    run("plan", request, "--out", "plan.json", "--engine", "auto", "--time-limit", "0.1")
    assert dispatch.Plan.model_validate_json(Path("plan.json").read_bytes()).engine == "columns"


def test_plan_then_check() -> None:
    request = write("request.json", example())
    said = run("plan", request, "--out", "plan.json", "--geojson", "plan.geojson", "--engine", "greedy")
    assert "3 of 3 orders served" in said.stderr
    assert said.stdout == ""
    plan = dispatch.Plan.model_validate_json(Path("plan.json").read_bytes())
    assert plan.engine == "greedy"
    assert json.loads(Path("plan.geojson").read_text())["type"] == "FeatureCollection"
    assert "valid" in run("check", request, "plan.json").stdout


def test_plan_from_standard_input_to_standard_output() -> None:
    said = run("plan", "-", "--out", "-", "--engine", "greedy", "--seed", "7", given=json.dumps(straight()))
    assert dispatch.Plan.model_validate_json(said.stdout).seed == 7


def test_map_given_by_file_is_named_by_its_stem() -> None:
    maps.bundled_map().save(Path("la_serena.npz"))
    request = write("request.json", example(travel={"kind": "map", "name": "la_serena"}))
    run("plan", request, "--out", "plan.json", "--map", "la_serena.npz", "--engine", "greedy")
    run("check", request, "plan.json", "--map", "la_serena.npz")
    assert "la_serena" in run("check", request, "plan.json", code=2).stderr


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_unusable_requests_are_refused_with_every_fault(case: Refused) -> None:
    Path("request.json").write_bytes(case.body())
    lines = run("plan", "request.json", "--out", "plan.json", code=2).stderr.splitlines()
    assert {line.split(": ")[1] for line in lines} == set(case.paths)
    assert not Path("plan.json").exists()


@pytest.mark.parametrize("case", LEFT_OUT.values(), ids=LEFT_OUT.keys())
def test_one_bad_order_is_left_out_and_the_rest_planned(case: LeftOut) -> None:
    request = write("request.json", case.make())
    assert "2 of 3 orders served" in run("plan", request, "--out", "plan.json", "--engine", "greedy").stderr
    plan = dispatch.Plan.model_validate_json(Path("plan.json").read_bytes())
    assert [(item.order_id, item.code) for item in plan.unserved] == [("order-2", case.code)]
    run("check", request, "plan.json")


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_json(body: bytes) -> None:
    Path("x.json").write_bytes(body)
    request = write("request.json", straight())
    for command in (
        ("plan", "x.json", "--out", "plan.json"),
        ("check", "x.json", "x.json"),
        ("check", request, "x.json"),
    ):
        (line,) = run(*command, code=2).stderr.splitlines()
        assert line.startswith("x.json: $: ")


def test_documents_over_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("huge.json").write_bytes(b" " * 50_000_000)
    assert f"over the limit of {16 * 2**20} bytes" in run("plan", "huge.json", "--out", "-", code=2).stderr
    monkeypatch.setenv("SWIFTLEAF_MAX_BODY_BYTES", "2000")
    assert "over the limit of 2000 bytes" in run("check", "huge.json", "huge.json", code=2).stderr


@pytest.mark.parametrize("name", ["absent.json", "."])
def test_files_that_cannot_be_read(name: str) -> None:
    request = write("request.json", straight())
    assert "cannot be read" in run("plan", name, "--out", "plan.json", code=2).stderr
    assert "cannot be read" in run("check", request, name, code=2).stderr


@pytest.mark.parametrize("out", ["absent/plan.json", ".", "request.json/plan.json"])
def test_places_that_cannot_be_written(out: str) -> None:
    request = write("request.json", straight())
    assert "--out" in run("plan", request, "--out", out, code=2).stderr or out == "."
    assert "request.json" in run("demo", "--once", "--out", "request.json", code=2).stderr


def test_plan_that_is_not_one() -> None:
    request = write("request.json", straight())
    lines = run("check", request, write("plan.json", {"trips": 3}), code=2).stderr.splitlines()
    assert "plan.json: $.now: this field is required" in lines
    assert any(line.startswith("plan.json: $.trips: ") for line in lines)


@pytest.mark.parametrize(
    "arguments",
    [("--time-limit", "0"), ("--time-limit", "nan"), ("--time-limit", "inf"), ("--engine", "magic"), ("--seed", "-1")],
)
def test_options_that_cannot_be(arguments: tuple[str, str]) -> None:
    request = write("request.json", straight())
    assert "Invalid value" in run("plan", request, "--out", "-", *arguments, code=2).stderr


BAD_MAPS = {
    "empty.osm.pbf": b"",
    "cut.osm.pbf": (Path(maps.__file__).parent / "sample" / "coquimbo.osm.pbf").read_bytes()[:100_000],
    "picture.osm.pbf": b"\x89PNG\r\n\x1a\n" + bytes(1000),
    "page.osm": b"<html><body>404</body></html>",
    "streetless.osm": b'<osm version="0.6"><node id="1" lat="1" lon="1"/></osm>',
    "city.txt": b"streets",
    "broken.npz": b"PK\x03\x04 nothing",
}


@pytest.mark.parametrize("name", [*BAD_MAPS, "absent.osm.pbf"])
def test_maps_that_are_not(name: str) -> None:
    if name in BAD_MAPS:
        Path(name).write_bytes(BAD_MAPS[name])
    request = write("request.json", straight())
    for command in (
        ("map", "info", name),
        ("map", "build", name, "--out", "built.npz"),
        ("plan", request, "--out", "plan.json", "--map", name),
    ):
        (line,) = run(*command, code=2).stderr.splitlines()
        assert name in line
    assert not Path("built.npz").exists()


TOC = {
    "tocId": "van",
    "mode": "Road",
    "energyCarriers": [
        {
            "energyCarrier": "Diesel",
            "relativeShare": "1",
            "energyConsumption": "0.05",
            "energyConsumptionUnit": "l",
            "emissionFactorWTW": "3.2",
            "emissionFactorTTW": "2.6",
        }
    ],
    "co2eIntensityWTW": "0.16",
    "co2eIntensityTTW": "0.13",
    "transportActivityUnit": "tkm",
}


def test_exchange_check_recomputes_documents() -> None:
    assert "all adds up: 1 documents" in run("exchange", "check", write("toc.json", [TOC])).stdout
    wrong = write("wrong.json", [TOC | {"mode": "Drone"}, TOC | {"co2eIntensityWTW": "0.17"}])
    lines = run("exchange", "check", wrong, code=1).stdout.splitlines()
    assert lines[0].startswith("$[0].mode: says 'Drone', should be one of Road, Rail, Air")
    assert lines[1].startswith("$[1].co2eIntensityWTW: says 0.17, should be 0.16 (give or take")
    said = run("exchange", "check", "-", code=1, given=json.dumps([3, TOC])).stdout
    assert said.startswith("$[0]: says 3, should be a PACT product footprint")


def test_exchange_check_tells_what_it_could_not_recompute() -> None:
    trusted = copy.deepcopy(TOC) | {"co2eIntensityWTW": "123456"}
    del trusted["energyCarriers"][0]["energyConsumption"]  # type: ignore[attr-defined]
    lines = run("exchange", "check", write("trusted.json", [trusted])).stdout.splitlines()
    assert lines[0].startswith("$[0].co2eIntensityWTW: 123456 is not recomputable because energyConsumption of")
    assert lines[-1] == "nothing contradicts, but 2 figures could not be recomputed: 1 documents"
    both = run("exchange", "check", write("both.json", [trusted, TOC | {"tocId": "v", "mode": "Drone"}]), code=1)
    assert len(both.stdout.splitlines()) == 3
    assert both.stderr.strip() == "1 do not hold, and 2 figures could not be recomputed"


@pytest.mark.parametrize(
    ("given", "said"), [("{", "-: $: line 1, column 2"), ("[]", "-: holds no document"), ("3", "-: $: is no document")]
)
def test_what_is_no_exchange_document_is_refused(given: str, said: str) -> None:
    assert run("exchange", "check", "-", code=2, given=given).stderr.startswith(said)


def test_map_build_and_info() -> None:
    sample = Path(maps.__file__).parent / "sample" / "coquimbo.osm.pbf"
    built = run("map", "build", str(sample), "--out", "city.npz")
    assert "Wrote city.npz; requests name it 'city'" in built.stdout
    info = run("map", "info", "city.npz").stdout
    assert "Map city" in info
    assert "Avenida" in info
    assert "13,345" in run("map", "info").stdout
    assert "ends in .npz" in run("map", "build", str(sample), "--out", "city.txt", code=2).stderr


def test_a_sample_on_a_map_without_a_name_is_refused() -> None:
    assert "--map: $.name: " in run("sample", "--map", "", "--out", "x", code=2).stderr
    assert not Path("x").exists()


def test_settings_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    request = write("request.json", straight())
    monkeypatch.setenv("SWIFTLEAF_PORT", "many")
    monkeypatch.setenv("SWIFTLEAF_WORKERS", "0")
    lines = run("plan", request, "--out", "-", code=2).stderr.splitlines()
    assert [line.split(":")[0] for line in lines[:2]] == ["setting port", "setting workers"]
    monkeypatch.setenv("SWIFTLEAF_MAPS", "{")
    assert "maps" in run("doctor", code=2).stderr


def test_what_no_fleet_can_be_reached_at_is_said() -> None:
    said = run("worker", "--scheduler", "foo://host:8786", code=2).stderr
    assert "setting scheduler: 'foo://host:8786' is no address of a scheduler, such as tcp://host:8786" in said
    said = run("scheduler", "--host", "192.0.2.1", "--port", "0", code=2).stderr
    assert "cannot listen on 192.0.2.1:0 (" in said
    assert "choose another --host" in said


def test_violations_are_listed() -> None:
    request = write("request.json", with_order(0, straight()))
    run("plan", request, "--out", "plan.json", "--engine", "greedy")
    plan = json.loads(Path("plan.json").read_text())
    plan["trips"][0]["vehicle_id"] = "nobody"
    said = run("check", request, write("plan.json", plan), code=1).stdout
    assert said.startswith("vehicle_unknown: $.trips[0]")


def test_demo_writes_what_it_prints() -> None:
    said = run(
        "demo", "--once", "--out", "a/b", "--orders", "8", "--riders", "1", "--drones", "0", "--engine", "greedy"
    )
    plan = dispatch.Plan.model_validate_json(Path("a/b/plan.json").read_bytes())
    report = json.loads(Path("a/b/carbon.json").read_text())
    assert f"{plan.summary.served} of 8" in said.stdout
    assert f"{report['totals']['transport_gco2e'] / plan.summary.served:.1f}" in said.stdout
    assert all(item.order_id in said.stdout for item in plan.unserved)
    assert run("demo", "--once", "--out", "none", "--orders", "0").stdout.startswith("Plan")
