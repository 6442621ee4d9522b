"""The reader of multi-trip instances: a hand-drawn one, and the literature's solutions where they are at hand."""

from datetime import timedelta
from pathlib import Path

import pytest

import dispatch
from dispatch import Travel, readers
from dispatch.problem import compile_problem
from dispatch.readers.mtvrptwr import NOW
from tests.benchmarks.repair import judged

ROOT = Path(__file__).resolve().parents[3]
PUBLIC = ROOT.parent / "shared" / "data" / "mtvrptwr"
SMALL = """NAME: small
COMMENT: three customers, by hand
TYPE: MTVRPTWR
EDGE_WEIGHT_TYPE: EUC_2D
DIMENSION: 4
VEHICLES: 2
CAPACITY: 10
SERVICE_TIME: 2
NODE_COORD_SECTION
1	0	0
2	3	4
3	0	1
4	1	1
DEMAND_SECTION
1	0
2	6
3	4
4	5
TIME_WINDOW_SECTION
1	0	100
2	20	30
3	0	50
4	0	60
RELEASE_TIME_SECTION
1	0
2	0
3	7
4	0
VEHICLES_RELOAD_DEPOT_SECTION
1	1
2	1
DEPOT_SECTION
1
EOF
"""
# 1 to 2, 4.2 on to 1 and 5 home, then 1.4 each way for 3: 130 tenths. 1 and 3 do not fit together, 2 and 3 cost 134.
KNOWN = "Route #1: 2 1 0 3\nCost: 130\nOptimal: True\n"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.vrp"
    path.write_text(SMALL)
    return path


def test_a_tenth_is_a_second_and_a_metre(small: Path) -> None:
    request = readers.read_mtvrptwr(small)
    seconds = Travel.of(request).legs(request.riders[0]).seconds
    assert seconds[0].tolist() == [0, 50, 10, 14]  # the root of 2 is cut off, not rounded
    first, second, _ = request.orders
    assert (first.id, first.mass_kg, first.handover_s) == ("c1", 6.0, 20)
    assert first.not_before_at == NOW + timedelta(seconds=200)
    assert first.promised_at == NOW + timedelta(seconds=300)
    assert second.ready_at == NOW + timedelta(seconds=70)
    assert [rider.id for rider in request.riders] == ["v0", "v1"]
    assert request.riders[0].shift_end_at == NOW + timedelta(seconds=1000)
    assert request.riders[0].capacity_kg == 10
    assert request.riders[0].capacity_orders == 2  # 4 and 5 fit together, 4, 5 and 6 do not


def test_a_known_solution_is_reproduced_and_found(small: Path, tmp_path: Path) -> None:
    (tmp_path / "small.sol").write_text(KNOWN)
    known = readers.read_mtvrptwr_solution(tmp_path / "small.sol")
    assert {vehicle: [trip.orders for trip in trips] for vehicle, trips in known.routes.items()} == {
        "v0": [("c2", "c1"), ("c3",)]
    }
    assert known.optimal
    request = readers.read_mtvrptwr(small)
    plan = dispatch.plan(request, work_limit=200)
    assert plan.cost.total == known.cost == 130
    first = next(stop for trip in plan.trips for stop in trip.stops if stop.order_id == "c1")
    assert first.arrive_at == NOW + timedelta(seconds=200)  # it waits at the door


@pytest.mark.parametrize(
    ("cut", "named"),
    [("CAPACITY: 10\n", "CAPACITY"), ("4\t1\t1\n", "NODE_COORD_SECTION"), ("3\t7\n", "RELEASE_TIME_SECTION")],
)
def test_what_is_missing_is_named(small: Path, cut: str, named: str) -> None:
    small.write_text(SMALL.replace(cut, ""))
    with pytest.raises(readers.FormatError, match=named):
        readers.read_mtvrptwr(small)


def test_rows_that_are_no_numbers_are_refused(small: Path) -> None:
    small.write_text(SMALL.replace("3\t7\n", "three seven\n"))
    with pytest.raises(readers.FormatError, match="three seven"):
        readers.read_mtvrptwr(small)


def test_a_solution_without_a_cost_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.sol").write_text("Route #1: 1 2\n")
    with pytest.raises(readers.FormatError, match="Cost"):
        readers.read_mtvrptwr_solution(tmp_path / "x.sol")


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="the public instances are not in ../shared/data/mtvrptwr")
def test_the_literatures_costs_are_our_objective() -> None:
    paths = sorted(PUBLIC.glob("*.vrp"))
    assert len(paths) == 114
    for path in paths[::6]:
        request = readers.read_mtvrptwr(path)
        known = readers.read_mtvrptwr_solution(path.with_suffix(".sol"))
        travel = Travel.of(request)
        problem = compile_problem(request, travel)
        index = {order_id: i for i, order_id in enumerate(problem.order_ids)}
        sequences = [
            [[index[order_id] for order_id in trip.orders] for trip in known.routes.get(vehicle_id, ())]
            for vehicle_id in problem.vehicle_ids
        ]
        plan = judged(request, travel, problem, sequences, "literature")
        assert plan.verdict.valid, (path.name, plan.verdict.violations[:3])
        assert plan.cost.total == pytest.approx(known.cost), path.name


def test_all_is_sorted_and_documented() -> None:
    assert readers.__all__ == sorted(readers.__all__, key=lambda name: (not name.isupper(), name[0].islower(), name))
    assert all(getattr(readers, name).__doc__ for name in readers.__all__)
