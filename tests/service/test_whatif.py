"""The commands that ask what if, and the ledger's record, in this process."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import carbon
import dispatch
from carbon.reports import OrderLabel
from service.cli import app
from service.cli.carbon import PackagingName, VehicleName
from tests.service.documents import example, straight
from tests.service.test_cli import run, write


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SWIFTLEAF_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def planned() -> tuple[str, str]:
    request = write("request.json", example())
    run("plan", request, "--out", "plan.json", "--engine", "greedy")
    return request, "plan.json"


def test_names_are_those_of_dispatch() -> None:
    assert [each.value for each in VehicleName] == [each.value for each in dispatch.ScenarioVehicle]
    assert [each.value for each in PackagingName] == [each.value for each in dispatch.Packaging]
    assert {"frontier", "compare"} <= {command.callback.__name__ for command in app.registered_commands}  # type: ignore[union-attr]


def test_a_frontier_is_plans_and_a_chart() -> None:
    request = write("request.json", straight())
    said = run("frontier", request, "--out", "plans.json", "--chart", "f.svg", "--points", "3", "--time-limit", "0.1")
    plans = [dispatch.Plan.model_validate(each) for each in json.loads(Path("plans.json").read_text())]
    assert plans
    assert said.stderr.count("gCO2e of transport") == len(plans)
    assert ET.fromstring(Path("f.svg").read_text()).tag.endswith("svg")  # noqa: S314 - our own file


def test_a_comparison_says_what_changes_and_adds_up(planned: tuple[str, str]) -> None:
    said = run("compare", *planned, "--vehicle", "diesel_van", "--out", "c.json").stdout
    found = dispatch.Comparison.model_validate_json(Path("c.json").read_bytes())
    assert found.total_gco2e > 0
    assert f"{found.total_gco2e:+.0f} gCO2e over {len(found.orders)} orders" in said
    assert found.other.totals.total_gco2e - found.base.totals.total_gco2e == pytest.approx(found.total_gco2e, rel=1e-9)
    low, high = map(float, re.findall(r"between ([+-]\d+) and ([+-]\d+)", said)[0])
    assert low <= found.total_gco2e <= high
    assert "packaging +0" in said


def test_a_comparison_needs_a_change_and_a_grid_that_is_there(planned: tuple[str, str]) -> None:
    assert "nothing is changed" in run("compare", *planned, code=2).stderr
    assert "'Atlantis'" in run("compare", *planned, "--region", "Atlantis", code=2).stderr
    assert "carton" in run("compare", *planned, "--packaging", "carton").stdout


def test_a_recorded_plan_verifies_and_replays(planned: tuple[str, str]) -> None:
    said = run("ledger", "record", "book.jsonl", *planned).stdout
    assert "Wrote entry 2 to book.jsonl" in said
    run("ledger", "record", "book.jsonl", *planned)
    assert "valid: 3 entries" in run("ledger", "verify", "book.jsonl").stdout
    assert "2 of 2 footprints" in run("ledger", "replay", "book.jsonl").stdout
    (edition, first, _) = carbon.Ledger(Path("book.jsonl")).entries()
    assert edition.kind == "edition"
    plan = dispatch.Plan.model_validate_json(Path("plan.json").read_bytes())
    totals = carbon.Report.model_validate(first.record["figures"]).totals
    assert totals.transport_gco2e == pytest.approx(plan.summary.transport_gco2e, rel=1e-9)


def test_a_plan_is_recorded_by_ones_own_factors(planned: tuple[str, str]) -> None:
    region = json.loads(Path(planned[0]).read_text())["stores"][0]["region"]
    Path("own.csv").write_text(
        "key,name,value,lower,upper,unit,gas,gwp,region,year,edition,source,address,licence\n"
        f"electricity_generation_intensity,own grid,0.31,,,kgCO2e/kWh,CO2e,,{region},2026,,own,own,own\n"
    )
    run("ledger", "record", "book.jsonl", *planned, "--factors", "own.csv")
    (entry,) = carbon.Ledger("book.jsonl").entries(kind="footprint")
    report = carbon.Report.model_validate(entry.record["figures"])
    assert "own grid" in [factor.name for factor in report.factors]
    assert "1 of 1 footprints" in run("ledger", "replay", "book.jsonl").stdout
    assert "no.csv" in run("ledger", "record", "book.jsonl", *planned, "--factors", "no.csv", code=2).stderr


def test_a_record_of_nonsense_is_refused_in_a_sentence(planned: tuple[str, str]) -> None:
    assert "no.json" in run("ledger", "record", "book.jsonl", planned[0], "no.json", code=2).stderr
    Path("torn.jsonl").write_text('{"at":')
    assert "torn.jsonl" in run("ledger", "record", "torn.jsonl", *planned, code=2).stderr


def test_a_label_is_a_card_or_json(planned: tuple[str, str]) -> None:
    said = run("label", *planned, "order-1", "--out", "label.svg")
    assert "order order-1: " in said.stderr
    assert "order-1" in Path("label.svg").read_text()
    run("label", *planned, "order-1", "--out", "label.json")
    label = OrderLabel.model_validate_json(Path("label.json").read_bytes())
    assert label.total_gco2e == pytest.approx(label.a_transport_gco2e + label.b_packaging_gco2e)
    assert "serves no order 'order-9'" in run("label", *planned, "order-9", "--out", "-", code=2).stderr


def test_a_record_keeps_the_accounts_of_its_stores(planned: tuple[str, str]) -> None:
    (store,) = example()["stores"]
    hub = {
        "store_id": store["id"],
        "region": store["region"],
        "first_day": "2026-01-01",
        "last_day": "2026-12-31",
        "left_kg": {"ambient": 1000.0, "chilled": 1000.0},
        "shared": {"grid_kwh": 100.0},
    }
    accounts = write("accounts.json", {"hubs": [hub]})
    run("ledger", "record", "book.jsonl", *planned, "--accounts", accounts)
    assert "1 of 1 footprints" in run("ledger", "replay", "book.jsonl").stdout
    *_, entry = carbon.Ledger(Path("book.jsonl")).entries()
    assert carbon.Report.model_validate(entry.record["figures"]).totals.hub_gco2e is not None
