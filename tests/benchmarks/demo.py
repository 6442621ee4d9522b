"""How long the demo's dinner peak takes, step by step, in a warm process.

Run it: ``uv run python -m tests.benchmarks.demo [--repeats 5]``.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import TypeVar

import dispatch
import maps

T = TypeVar("T")


def timed(seconds: dict[str, list[float]], step: str, work: Callable[[], T]) -> T:
    """Do ``work`` and note how long it took."""
    start = time.perf_counter()
    result = work()
    seconds.setdefault(step, []).append(time.perf_counter() - start)
    return result


def main() -> None:
    """Print the median seconds of each step over several seeds, and what the plans look like."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="seeds 0, 1, ...")
    repeats: int = parser.parse_args().repeats
    network, people = maps.bundled_map(), maps.bundled_people()
    dispatch.warm_up()
    seconds: dict[str, list[float]] = {}
    print("seed  served  late  cost    gCO2e/order  engine")
    for seed in range(repeats):
        request = dispatch.dinner_peak(network, people, seed=seed)
        travel = timed(seconds, "measure travel", lambda r=request: dispatch.Travel.of(r))
        timed(seconds, "plan, greedy", lambda r=request, t=travel: dispatch.plan(r, engine="greedy", travel=t))
        plan = timed(seconds, "plan, 1 s", lambda r=request, t=travel: dispatch.plan(r, travel=t))
        report = timed(seconds, "footprint", lambda r=request, p=plan, t=travel: dispatch.footprint(r, p, t))
        timed(seconds, "draw", lambda r=request, p=plan, t=travel, f=report: dispatch.draw(r, p, t, f))
        grams = report.totals.gco2e_per_order or 0.0
        print(
            f"{seed:4d}  {plan.summary.served:6d}  {plan.summary.late:4d}  {plan.cost.total:6.1f}  {grams:11.1f}"
            f"  {plan.engine}"
        )
    for step, each in seconds.items():
        print(f"{step:15s} {statistics.median(each):7.3f} s")


if __name__ == "__main__":
    main()
