"""A day through the dispatcher: the hand-worked one, public ones by the judge, and no look into the future."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dispatch.couriers import MealRun, day, run_meal_day
from dispatch.readers import MealDay, MealTrip, check_mdrp, meal_figures, read_mdrp, write_mdrp_solution
from tests.dispatch.couriers.hand import FIGURES, FILES, write

ROOT = Path(__file__).resolve().parents[3]
PUBLIC = ROOT.parent / "shared" / "data" / "mdrp"
public = pytest.mark.skipif(not PUBLIC.is_dir(), reason="the public instances are not in ../shared/data/mdrp")


def test_the_hand_worked_day(tmp_path: Path) -> None:
    meal_day = read_mdrp(write(tmp_path / "day", FILES))
    run = run_meal_day(meal_day, work=50)
    assert run.trips == (MealTrip(0, (0,), 15, 20, (29,)), MealTrip(1, (1,), 17, 22, (29,)))
    assert meal_figures(meal_day, run.trips, run.decision_s).model_dump(exclude={"decision_p99_s"}) == FIGURES


def test_an_order_that_nobody_can_fetch_is_left_out(tmp_path: Path) -> None:
    couriers = "courier\tx\ty\ton_time\toff_time\nc1\t0\t300\t0\t21\n"
    folder = write(tmp_path / "day", FILES | {"couriers.txt": couriers})
    run = run_meal_day(read_mdrp(folder), work=50)
    assert [trip.orders for trip in run.trips] == [(0,)]


def test_a_day_that_is_silent_for_long_is_believed(tmp_path: Path) -> None:
    later = {name: FILES[name].replace("\t60\n", "\t960\n").replace("\t40\n", "\t940\n") for name in FILES}
    later["orders.txt"] = FILES["orders.txt"].replace("5\tr1\t20", "905\tr1\t920").replace("8\tr2\t22", "908\tr2\t922")
    run = run_meal_day(read_mdrp(write(tmp_path / "day", later)), work=50)
    assert sorted((trip.orders, trip.pickup_min, trip.dropoff_min) for trip in run.trips) == [
        ((0,), 920, (929,)),
        ((1,), 922, (929,)),
    ]


@pytest.mark.parametrize("emptied", ["orders.txt", "couriers.txt"])
def test_a_day_without_orders_or_couriers_has_no_trip(tmp_path: Path, emptied: str) -> None:
    header = FILES[emptied].splitlines()[0]
    folder = write(tmp_path / "day", FILES | {emptied: f"{header}\n"})
    assert run_meal_day(read_mdrp(folder), work=50).trips == ()


def test_orders_of_one_minute_are_planned_together(tmp_path: Path) -> None:
    # c1 is 1 min from r1 and 9 from r2, c2 3 and 13: alone, o1 would at once take c1 away, and both would wait 28 min.
    files = FILES | {
        "couriers.txt": "courier\tx\ty\ton_time\toff_time\nc1\t100\t0\t0\t60\nc2\t-300\t0\t0\t60\n",
        "orders.txt": (
            "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t0\t100\t5\tr1\t5\no2\t1000\t100\t5\tr2\t5\n"
        ),
    }
    run = run_meal_day(read_mdrp(write(tmp_path / "day", files)), work=50)
    assert {(trip.courier, trip.orders) for trip in run.trips} == {(1, (0,)), (0, (1,))}


def short(meal_day: MealDay, until_min: int) -> MealDay:
    """The day as far as it is known at a minute: the orders placed after it are taken away."""
    orders = meal_day.orders
    kept = orders.placed_min <= until_min
    return replace(
        meal_day,
        orders=replace(
            orders,
            ids=tuple(name for name, keep in zip(orders.ids, kept, strict=True) if keep),
            xy_m=orders.xy_m[kept],
            placed_min=orders.placed_min[kept],
            ready_min=orders.ready_min[kept],
            restaurant=orders.restaurant[kept],
        ),
    )


def decided(meal_day: MealDay, run: MealRun, until_min: int) -> list[tuple[int, tuple[str, ...], int, tuple[int, ...]]]:
    """What was decided up to a minute, by the orders' names."""
    return [
        (trip.courier, tuple(meal_day.orders.ids[o] for o in trip.orders), trip.assigned_min, trip.dropoff_min)
        for trip in run.trips
        if trip.assigned_min <= until_min
    ]


@public
def test_a_public_day_is_valid_the_same_again_and_blind_to_what_is_to_come(tmp_path: Path) -> None:
    folder = PUBLIC / "0r50t100s1p100"
    meal_day = read_mdrp(folder)
    run = run_meal_day(meal_day, work=60)
    write_mdrp_solution(tmp_path, meal_day, run.trips)
    verdict = check_mdrp(folder, tmp_path)
    assert verdict.violations == ()
    assert verdict.figures["delivered"] == 242
    assert verdict.figures["click_to_door_mean_min"] == pytest.approx(31.4, abs=0.5)
    assert run_meal_day(meal_day, work=60).trips == run.trips
    known = short(meal_day, 600)
    assert len(known.orders.ids) == 170
    assert decided(known, run_meal_day(known, work=60), 600) == decided(meal_day, run, 600)


def test_ways_go_by_the_instances_own_minutes(tmp_path: Path) -> None:
    ways = day.meal_ways(read_mdrp(write(tmp_path / "day", FILES)))
    assert ways.seconds[ways.index["c1"], ways.index["r2"]] == 11 * 60
    assert ways.metres[ways.index["c1"], ways.index["r2"]] == pytest.approx(np.hypot(1000, 300))
