"""The judge and the writer of meal-delivery solutions: the hand-worked day, and every way to spoil it."""

from pathlib import Path

import pytest

from dispatch.readers import MealTrip, check_mdrp, meal_figures, read_mdrp, write_mdrp_solution
from tests.dispatch.couriers.hand import FIGURES, FILES, SOLUTION, write

ASSIGNMENTS, ORDERS, COURIERS = SOLUTION
TRIPS = [MealTrip(0, (0,), 15, 20, (29,)), MealTrip(1, (1,), 17, 22, (29,))]


def test_the_hand_worked_solution_is_valid(tmp_path: Path) -> None:
    verdict = check_mdrp(write(tmp_path / "day", FILES), write(tmp_path / "out", SOLUTION))
    assert verdict.violations == ()
    assert verdict.figures == FIGURES


def test_the_writer_writes_it_and_counts_the_same(tmp_path: Path) -> None:
    day = read_mdrp(write(tmp_path / "day", FILES))
    out = write(tmp_path / "out", {})
    write_mdrp_solution(out, day, TRIPS)
    assert {path.name: path.read_text() for path in out.iterdir()} == SOLUTION
    figures = meal_figures(day, TRIPS, [0.1, 0.2])
    assert figures.model_dump(exclude={"decision_p99_s"}) == FIGURES
    assert 0.19 < figures.decision_p99_s <= 0.2


def test_an_order_left_out_has_empty_fields(tmp_path: Path) -> None:
    folder = write(tmp_path / "day", FILES)
    day, out = read_mdrp(folder), write(tmp_path / "out", {})
    write_mdrp_solution(out, day, TRIPS[1:])
    assert (out / ORDERS).read_text().splitlines()[1] == "o1 5 r1 20   "
    verdict = check_mdrp(folder, out)
    assert verdict.violations == ()
    assert verdict.figures["delivered"] == 1
    assert verdict.figures["undelivered_share"] == 0.5
    assert verdict.figures["click_to_door_mean_min"] == 21


def test_a_day_without_a_trip_has_no_means(tmp_path: Path) -> None:
    folder = write(tmp_path / "day", FILES)
    day, out = read_mdrp(folder), write(tmp_path / "out", {})
    write_mdrp_solution(out, day, [])
    figures = meal_figures(day, [], [])
    assert figures.click_to_door_mean_min is None
    assert figures.orders_per_bundle is None
    assert check_mdrp(folder, out).figures == figures.model_dump(exclude={"decision_p99_s"})


def test_a_bundle_is_timed_door_by_door(tmp_path: Path) -> None:
    # o3 lies 1.5 min beyond o1: picked up with it at 21, dropped off at 30 and, 2 + 2 + 2 min later, at 36.
    orders = FILES["orders.txt"] + "o3\t0\t-600\t6\tr1\t21\n"
    folder = write(tmp_path / "day", FILES | {"orders.txt": orders})
    day, out = read_mdrp(folder), write(tmp_path / "out", {})
    bundle = MealTrip(0, (0, 2), 16, 21, (30, 36))
    write_mdrp_solution(out, day, [bundle, TRIPS[1]])
    assert check_mdrp(folder, out).violations == ()
    write_mdrp_solution(out, day, [MealTrip(0, (0, 2), 16, 21, (30, 35)), TRIPS[1]])
    assert check_mdrp(folder, out).violations == (
        "solution_info_couriers.txt, line 4: c1 is at o3 at 34; 35 is before half of the service is over",
    )


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (ASSIGNMENTS, "15 20", "4 20", "assigned at 4, before o1 was placed"),
        (ASSIGNMENTS, "15 20", "16 20", "c1 leaves c1 at 15, free from 16"),
        (ASSIGNMENTS, "15 20", "15 19", "picked up at 19, before o1 was ready"),
        (ASSIGNMENTS, "22 c2", "41 c2", "picked up at 41, after c2 went off at 40"),
        (ASSIGNMENTS, "c2 o2", "c2 o2 o1", "a bundle of several restaurants"),
        (ASSIGNMENTS, "c2 o2", "c2 o2 o1", "order o1 is carried twice"),
        (ASSIGNMENTS, "c2 o2", "c3 o2", "unknown courier or order: ['c3']"),
        (ASSIGNMENTS, "c2 o2", "c2", "unknown courier or order"),
        (ASSIGNMENTS, "c2 o2", "c2 o9", "unknown courier or order: ['o9']"),
        (ASSIGNMENTS, "15 20", "15.5 20", "'15.5' is no whole minute"),
        (ASSIGNMENTS, "17 22 c2 o2\n", "", "order o2 is in no assignment"),
        (ASSIGNMENTS, "17 22 c2 o2\n", "", "c2 rides to r2 without an assignment"),
        (ORDERS, "o1 5", "o1 6", "order o1 is not as in the instance"),
        (ORDERS, "20 20 29 c1", "20 21 29 c1", "pick-up and courier are not those of its assignment"),
        (ORDERS, "20 20 29 c1", "20 20 29 c2", "pick-up and courier are not those of its assignment"),
        (ORDERS, "20 20 29 c1", "20 20 28 c1", "c1 is at o1 at 27; 28 is before half of the service is over"),
        (ORDERS, "o2 8 r2 22 22 29 c2\n", "", "nothing is told of ['o2']"),
        (ORDERS, "o2 8 r2 22 22 29 c2\n", "o1 5 r1 20 20 29 c1\n", "order o1 is unknown or told of twice"),
        (COURIERS, "c1 15 0", "c1 16 0", "c1 is at r1 at 19; 20 is before half of the service is over"),
        (COURIERS, "c1 22 r1", "c1 21 r1", "c1 leaves r1 at 21, free from 22"),
        (COURIERS, "c2 17 0 r2", "c2 9 0 r2", "c2 leaves c2 at 9, free from 17"),
        (COURIERS, "c1 22 r1 o1", "c1 22 r2 o1", "c1 does not ride from r1 to o1"),
        (COURIERS, "c1 22 r1 o1\n", "", "c1 does not ride from r1 to o1"),
        (COURIERS, "c2 24 r2 o2\n", "c2 24 r2 o2\nc2 31 o2 r1\n", "c2 rides to r1 without an assignment"),
        (COURIERS, "c2 24 r2 o2\n", "c2 24 r2 o2\nc1 31 o1 r2\n", "the moves of c1 are in two places"),
        (COURIERS, "c2 24 r2 o2\n", "c2 24 r2 o7\n", "unknown place or courier: ['o7']"),
    ],
)
def test_what_breaks_a_rule_is_found(tmp_path: Path, name: str, old: str, new: str, said: str) -> None:
    assert old in SOLUTION[name]
    out = write(tmp_path / "out", SOLUTION | {name: SOLUTION[name].replace(old, new)})
    verdict = check_mdrp(write(tmp_path / "day", FILES), out)
    assert any(said in violation for violation in verdict.violations), verdict.violations


def test_a_courier_that_is_not_on_yet_is_found(tmp_path: Path) -> None:
    couriers = FILES["couriers.txt"].replace("10\t40", "18\t40")
    folder = write(tmp_path / "day", FILES | {"couriers.txt": couriers})
    verdict = check_mdrp(folder, write(tmp_path / "out", SOLUTION))
    assert verdict.violations == ("solution_info_couriers.txt, line 4: c2 leaves c2 at 17, free from 18",)


def test_lines_of_another_form_and_files_that_are_not_there(tmp_path: Path) -> None:
    folder = write(tmp_path / "day", FILES)
    out = write(tmp_path / "out", SOLUTION | {ORDERS: SOLUTION[ORDERS].replace("o1 5 ", "o1  5 ")})
    with pytest.raises(ValueError, match="too many values"):
        check_mdrp(folder, out)
    (out / ORDERS).unlink()
    with pytest.raises(OSError, match=ORDERS):
        check_mdrp(folder, out)
