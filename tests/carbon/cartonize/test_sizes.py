from itertools import combinations

import numpy as np
import pytest

import carbon
from carbon import CartonOrder, PackingRules
from carbon.cartonize.sizes import _choose
from tests.carbon.cartonize.groceries import box, orders
from tests.carbon.cartonize.judge import faults
from tests.carbon.cartonize.test_pack import item


def bricks(name: str, length_mm: int, width_mm: int, height_mm: int, count: int = 1) -> list[CartonOrder]:
    """Orders of one thing each."""
    thing = item("thing", length_mm, width_mm, height_mm, upright=True)
    return [CartonOrder(id=f"{name}-{number}", items=(thing,)) for number in range(count)]


def test_two_sizes_for_two_kinds_of_orders_waste_nothing() -> None:
    chosen = carbon.design_box_range([*bricks("a", 100, 80, 50, 7), *bricks("b", 200, 300, 100, 2)], 2)
    assert [(s.length_mm, s.width_mm, s.height_mm, s.loads) for s in chosen.sizes] == [
        (100, 80, 50, 7),
        (300, 200, 100, 2),
    ]
    assert chosen.proven
    assert chosen.void_share == pytest.approx(0, abs=1e-12)
    assert (chosen.loads, chosen.left_out) == (9, {})


def test_one_size_holds_the_most_unlike_of_orders() -> None:
    (size,) = carbon.design_box_range([*bricks("a", 200, 20, 20), *bricks("b", 90, 90, 95)], 1).sizes
    assert (size.length_mm, size.width_mm, size.height_mm) == (200, 90, 100)
    two = carbon.design_box_range([*bricks("a", 200, 20, 20), *bricks("b", 90, 90, 95)], 2, step_mm=5)
    assert two.volume_l == pytest.approx(0.08 + 0.7695)


def test_many_orders_of_one_kind_draw_a_size_to_themselves() -> None:
    kinds = [*bricks("a", 100, 100, 100, 50), *bricks("b", 120, 100, 100, 1), *bricks("c", 200, 100, 100, 1)]
    chosen = carbon.design_box_range(kinds, 2, rounds=0)
    assert [(size.length_mm, size.loads) for size in chosen.sizes] == [(100, 50), (200, 2)]


def test_a_designed_range_holds_its_orders_and_more_sizes_waste_less() -> None:
    asked = orders(20, 5, most=6, plain=True)
    rules = PackingRules(proof_work=0.0)
    least = np.inf
    for sizes in (1, 3, 5):
        chosen = carbon.design_box_range(asked, sizes, candidates=20, rounds=1, starts=6, rules=rules)
        assert len(chosen.sizes) <= sizes
        assert chosen.bound_l <= chosen.volume_l <= least
        least = chosen.volume_l
        store = [box(size.length_mm, size.width_mm, size.height_mm) for size in chosen.sizes]
        packings = [carbon.pack_order(order, store, rules=rules) for order in asked]
        for order, packing in zip(asked, packings, strict=True):
            assert faults(order, store, packing, rules) == []
            assert len(packing.containers) == 1
        assert sum(packing.volume_l for packing in packings) <= chosen.volume_l + 1e-6
        assert chosen.items_l == pytest.approx(sum(packing.items_l for packing in packings))


def test_classes_are_loads_of_their_own_and_loads_are_sampled() -> None:
    chosen = carbon.design_box_range(orders(30, 1, most=3), 2, candidates=10, rounds=0, starts=3)
    assert chosen.loads > 30
    drawn = carbon.design_box_range(orders(30, 1, most=3), 2, most_loads=9, candidates=10, rounds=0, starts=3)
    assert drawn.loads == 9


@pytest.mark.parametrize("seed", range(6))
def test_the_choice_is_the_best_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    boxes = np.unique(rng.integers(10, 60, (9, 3)) * 10, axis=0)
    fits = rng.random((12, len(boxes))) < 0.5
    fits[:, boxes.prod(axis=1).argmax()] = True
    weights = rng.integers(1, 9, 12)
    chosen, bound_l = _choose(fits, weights, boxes, 3, 30.0)
    volumes_l = boxes.prod(axis=1) / 1e6

    def cost_l(some: tuple[int, ...]) -> float:
        paid = np.where(fits[:, some], volumes_l[list(some)], np.inf).min(axis=1)
        return float((paid * weights).sum())

    best_l = min(cost_l(some) for count in (1, 2, 3) for some in combinations(range(len(boxes)), count))
    assert len(chosen) <= 3
    assert cost_l(tuple(chosen.tolist())) == pytest.approx(best_l)
    assert bound_l == pytest.approx(best_l)


def test_an_order_too_large_is_left_out_and_named() -> None:
    ladder = CartonOrder(id="ladder", items=(item("ladder", 2000, 300, 100),))
    heap = CartonOrder(id="heap", items=(item("crate", 400, 400, 400, quantity=9),))
    chosen = carbon.design_box_range([ladder, heap, *bricks("a", 100, 80, 50)], 1)
    assert "item 'ladder' fits into no box of 600 x 400 x 400 mm" in chosen.left_out["ladder"]
    assert "no layout of its goods was found" in chosen.left_out["heap"]
    assert chosen.loads == 1
    with pytest.raises(carbon.QuantityError, match=r"nothing that can be boxed; order 'ladder': item 'ladder'"):
        carbon.design_box_range([ladder], 1)
    with pytest.raises(carbon.QuantityError, match="nothing that can be boxed"):
        carbon.design_box_range([], 1)
    with pytest.raises(carbon.QuantityError, match="sizes is 0"):
        carbon.design_box_range([ladder], 0)


@pytest.mark.parametrize("longest_mm", [(-5, 300, 300), (300, 0, 300), (300, 300, 10_001)])
def test_impossible_longest_sides_are_refused_by_name(longest_mm: tuple[int, int, int]) -> None:
    with pytest.raises(carbon.QuantityError, match=r"longest_mm is \(.*give .* from 1 to 10000 mm"):
        carbon.design_box_range(bricks("a", 90, 90, 90), 1, longest_mm=longest_mm)


def test_an_order_of_too_many_pieces_is_left_out_and_costs_no_other_its_box() -> None:
    many = CartonOrder(id="many", items=(item("thing", 10, 10, 10, quantity=10**7),))
    chosen = carbon.design_box_range([many, *bricks("a", 90, 90, 90)], 1)
    assert (chosen.loads, set(chosen.left_out)) == (1, {"many"})
    assert "the limit is 500 pieces an order" in chosen.left_out["many"]
