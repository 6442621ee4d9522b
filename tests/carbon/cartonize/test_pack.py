from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import carbon
from carbon import CartonItem, CartonOrder, Container, PackingRules, Piece
from carbon.cartonize.budget import Steps
from carbon.cartonize.greedy import fill
from carbon.cartonize.kernel import OVERDRAFT
from carbon.cartonize.load import Bins, Load
from carbon.packaging import PAPER
from tests.carbon.cartonize.groceries import BOXES, GROCERIES, bag, box, line, orders
from tests.carbon.cartonize.judge import faults

RULES = PackingRules()
SURE = PackingRules(proof_work=2.0, proof_s=60.0)
"""The clock of a busy machine cuts no proof of these short."""


def item(name: str, length_mm: int, width_mm: int, height_mm: int, **fields: object) -> CartonItem:
    sides = {"length_mm": length_mm, "width_mm": width_mm, "height_mm": height_mm}
    return CartonItem.model_validate({"id": name, "mass_kg": 0.1} | sides | fields)


def order(*items: CartonItem) -> CartonOrder:
    return CartonOrder(id="order", items=items)


def packed(items: list[CartonItem], containers: list[Container], rules: PackingRules = SURE) -> carbon.OrderPacking:
    """Pack, and judge what comes out."""
    result = carbon.pack_order(order(*items), containers, rules=rules)
    assert result.not_computable_because is None
    assert faults(order(*items), containers, result, rules) == []
    return result


def names(packing: carbon.OrderPacking) -> list[str]:
    return [each.container_id for each in packing.containers]


@st.composite
def _things(draw: st.DrawFn) -> CartonOrder:
    sides = st.integers(20, 120)
    items = [
        item(
            f"item {number}",
            draw(sides),
            draw(sides),
            draw(sides),
            mass_kg=draw(st.floats(0, 2)),
            quantity=draw(st.integers(1, 3)),
            upright=draw(st.booleans()),
            fragile=draw(st.sampled_from([False, False, True])),
            bears_kg=draw(st.sampled_from([None, None, 0.5, 2.0])),
            storage=draw(st.sampled_from(["ambient", "ambient", "chilled", "frozen", "non_food"])),
        )
        for number in range(draw(st.integers(1, 5)))
    ]
    return order(*items)


@settings(max_examples=60, deadline=None)
@given(_things(), st.sampled_from([0.0, 0.5, 0.75, 1.0]), st.sampled_from([1, 30]))
def test_every_layout_passes_a_judge_of_its_own(things: CartonOrder, support: float, starts: int) -> None:
    store = [
        box(130, 125, 120),
        bag(150, 130, 200, max_mass_kg=3.0),
        box(240, 150, 130, wall_mm=4),
        box(250, 240, 200, max_mass_kg=8.0),
    ]
    rules = PackingRules(support_share=support, starts=starts, proof_work=0.1)
    result = carbon.pack_order(things, store, rules=rules)
    assert result.not_computable_because is None
    assert faults(things, store, result, rules) == []


@pytest.mark.parametrize("plain", [True, False])
def test_groceries_pass_the_judge_and_proofs_bring_no_larger_boxes(plain: bool) -> None:
    for groceries in orders(25, 7, plain=plain):
        # one order of packing alone, so that CP-SAT has to find what the heuristic would
        poor = PackingRules(starts=1, proof_work=0.0)
        first = carbon.pack_order(groceries, BOXES, rules=poor)
        result = carbon.pack_order(groceries, BOXES, rules=PackingRules(starts=1, proof_work=0.2))
        assert faults(groceries, BOXES, first, poor) == []
        assert faults(groceries, BOXES, result, RULES) == []
        assert (len(result.containers), result.volume_l) <= (len(first.containers), first.volume_l + 1e-9)


def test_the_judge_sees_what_is_wrong() -> None:
    tin, eggs = item("tin", 80, 80, 100, bears_kg=0.05), item("eggs", 80, 80, 60, fragile=True, upright=True)
    both, store = order(tin, eggs), [box(80, 80, 160)]
    good = carbon.pack_order(order(tin.model_copy(update={"bears_kg": None}), eggs), store)
    assert any("kg rest on" in each for each in faults(both, store, good, RULES))
    (container,) = good.containers
    lower, upper = sorted(container.placements, key=lambda each: each.z_mm)

    def said(*placements: carbon.Placement, **fields: object) -> str:
        changed = container.model_copy(update={"placements": placements} | fields)
        return "; ".join(faults(both, store, good.model_copy(update={"containers": (changed,)}), RULES))

    def moved(placement: carbon.Placement, **fields: int) -> carbon.Placement:
        return placement.model_copy(update=fields)

    assert "overlap" in said(lower, moved(upper, z_mm=90))
    assert "sticks out" in said(lower, moved(upper, z_mm=101))
    assert "carried on 0.00" in said(lower, moved(upper, z_mm=101))
    assert "rest on fragile" in said(moved(lower, z_mm=60), moved(upper, z_mm=0))
    assert "lies down" in said(lower, moved(upper, height_mm=80, length_mm=60))
    assert "other sides" in said(moved(lower, height_mm=99), upper)
    assert "placed" in said(lower)
    assert "void is said" in said(lower, upper, void_share=0.3)
    assert "the flag" in said(lower, upper, over_void_limit=True)
    assert "among cold" in said(lower, upper, pack_class="cold")
    assert "mass is said" in said(lower, upper, mass_kg=3.0)


def _holds(items: list[CartonItem], sides: tuple[int, int, int]) -> bool:
    """Whether things fit, floating allowed, by trying all corners that sums of sides make."""
    ways = [sorted(set(permutations((i.length_mm, i.width_mm, i.height_mm)))) for i in items]
    for turned in product(*ways):
        sums = [
            sorted({sum(x) for x in product(*((0, way[axis]) for way in turned)) if sum(x) < sides[axis]})
            for axis in range(3)
        ]
        if _placed(turned, sides, [list(product(*sums))] * len(turned), []):
            return True
    return False


def _placed(
    turned: tuple[tuple[int, ...], ...],
    sides: tuple[int, int, int],
    corners: list[list[tuple[int, ...]]],
    done: list[tuple[tuple[int, ...], tuple[int, ...]]],
) -> bool:
    if len(done) == len(turned):
        return True
    way = turned[len(done)]
    for corner in corners[len(done)]:
        inside = all(c + w <= s for c, w, s in zip(corner, way, sides, strict=True))
        free = all(
            any(c + w <= c2 or c2 + w2 <= c for c, w, c2, w2 in zip(corner, way, corner2, way2, strict=True))
            for corner2, way2 in done
        )
        if inside and free and _placed(turned, sides, corners, [*done, (corner, way)]):
            return True
    return False


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_proven_means_that_trying_everything_finds_nothing_smaller(data: st.DataObject) -> None:
    sides = st.integers(2, 9)
    items = [item(f"{n}", data.draw(sides), data.draw(sides), data.draw(sides)) for n in range(3)]
    store = [box(8, 7, 6), box(10, 9, 8), box(12, 10, 9), box(17, 9, 9), box(18, 18, 18)]
    rules = PackingRules(support_share=0.0, starts=1, proof_work=5.0, proof_s=60.0)
    result = packed(items, store, rules)
    least = next(c.id for c in store if _holds(items, (c.length_mm, c.width_mm, c.height_mm)))
    assert result.proven
    assert names(result) == [least]


def test_a_full_box_is_proven_by_volume_and_an_impossible_one_by_search() -> None:
    cubes = item("cube", 100, 100, 100, quantity=8)
    full = packed([cubes], [box(200, 200, 199), box(200, 200, 200), box(300, 300, 300)])
    assert (names(full), full.proof) == (["box 200x200x200"], "volume")
    assert full.containers[0].void_share == 0
    # two cubes of 1.331 l in 8 l: enough room by volume, but side by side they need 220 mm
    pair = packed([item("cube", 110, 110, 110, quantity=2)], [box(200, 200, 200), box(220, 200, 200)])
    assert (names(pair), pair.proven, pair.proof) == (["box 220x200x200"], True, "search")
    doubt = packed(
        [item("cube", 110, 110, 110, quantity=2)], [box(200, 200, 200), box(220, 200, 200)], PackingRules(proof_work=0)
    )
    assert (names(doubt), doubt.proven, doubt.proof) == (["box 220x200x200"], False, "none")


def test_fewer_containers_come_before_less_volume() -> None:
    pair = [item("plate", 100, 100, 10, quantity=2)]
    assert names(packed(pair, [box(100, 100, 10), box(300, 300, 300)])) == ["box 300x300x300"]


def test_upright_things_stand() -> None:
    bottle = item("bottle", 80, 80, 300)
    low = [box(320, 200, 100)]
    assert names(packed([bottle], low)) == ["box 320x200x100"]
    standing = order(bottle.model_copy(update={"upright": True}))
    reason = carbon.pack_order(standing, low).not_computable_because
    assert reason is not None
    assert "item 'bottle' of 80 x 80 x 300 mm, upright" in reason
    assert "'box 320x200x100' of 320 x 200 x 100 mm" in reason
    tall = order(item("vase", 80, 80, 400, upright=True))
    closest = carbon.pack_order(tall, [*low, bag(320, 200, 350), box(600, 400, 300)]).not_computable_because
    assert closest is not None
    assert "of 3, 'bag 320x200x350' of 320 x 200 x 350 mm comes closest" in closest
    heavy = order(item("anvil", 100, 100, 90, mass_kg=9))
    lightest = carbon.pack_order(heavy, [box(110, 110, 110, max_mass_kg=8.0), box(600, 400, 300, max_mass_kg=3.0)])
    assert "'box 110x110x110' of 110 x 110 x 110 mm for 8 kg comes closest" in str(lightest.not_computable_because)


def test_nothing_rests_on_what_is_fragile_and_little_on_what_bears_little() -> None:
    column = [box(100, 100, 300)]
    eggs = item("eggs", 100, 100, 100, fragile=True)
    tin = item("tin", 100, 100, 100, mass_kg=1.0)
    result = packed([eggs, item("tin", 100, 100, 100, mass_kg=1.0, quantity=2)], column)
    top = max(result.containers[0].placements, key=lambda each: each.z_mm)
    assert top.item_id == "eggs"
    two = packed([eggs.model_copy(update={"quantity": 2})], column)
    assert len(two.containers) == 2
    assert two.proven
    # a box that bears 1.5 kg carries one tin but not two, not even through the tin between
    weak = item("weak", 100, 100, 100, bears_kg=1.5)
    under = packed([weak, tin.model_copy(update={"quantity": 2, "fragile": True})], [box(100, 100, 200), *column])
    assert len(under.containers) == 2
    strong = packed([weak, tin, item("leaf", 100, 100, 100, mass_kg=0.4, bears_kg=0.0)], column)
    assert [p.item_id for p in sorted(strong.containers[0].placements, key=lambda p: p.z_mm)][-1] == "leaf"


def test_a_base_needs_its_share_of_support() -> None:
    foot = item("foot", 100, 100, 100, upright=True)
    board = item("board", 200, 100, 50, upright=True, fragile=True)  # half of it would hang over the foot
    store = [box(200, 100, 150), box(300, 100, 150)]
    assert names(packed([foot, board], store)) == ["box 300x100x150"]
    assert names(packed([foot, board], store, PackingRules(support_share=0.5))) == ["box 200x100x150"]


def test_a_mass_limit_splits_an_order() -> None:
    tins = [item("tin", 50, 50, 50, mass_kg=1.0, quantity=5)]
    result = packed(tins, [box(300, 300, 300, max_mass_kg=3.0)])
    assert sorted(each.mass_kg for each in result.containers) == [2.0, 3.0]
    assert result.proven
    heavy = carbon.pack_order(order(item("anvil", 50, 50, 50, mass_kg=9)), [box(300, 300, 300, max_mass_kg=3.0)])
    assert "9 kg fits into no container" in str(heavy.not_computable_because)


def test_cold_ambient_and_non_food_goods_are_apart() -> None:
    goods = [line(g, 1) for g in GROCERIES if g.name in {"milk", "frozen peas", "rice", "washing powder"}]
    result = packed(goods, list(BOXES))
    assert [each.pack_class for each in result.containers] == ["ambient", "cold", "non_food"]
    assert result.classes == ("ambient", "cold", "non_food")
    assert {p.item_id for p in result.containers[1].placements} == {"milk", "frozen peas"}
    insulated = box(400, 300, 300, id="insulated", classes=frozenset({"cold"}))
    dry = [each.model_copy(update={"classes": frozenset({"ambient", "non_food"})}) for each in BOXES]
    assert packed(goods, [insulated, *dry]).containers[1].container_id == "insulated"
    lacking = carbon.pack_order(order(*goods), dry)
    assert "no container for cold goods" in str(lacking.not_computable_because)


def test_empty_space_is_flagged_and_filler_counts_as_empty() -> None:
    brick = [item("brick", 100, 100, 100)]
    half = packed(brick, [box(200, 100, 100)]).containers[0]
    assert (half.void_share, half.over_void_limit) == (0.5, False)
    walled = packed(brick, [box(200, 100, 100, wall_mm=5)])
    assert walled.containers[0].void_share == pytest.approx(1 - 1 / (2.1 * 1.1 * 1.1))
    assert walled.containers[0].over_void_limit
    paper = Piece(material="paper filler", mass_kg=0.012, production=PAPER)  # for one litre
    filled = packed(brick, [box(200, 100, 100, filler=paper)])
    assert filled.containers[0].void_share == 0.5
    assert filled.packaging is not None
    assert filled.packaging.pieces[-1].mass_kg == pytest.approx(0.012)
    board_g = 1000 * carbon.corrugated_box_kg(2.0) * 1.19972542
    assert carbon.packaging_gco2e(filled.packaging).production_gco2e == pytest.approx(board_g + 12 * 1.3451, rel=1e-3)
    # a bag closes over its load
    closed = packed(brick, [bag(100, 100, 400)]).containers[0]
    assert (closed.void_share, closed.outer_l) == (0.0, 1.0)
    assert packed(brick, [bag(110, 100, 400, filler=paper)]).containers[0].filler_kg == pytest.approx(0.0012)


def test_a_store_of_many_sizes_is_searched_in_part_and_says_so() -> None:
    store = [box(200 + 5 * n, 200, 200) for n in range(40)]
    goods = [item("block", 100, 190, 190, quantity=5)]
    result = packed(goods, store)
    assert len(result.containers) == 2
    assert not result.proven  # more sizes than are combined
    assert packed(goods, store[::4]).proven


def test_choices_of_the_customer_and_always_one_in_bags() -> None:
    store = [
        box(200, 200, 200, choices=frozenset({"standard"})),
        box(210, 200, 200, id="crate", kind="tote", choices=frozenset({"reusable"})),
        bag(300, 200, 300, choices=frozenset({"eco"})),
    ]
    goods = order(item("brick", 150, 100, 100))
    packings = carbon.pack_choices(goods, store)
    assert [(p.choice, p.bags_only, names(p)) for p in packings] == [
        ("standard", False, ["box 200x200x200"]),
        ("eco", False, ["bag 300x200x300"]),
        ("reusable", False, ["crate"]),
        (None, True, ["bag 300x200x300"]),
    ]
    for packing in packings:
        assert faults(goods, store, packing, RULES) == []
    last = carbon.pack_choices(goods, store[:1])[-1]
    assert "containers hold no bag" in str(last.not_computable_because)
    eco = carbon.pack_order(goods, store[:1], choice="eco")
    assert "no container for the choice 'eco'" in str(eco.not_computable_because)


def test_an_order_too_large_sinks_no_other() -> None:
    too_large = CartonOrder(id="a", items=(item("ladder", 2000, 300, 100),))
    results = [carbon.pack_order(each, BOXES) for each in (too_large, order(item("brick", 90, 90, 90)))]
    assert "order 'a': item 'ladder' of 2000 x 300 x 100 mm" in str(results[0].not_computable_because)
    assert (results[0].containers, results[0].packaging, results[0].proven) == ((), None, False)
    assert results[1].not_computable_because is None
    nothing = carbon.pack_order(CartonOrder(id="none", items=()), BOXES)
    assert "items is empty" in str(nothing.not_computable_because)
    assert "containers hold no container" in str(carbon.pack_order(too_large, []).not_computable_because)


def test_a_large_order_takes_several_containers() -> None:
    large = CartonOrder(id="large", items=tuple(line(grocery, 4) for grocery in GROCERIES))
    result = carbon.pack_order(large, BOXES)
    assert faults(large, BOXES, result, RULES) == []
    assert len(result.containers) > 3
    assert result.volume_l < 4 * result.items_l


def _store() -> list[Container]:
    return [
        box(200, 150, 100, choices=frozenset({"standard", "eco"})),
        box(300, 220, 150, choices=frozenset({"standard", "eco"})),
        box(450, 320, 260),
        box(600, 400, 300),
        bag(320, 200, 350, choices=frozenset({"eco"})),
        box(500, 300, 240, id="tote", kind="tote", choices=frozenset({"reusable"})),
    ]


def _different(count: int, seed: int) -> CartonOrder:
    """Things no two of which are alike."""
    rng = np.random.default_rng(seed)
    return order(
        *(
            item(
                f"{number}",
                *rng.integers(30, 150, 3).tolist(),
                upright=bool(rng.random() < 0.3),
                fragile=bool(rng.random() < 0.15),
            )
            for number in range(count)
        )
    )


@pytest.mark.parametrize(("count", "seed"), [(30, 1), (45, 2), (80, 1), (120, 1), (200, 1)])
def test_more_sizes_to_choose_from_make_no_answer_worse(count: int, seed: int) -> None:
    goods, store = _different(count, seed), _store()
    result = carbon.pack_order(goods, store)
    assert faults(goods, store, result, RULES) == []
    assert result == carbon.pack_order(goods, store)  # what it may spend is counted in steps, not in seconds
    fewer = [carbon.pack_order(goods, store, choice=choice) for choice in ("standard", "eco", "reusable")]
    fewer += [carbon.pack_order(goods, [each]) for each in store]
    held = [each for each in fewer if each.not_computable_because is None]
    assert len(held) >= 3
    for each in held:
        assert faults(goods, store, each, RULES) == []
        assert (len(result.containers), result.volume_l) <= (len(each.containers), each.volume_l + 1e-9)


def test_small_totes_are_found_where_the_largest_box_wastes_more() -> None:
    # a box of 64 l takes five blocks and a tote of 36 l takes five as well
    block = item("block", 100, 300, 240, quantity=20, upright=True, fragile=True)
    store = [box(500, 300, 240, id="tote"), box(599, 399, 300)]
    assert names(packed([block], store)) == ["tote"] * 4


@pytest.mark.parametrize("limited", [False, True])
def test_as_many_pieces_as_an_order_may_have_are_packed_in_bounded_work(limited: bool) -> None:
    rng = np.random.default_rng(3)
    sides = rng.integers(10, 30, (500, 3)).tolist()
    bears = [0.5 if limited and number % 3 == 1 else None for number in range(500)]
    goods = order(*(item(f"{n}", *mm, mass_kg=0.01, bears_kg=bears[n]) for n, mm in enumerate(sides)))
    result = carbon.pack_order(goods, _store())
    assert result.not_computable_because is None
    assert faults(goods, _store(), result, RULES) == []
    load = Load.of(goods.items)
    steps = Steps(1)
    fill(load, Bins.of(_store()[3:4]), 750, 200, 0, steps)
    assert -1.1 * OVERDRAFT < steps.left <= 0


def test_absurd_quantities_are_not_computable_and_name_the_limit() -> None:
    for quantity in (501, 20_000, 10**7):
        many = order(item("dot", 1, 1, 1, quantity=quantity), item("brick", 90, 90, 90))
        reason = str(carbon.pack_order(many, BOXES).not_computable_because)
        assert f"order 'order': its items are {quantity + 1:,} pieces" in reason
        assert f"quantity of item 'dot' is {quantity:,}" in reason
        assert "the limit is 500 pieces an order" in reason
    assert packed([item("dot", 1, 1, 1, quantity=500)], list(BOXES)).containers[0].items_l == 0.0005


def test_equal_input_gives_an_equal_answer() -> None:
    rules = PackingRules(proof_work=0.1, proof_s=600.0)
    for groceries in orders(6, 3):
        shuffled = groceries.model_copy(update={"items": groceries.items[::-1]})
        one, two = (carbon.pack_order(each, BOXES, rules=rules) for each in (groceries, shuffled))
        assert one == two


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"length_mm": 0}, "length_mm of item 'brick' is 0"),
        ({"width_mm": -5}, "width_mm of item 'brick' is -5"),
        ({"height_mm": 10_001}, "height_mm of item 'brick' is 10001"),
        ({"mass_kg": -0.1}, "mass_kg of item 'brick' is -0.1"),
        ({"mass_kg": float("nan")}, "mass_kg of item 'brick' is nan"),
        ({"bears_kg": -1.0}, "bears_kg of item 'brick' is -1"),
        ({"quantity": 0}, "quantity of item 'brick' is 0"),
    ],
)
def test_impossible_items_are_refused_by_name(change: dict[str, object], said: str) -> None:
    with pytest.raises(carbon.QuantityError, match=said):
        item("brick", **({"length_mm": 9, "width_mm": 9, "height_mm": 9} | change))  # type: ignore[arg-type]


def test_impossible_stores_and_rules_are_refused_by_name() -> None:
    with pytest.raises(carbon.QuantityError, match="max_mass_kg of container 'box 9x9x9' is -1"):
        box(9, 9, 9, max_mass_kg=-1.0)
    with pytest.raises(carbon.QuantityError, match="wall_mm of container 'box 9x9x9' is -1"):
        box(9, 9, 9, wall_mm=-1)
    with pytest.raises(carbon.QuantityError, match="choices of container 'box 9x9x9' is empty"):
        box(9, 9, 9, choices=frozenset())
    with pytest.raises(carbon.QuantityError, match="id of container is 'box 9x9x9' more than once"):
        carbon.pack_order(order(item("dot", 1, 1, 1)), [box(9, 9, 9)] * 2)
    with pytest.raises(carbon.QuantityError, match="'dot' more than once; use its quantity"):
        order(item("dot", 1, 1, 1), item("dot", 2, 2, 2))
    with pytest.raises(carbon.QuantityError, match=r"support_share is 1\.5"):
        PackingRules(support_share=1.5)
    with pytest.raises(carbon.QuantityError, match="starts is 0"):
        PackingRules(starts=0)
