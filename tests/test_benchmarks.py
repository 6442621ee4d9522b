"""The benchmark's own truths: its instances, its repair, its chart, and the command as a stranger runs it."""

import csv
import math
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import Travel
from dispatch.problem import SECONDS, compile_problem
from dispatch.readers import KnownSolution
from maps.plane import Plane
from tests.benchmarks import chart, mtvrptwr, results
from tests.benchmarks.city import CITIES, city_snapshot
from tests.benchmarks.goals import markdown
from tests.benchmarks.instances import MODES, Mode, riders_of, snapshot
from tests.benchmarks.peers import PEERS, installed
from tests.benchmarks.repair import Days, judged, repair
from tests.benchmarks.results import COLUMNS, OURS, Row

ROOT = Path(__file__).resolve().parent.parent
HEADER = "size,orders_per_rider,mode,seed,seconds,solver,served,late,late_s,riding_s,objective,lower_bound,gap,wall_s"


def row(**fields: object) -> Row:
    """A row of one hard instance, with the fields that a test cares for."""
    base = {
        "size": 50, "orders_per_rider": 6.0, "mode": "hard", "seed": 0, "seconds": 1.0, "solver": OURS, "served": 50,
        "late": 0, "late_s": 0, "riding_s": 1000, "objective": 1000.0, "lower_bound": 990.0, "gap": 0.01, "wall_s": 1.0,
    }  # fmt: skip
    return Row(**base | fields)  # type: ignore[arg-type] # the fields are the row's


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", [0, 7])
def test_instances_are_what_they_say(mode: Mode, seed: int) -> None:
    request = snapshot(40, 6, mode, seed)
    assert request == snapshot(40, 6, mode, seed)
    assert len(request.riders) == riders_of(40, 6) == 7
    travel = Travel.of(request)
    assert travel.straight_m[0].max() <= 3_000.01
    out_s = travel.legs(request.riders[0]).seconds[0, 1:]
    assert np.allclose(out_s, travel.straight_m[0, 1:] * 1.3 / (20 / 3.6), atol=1.0)
    for order in request.orders:
        ready_s = (order.ready_at - request.now).total_seconds()
        assert 0 <= ready_s < 15 * 60
        assert (order.ready_at - order.placed_at).total_seconds() == 5 * 60
        assert (order.promised_at - order.placed_at).total_seconds() == 30 * 60
        assert order.max_late_s == (0 if mode == "hard" else None)
        assert order.handover_s == 120


def test_fewer_riders_come_on_top_of_the_same_orders() -> None:
    assert snapshot(40, 6, "hard", 1).orders == snapshot(40, 4, "hard", 1).orders
    assert snapshot(40, 6, "hard", 1).orders != snapshot(40, 6, "hard", 2).orders


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_repair_makes_any_sequences_valid_and_leaves_out_only_what_fits_nowhere(data: st.DataObject) -> None:
    size, seed = data.draw(st.integers(2, 14)), data.draw(st.integers(0, 5))
    request = snapshot(size, 4, data.draw(st.sampled_from(MODES)), seed)
    travel = Travel.of(request)
    problem = compile_problem(request, travel)
    shuffled = data.draw(st.permutations(range(size)))
    cut = data.draw(st.integers(0, size))
    repaired = repair(problem, [[shuffled[:cut]], [shuffled[cut:]]][: len(request.riders)])
    plan = judged(request, travel, problem, repaired, "by hand")
    assert plan.verdict.valid, plan.verdict.violations
    days = Days.of(problem)
    costs = [days.walk(vehicle, trips)[0] for vehicle, trips in enumerate(repaired)]
    left_out = sum(plan.unserved and problem.arrays.orders["unserved_cost"][: len(plan.unserved)])
    assert math.isclose(sum(costs) + left_out, plan.cost.total)
    for item in plan.unserved:
        order = problem.order_ids.index(item.order_id)
        for vehicle, trips in enumerate(repaired):
            assert days.walk(vehicle, [*trips, [order]])[0] - costs[vehicle] >= 3_600


def test_a_walk_by_hand() -> None:
    request = snapshot(2, 2, "soft", 0)
    problem = compile_problem(request, Travel.of(request))
    days = Days.of(problem)
    a = problem.arrays
    seconds, orders = a.legs[0, ..., SECONDS], a.orders
    leaves_s = orders["ready_s"].max()
    first_s = leaves_s + seconds[0, 1]
    second_s = first_s + 120 + seconds[1, 2]
    riding_s = seconds[0, 1] + seconds[1, 2] + seconds[2, 0]
    late_s = np.maximum(0, [first_s, second_s] - orders["promise_s"])
    assert late_s.max() < 300
    assert days.walk(0, [[0, 1]]) == (riding_s + 0.5 * late_s.sum(), None)
    assert days.late_cost(400) == 0.5 * 300 + 1.0 * 100


@pytest.mark.parametrize("name", sorted(PEERS))
@pytest.mark.parametrize("mode", MODES)
def test_each_installed_peer_serves_an_easy_snapshot(name: str, mode: Mode) -> None:
    if not installed([name])[0]:
        pytest.skip(f"{name} is not installed; `uv run --group peers pytest` brings it")
    request = snapshot(8, 1, mode, 0)
    travel = Travel.of(request)
    problem = compile_problem(request, travel)
    sequences = PEERS[name](problem, 0.3, 0)
    assert sorted(order for trips in sequences for trip in trips for order in trip) == list(range(8))
    plan = judged(request, travel, problem, repair(problem, sequences), name)
    assert plan.verdict.valid
    assert plan.summary.served == 8


def test_a_plan_below_a_bound_is_named() -> None:
    rows = [row(), row(solver="pyvrp", objective=980.0), row(seed=1, lower_bound=None, objective=1.0)]
    assert [line.split(": ")[1] for line in results.broken_bounds(rows)] == ["pyvrp, 1 s"]


def test_ratios_compare_only_equal_service() -> None:
    ours = [row(seed=0, riding_s=900), row(seed=1, riding_s=950), row(seed=2, riding_s=10)]
    theirs = [row(seed=0, riding_s=1000), row(seed=1, riding_s=1000), row(seed=2, served=49)]
    assert results.riding_ratio(ours, theirs) == (0.925, 2)


def test_rows_survive_the_csv(tmp_path: Path) -> None:
    rows = [row(), row(solver="vroom", lower_bound=None, gap=None)]
    results.begin(tmp_path / "rows.csv")
    for each in rows:
        results.append(tmp_path / "rows.csv", each)
    assert results.read(tmp_path / "rows.csv") == rows
    assert (tmp_path / "rows.csv").read_text().splitlines()[0] == HEADER == ",".join(COLUMNS)


def test_the_chart_draws_a_bar_for_every_cell_and_solver() -> None:
    rows = [row(size=size, solver=solver, objective=size * 30) for size in (50, 100) for solver in (OURS, "a<b")]
    drawn = ET.fromstring(chart.draw(rows, "this & that"))  # noqa: S314 - we wrote it
    space = "{http://www.w3.org/2000/svg}"
    bars = [title.text for title in drawn.iterfind(f".//{space}rect/{space}title")]
    assert len(bars) == 4
    assert "swiftleaf, 100 orders: 203.03%" in bars
    assert drawn.find(f"{space}title").text == "this & that"  # type: ignore[union-attr] # it is there


def test_the_command_runs_from_outside(tmp_path: Path) -> None:
    command = ["-m", "tests.benchmarks.snapshot", "--sizes", "10", "--seeds", "1", "--seconds", "0.2"]
    command += ["--riders-per", "4", "--csv", str(tmp_path / "rows.csv")]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with (tmp_path / "rows.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0]) == HEADER.split(",")
    assert {line["mode"] for line in lines if line["solver"] == OURS} == {"hard", "soft"}
    assert {line["solver"] for line in lines} == {OURS, *installed(["pyvrp", "vroom", "ortools"])[0]}
    assert "Swiftleaf's over the peer's" in done.stdout
    ET.fromstring((tmp_path / "rows.svg").read_text())  # noqa: S314 - we wrote it
    for name in ("pyvrp", "vroom"):
        assert (f"{name}: skipped" in done.stdout) == (not installed([name])[0])


def test_addresses_in_a_city_are_near_streets_and_inside_its_disk() -> None:
    city = CITIES["la_serena"]
    request = city_snapshot(city, 12, 4, "hard", 3)
    assert request == city_snapshot(city, 12, 4, "hard", 3)
    travel = Travel.of(request)
    seconds = travel.legs(request.riders[0]).seconds
    assert np.isfinite(seconds).all()
    assert not np.array_equal(seconds, seconds.T)  # one-way streets
    assert travel.straight_m[0].max() <= city.radius_m + 10
    assert (travel.legs(request.riders[0]).metres[0] >= 0.99 * travel.straight_m[0]).all()


def test_porto_alegres_addresses_follow_its_people() -> None:
    city = CITIES["porto_alegre"]
    if not city.at_hand:
        pytest.skip("porto_alegre.osm.pbf is not in ../shared/data/maps beside the checkout")
    points = Plane(*city.store).to_xy(city.addresses(400, np.random.default_rng(0)))
    distance_m = np.hypot(*points.T)
    assert distance_m.max() <= city.radius_m
    west, east = (points[:, 0] < 0).sum(), (points[:, 0] > 0).sum()
    assert east > west  # the river lies in the west


@pytest.mark.parametrize(("bound", "cost", "broken"), [(99.0, 101.0, 0), (100.5, 101.0, 1), (100.0, 99.5, 1)])
def test_a_bound_above_the_known_or_a_found_plan_is_broken(bound: float, cost: float, broken: int) -> None:
    known = KnownSolution(routes={}, cost=100.0, optimal=True)
    found = [mtvrptwr.Found(OURS, 5, 120.0, 0, bound), mtvrptwr.Found("pyvrp", 5, cost, 0, None)]
    assert len(mtvrptwr.broken("x", known, found)) == broken


def test_goals_tell_met_from_missed() -> None:
    rows = [row(size=100, served=100), row(size=100, solver="pyvrp", served=99, lower_bound=None, gap=None)]
    text = markdown(rows, processes=False)
    assert "| 100 tight, 1 s | nobody left out | swiftleaf 0, pyvrp 1 | yes |" in text
    assert "| any, hard promises | never fewer orders on time than any peer | 1 of 1 comparisons | yes |" in text
    worse = markdown([row(size=100, served=98, gap=0.03), rows[1]], processes=False)
    assert "| 100 tight, 1 s | gap under 2.0% | 3.00% | no |" in worse
    assert "pyvrp: 98 to 99 on 100/6, seed 0, 1 s | no |" in worse
