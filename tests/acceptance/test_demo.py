"""The demo from outside, and the checker against plans that were tampered with."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dispatch
import maps
from tests.acceptance.command import swiftleaf

Json = dict[str, Any]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which ``swiftleaf demo --once --out out`` was run; what it printed is in printed.txt."""
    folder = tmp_path_factory.mktemp("demo")
    said = swiftleaf("demo", "--once", "--out", "out", folder=folder)
    (folder / "printed.txt").write_text(said.stdout, encoding="utf-8")
    return folder


def read(demo: Path, name: str) -> Json:
    document: Json = json.loads((demo / "out" / name).read_text(encoding="utf-8"))
    return document


def test_demo_plans_sixty_orders_and_says_what_they_emit(demo: Path) -> None:
    plan, report, printed = read(demo, "plan.json"), read(demo, "carbon.json"), (demo / "printed.txt").read_text()
    assert plan["summary"]["orders"] == 60
    assert plan["verdict"]["valid"]
    assert plan["summary"]["served"] + len(plan["unserved"]) == 60
    assert f"{plan['summary']['served']} of 60" in printed
    assert f"{plan['cost']['total']:.2f}" in printed
    served = {stop["order_id"] for trip in plan["trips"] for stop in trip["stops"]}
    assert {order["order_id"] for order in report["orders"]} == served
    totals = report["totals"]
    assert totals["total_gco2e"] == pytest.approx(totals["transport_gco2e"] + totals["packaging_gco2e"])
    for figure in ("transport_gco2e", "packaging_gco2e"):
        assert f"{totals[figure] / len(served):.1f}" in printed


def test_demo_draws_every_stop_trip_and_unserved_order(demo: Path) -> None:
    plan, drawing = read(demo, "plan.json"), read(demo, "plan.geojson")
    roles = [feature["properties"]["role"] for feature in drawing["features"]]
    assert roles.count("store") == 1
    assert roles.count("trip") == len(plan["trips"])
    assert roles.count("stop") == plan["summary"]["served"]
    assert roles.count("unserved") == len(plan["unserved"])


def test_same_seed_gives_the_same_request_in_another_process(demo: Path) -> None:
    here = dispatch.dinner_peak(maps.bundled_map(), maps.bundled_people(), seed=0)
    assert dispatch.read_request((demo / "out" / "request.json").read_bytes()) == here
    assert dispatch.dinner_peak(maps.bundled_map(), maps.bundled_people(), seed=1) != here


def test_checker_accepts_the_demos_plan(demo: Path) -> None:
    assert swiftleaf("check", "out/request.json", "out/plan.json", folder=demo).stdout.startswith("valid: ")


def longest_trip(plan: Json) -> Json:
    """The trip with the most stops."""
    trip: Json = max(plan["trips"], key=lambda trip: len(trip["stops"]))
    return trip


def move_a_stop(plan: Json) -> None:
    stop = longest_trip(plan)["stops"][0]
    minute = int(stop["arrive_at"][14:16])
    stop["arrive_at"] = f"{stop['arrive_at'][:14]}{(minute + 7) % 60:02d}{stop['arrive_at'][16:]}"


def drop_an_order(plan: Json) -> None:
    longest_trip(plan)["stops"].pop()


def overload_a_rider(plan: Json) -> None:
    riders = [trip for trip in plan["trips"] if trip["vehicle_kind"] == "rider"]
    first = max(riders, key=lambda trip: len(trip["stops"]))
    for other in riders:
        if other is not first and len(first["stops"]) <= 5:
            first["stops"] += other["stops"]
            other["stops"] = []


@pytest.mark.parametrize(
    ("tamper", "code"),
    [(move_a_stop, "wrong_time"), (drop_an_order, "order_missing"), (overload_a_rider, "over_orders")],
)
def test_checker_names_what_was_tampered_with(
    demo: Path, tmp_path: Path, tamper: Callable[[Json], None], code: str
) -> None:
    plan = read(demo, "plan.json")
    tamper(plan)
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    said = swiftleaf("check", str(demo / "out" / "request.json"), "plan.json", folder=tmp_path, code=1)
    codes = [line.split(": ")[0] for line in said.stdout.splitlines()]
    assert code in codes
    assert all(": $" in line for line in said.stdout.splitlines())
