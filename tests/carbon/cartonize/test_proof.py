import time

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from carbon.cartonize.budget import Budget, Steps
from carbon.cartonize.greedy import fill, load_hulls
from carbon.cartonize.load import UNLIMITED_MG, Bins, Load, permille
from carbon.cartonize.proof import arrange
from tests.carbon.cartonize.test_pack import item


def budget(work: float) -> Budget:
    return Budget(work, time.perf_counter() + 60)


def room(*sides_mm: tuple[int, int, int]) -> Bins:
    return Bins(np.array(sides_mm, np.int64), np.full(len(sides_mm), UNLIMITED_MG, np.int64))


@st.composite
def _loads(draw: st.DrawFn) -> Load:
    sides = st.integers(2, 9)
    return Load.of(
        [
            item(
                f"{number}",
                draw(sides),
                draw(sides),
                draw(sides),
                mass_kg=draw(st.sampled_from([0.0, 1.0, 2.0])),
                quantity=draw(st.integers(1, 2)),
                upright=draw(st.booleans()),
                fragile=draw(st.booleans()),
                bears_kg=draw(st.sampled_from([None, 1.0, 3.0])),
            )
            for number in range(draw(st.integers(1, 4)))
        ]
    )


@settings(max_examples=60, deadline=None)
@given(_loads(), st.sampled_from([0.0, 0.6, 1.0]))
def test_what_the_heuristic_holds_is_never_said_to_be_impossible(load: Load, support: float) -> None:
    hulls = load_hulls(load, room((14, 14, 20)), permille(support), 24, 0, 10_000_000)
    assume(len(hulls))
    tightest = room(tuple(hulls[hulls.prod(axis=1).argmin()].tolist()))
    answer, layout = arrange(load, tightest, permille(support), budget(0.5), 1.0, 0)
    assert answer != "cannot"
    assert (layout is None) == (answer == "unknown")


@settings(max_examples=25, deadline=None)
@given(_loads(), st.sampled_from([0.0, 0.75]))
def test_nor_in_two_containers(load: Load, support: float) -> None:
    pair = room((9, 10, 12), (11, 9, 9))
    _, whole = fill(load, pair, permille(support), 24, 0, Steps(10_000_000))
    assume(whole)
    assert arrange(load, pair, permille(support), budget(0.3), 1.0, 0)[0] != "cannot"


@pytest.mark.parametrize(
    ("support", "fragile", "answer"),
    [(0.75, True, "cannot"), (0.5, True, "holds"), (0.75, False, "holds")],
)
def test_support_and_fragility_decide_together(support: float, fragile: bool, answer: str) -> None:
    foot = item("foot", 100, 100, 100, upright=True)
    board = item("board", 200, 100, 50, upright=True, fragile=fragile)
    found, _ = arrange(Load.of([foot, board]), room((200, 100, 150)), permille(support), budget(2.0), 1.0, 0)
    assert found == answer


def test_masses_and_loads_on_things_are_limited() -> None:
    tins = Load.of([item("tin", 10, 10, 10, mass_kg=1.0, quantity=3, bears_kg=1.0)])
    column = room((10, 10, 30))
    assert arrange(tins, column, 750, budget(2.0), 1.0, 0)[0] == "cannot"
    assert arrange(tins, room((10, 20, 20)), 750, budget(2.0), 1.0, 0)[0] == "holds"
    light = Bins(room((10, 10, 20), (10, 10, 20)).sides_mm, np.array([1_000_000, 2_000_000], np.int64))
    answer, layout = arrange(tins, light, 750, budget(2.0), 1.0, 0)
    assert answer == "holds"
    assert layout is not None
    assert layout.bin.tolist().count(0) == 1
    light = Bins(light.sides_mm, np.array([1_000_000, 1_000_000], np.int64))
    assert arrange(tins, light, 750, budget(2.0), 1.0, 0)[0] == "cannot"


def test_a_budget_is_spent_and_then_nothing_is_said() -> None:
    load, small = Load.of([item("cube", 11, 11, 11, quantity=2)]), room((20, 20, 20))
    assert arrange(load, small, 0, budget(1.0), 1.0, 0)[0] == "cannot"
    some = budget(1.0)
    bricks = Load.of([item("brick", 9, 11, 13, quantity=7), item("rod", 3, 4, 20, quantity=4)])
    arrange(bricks, room((23, 22, 26)), 0, some, 0.3, 0)
    assert 0.5 < some.work < 1.0
    assert arrange(load, small, 0, budget(0.0), 1.0, 0) == ("unknown", None)
    assert arrange(load, small, 0, Budget(1.0, time.perf_counter()), 1.0, 0) == ("unknown", None)
