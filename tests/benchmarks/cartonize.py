"""How much box an order needs: ``python -m tests.benchmarks.cartonize``.

Seeded grocery orders of 1 to 12 things go into the smallest of six boxes that each packer finds, in two problems:

- *free*: things may be turned any way, float and be stacked at will, as ``py3dbp`` does it;
- *rules*: bottles stand, nothing rests on what is fragile, and three quarters of each base are carried. ``py3dbp`` has
  no such rules; ``packvium`` is told all of them.

Swiftleaf is measured in both, in the free problem with carried bases too, and once with cold, ambient and non-food
goods apart, which takes more boxes. The others get one box after the other, the smallest first, until one holds the
order: the best form that was found for either. Every layout of ours is judged by the tests' own judge. Seconds are
of the processor. Ratios are Swiftleaf's litres over the peer's, over the orders that both put into one box.
"""

import argparse
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import carbon
from carbon import CartonItem, CartonOrder, Container, PackingRules
from carbon.cartonize import warm_up
from tests.carbon.cartonize.groceries import BOXES, GROCERIES, orders
from tests.carbon.cartonize.judge import faults

SUPPORT = 0.75
CLOCK_S = 0.8
Packer = Callable[[CartonOrder], list[str]]
"""Ids of the boxes that an order needs; none if the packer found none."""


@dataclass(frozen=True)
class Row:
    """One packer on one problem: the boxes of each order, and the seconds each took."""

    packer: str
    boxes: list[list[Container]]
    seconds: list[float]
    goods_l: list[float]
    proven: int | None

    def figures(self) -> str:
        used = [box for each in self.boxes for box in each]
        volume_l = sum(box.volume_l for box in used)
        packed_l = sum(goods_l for goods_l, each in zip(self.goods_l, self.boxes, strict=True) if each)
        void = sum(
            bool(each) and goods_l < sum(box.volume_l for box in each) / 2
            for goods_l, each in zip(self.goods_l, self.boxes, strict=True)
        )
        kgco2e = sum(carbon.packaging_gco2e(box.packaging).production_gco2e for box in used) / 1000
        return (
            f"{self.packer:34}{sum(map(bool, self.boxes)):6}{volume_l:10.1f}{packed_l / volume_l:7.1%}{void:7}"
            f"{'-' if self.proven is None else self.proven:>8}"
            f"{statistics.median(self.seconds) * 1000:9.1f}{max(self.seconds) * 1000:9.1f}{sum(self.seconds):8.2f}"
            f"{sum(box.packaging.mass_kg for box in used):8.2f}{kgco2e:8.2f}"
        )


def ratio(ours: Row, theirs: Row) -> float:
    """Our litres over theirs, where both put an order into one box."""
    both = [(a[0], b[0]) for a, b in zip(ours.boxes, theirs.boxes, strict=True) if len(a) == len(b) == 1]
    return sum(a.volume_l for a, _ in both) / sum(b.volume_l for _, b in both)


def measure(name: str, pack: Packer, asked: Sequence[CartonOrder], proven: list[bool] | None = None) -> Row:
    """Pack all orders."""
    of_id = {box.id: box for box in BOXES}
    boxes, seconds = [], []
    for order in asked:
        start = time.process_time()
        found = pack(order)
        seconds.append(time.process_time() - start)
        boxes.append([of_id[each] for each in found])
    goods_l = [sum(item.volume_l for item in order.items) for order in asked]
    return Row(name, boxes, seconds, goods_l, None if proven is None else sum(proven))


def swiftleaf(name: str, asked: Sequence[CartonOrder], rules: PackingRules) -> Row:
    """Swiftleaf's packer; each layout is judged, and one with a fault ends the benchmark."""
    proven: list[bool] = []
    packings = []

    def pack(order: CartonOrder) -> list[str]:
        packing = carbon.pack_order(order, BOXES, rules=rules)
        packings.append(packing)
        proven.append(packing.proven)
        return [each.container_id for each in packing.containers]

    row = measure(name, pack, asked)
    wrong = [fault for order, each in zip(asked, packings, strict=True) for fault in faults(order, BOXES, each, rules)]
    if wrong:
        sys.exit(f"{name}: {len(wrong)} faults, the first: {wrong[0]}")
    return Row(row.packer, row.boxes, row.seconds, row.goods_l, sum(proven))


def smallest_first(fits: Callable[[CartonOrder, Container], bool]) -> Packer:
    """Try one box after the other; one that is smaller than the goods is not tried."""

    def pack(order: CartonOrder) -> list[str]:
        goods_l = sum(item.volume_l for item in order.items)
        held = (box.id for box in BOXES if box.volume_l >= goods_l and fits(order, box))
        return [each] if (each := next(held, None)) else []

    return pack


def py3dbp_fits(order: CartonOrder, box: Container) -> bool:
    """py3dbp, the larger things first, which serves it better than the smaller first."""
    import py3dbp  # noqa: PLC0415 - a peer, which need not be there

    packer = py3dbp.Packer()
    packer.add_bin(py3dbp.Bin(box.id, box.length_mm, box.width_mm, box.height_mm, 1000))
    for item in order.items:
        for _ in range(item.quantity):
            packer.add_item(py3dbp.Item(item.id, item.length_mm, item.width_mm, item.height_mm, item.mass_kg))
    packer.pack(bigger_first=True)
    return not packer.bins[0].unfitted_items


def packvium_fits(support: float) -> Callable[[CartonOrder, Container], bool]:
    """packvium in quality mode, with every rule of the problem."""

    def fits(order: CartonOrder, box: Container) -> bool:
        import packvium  # noqa: PLC0415 - a peer, which need not be there

        def sides(each: CartonItem | Container) -> Any:
            return packvium.Dimensions.mm(str(each.length_mm), str(each.width_mm), str(each.height_mm))

        items = [
            packvium.Item.create(
                item.id,
                sides(item),
                f"{item.mass_kg} kg",
                quantity=item.quantity,
                keep_upright=item.upright,
                stackable=not item.fragile,
            )
            for item in order.items
        ]
        container = packvium.Container.create(box.id, sides(box), quantity=1)
        config = packvium.PackingConfig.quality(minimum_support_ratio=support)
        return not packvium.Packer(config).pack(items, [container]).unpacked

    return fits


def show(problem: str, rows: Iterable[Row]) -> None:
    """Print one problem's table and what we need of each peer's volume."""
    rows = list(rows)
    print(f"\n{problem}")
    heads = f"{'':34}{'boxed':>6}{'litres':>10}{'fill':>7}{'>50% v':>7}{'proven':>8}"
    print(f"{heads}{'med ms':>9}{'max ms':>9}{'total s':>8}{'board':>8}{'kgCO2e':>8}")
    for row in rows:
        print(row.figures())
    for peer in (row for row in rows if row.proven is None):
        for ours in (row for row in rows if row.proven is not None):
            print(f"  {ours.packer} over {peer.packer}: {ratio(ours, peer):.3f}")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=100)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--clock", type=float, default=CLOCK_S, help="seconds of the clock for one order's proof")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--design", action="store_true", help="also choose six sizes for these orders")
    given = parser.parse_args()
    there = [name for name in ("py3dbp", "packvium") if importlib.util.find_spec(name) and not given.no_peers]
    warm_up()
    free, classed = orders(given.orders, given.seed, plain=True), orders(given.orders, given.seed)
    ruled = [together(order) for order in classed]
    carried = PackingRules(proof_s=given.clock, support_share=SUPPORT)
    floating = PackingRules(proof_s=given.clock, support_share=0.0)
    things = sum(item.quantity for order in free for item in order.items)
    print(f"{given.orders} orders, seed {given.seed}, {things} things of {len(GROCERIES)} types, {len(BOXES)} boxes")
    rows = [swiftleaf("swiftleaf", free, floating), swiftleaf("swiftleaf, bases carried", free, carried)]
    if "py3dbp" in there:
        rows.append(measure("py3dbp", smallest_first(py3dbp_fits), free))
    if "packvium" in there:
        rows.append(measure("packvium quality", smallest_first(packvium_fits(0.0)), free))
    show("free", rows)
    rows = [swiftleaf("swiftleaf", ruled, carried)]
    if "packvium" in there:
        rows.append(measure("packvium quality", smallest_first(packvium_fits(SUPPORT)), ruled))
    show("rules", rows)
    show("rules, classes apart", [swiftleaf("swiftleaf", classed, carried)])
    if given.design:
        design(free, carried)


def together(order: CartonOrder) -> CartonOrder:
    """The same goods with every rule but that classes are apart."""
    return order.model_copy(
        update={"items": tuple(item.model_copy(update={"storage": "ambient"}) for item in order.items)}
    )


def design(asked: Sequence[CartonOrder], rules: PackingRules) -> None:
    """Choose as many sizes as the store has for the orders, and say what they need."""
    start = time.process_time()
    chosen = carbon.design_box_range(asked, len(BOXES), rules=rules)
    seconds = time.process_time() - start
    print(f"\n{len(BOXES)} sizes designed for the free orders with bases carried, in {seconds:.1f} s")
    for size in chosen.sizes:
        print(f"  {size.length_mm} x {size.width_mm} x {size.height_mm} mm for {size.loads} loads")
    print(f"  {chosen.volume_l:.1f} l, void {chosen.void_share:.1%}, best of {chosen.candidates}: {chosen.proven}")


if __name__ == "__main__":
    main()
