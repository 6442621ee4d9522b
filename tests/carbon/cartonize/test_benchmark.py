import importlib.util
import subprocess
import sys
from pathlib import Path

from carbon import PackingRules
from tests.benchmarks.cartonize import measure, py3dbp_fits, ratio, smallest_first, swiftleaf
from tests.carbon.cartonize.groceries import BOXES, GROCERIES, orders

ROOT = Path(__file__).resolve().parents[3]


def test_orders_and_boxes_are_what_they_say() -> None:
    assert len(GROCERIES) == 22
    assert len(BOXES) == 6
    asked = orders(100, 0)
    assert asked == orders(100, 0) != orders(100, 1)
    things = [sum(item.quantity for item in order.items) for order in asked]
    assert (min(things), max(things)) == (1, 12)
    assert not any(item.upright or item.fragile for order in orders(30, 0, plain=True) for item in order.items)


def test_a_ratio_compares_what_both_put_into_one_box() -> None:
    asked = orders(6, 2, plain=True)
    ours = swiftleaf("ours", asked, PackingRules(support_share=0.0, proof_work=0.0))
    largest = measure("largest", lambda _: [BOXES[-1].id], asked)
    assert ratio(ours, ours) == 1
    assert ratio(ours, largest) == sum(box.volume_l for each in ours.boxes for box in each) / (6 * BOXES[-1].volume_l)
    if importlib.util.find_spec("py3dbp"):
        theirs = measure("py3dbp", smallest_first(py3dbp_fits), asked)
        assert ratio(ours, theirs) <= 1


def test_the_command_runs_from_outside() -> None:
    command = ["-m", "tests.benchmarks.cartonize", "--orders", "3", "--seed", "9", "--no-peers"]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 orders, seed 9" in done.stdout
    assert "rules, classes apart" in done.stdout
