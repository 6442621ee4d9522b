"""The demo: a seeded dinner peak in the bundled city, planned, printed, written and shown."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

import carbon
import dispatch
import maps
from service.files import write_document
from service.tables import plan_table, unserved_table

FILES = ("request.json", "plan.json", "plan.geojson", "carbon.json")


@dataclass(frozen=True)
class Demo:
    """A planned dinner peak, and the seconds that its parts took."""

    request: dispatch.PlanRequest
    plan: dispatch.Plan
    report: carbon.Report
    drawing: str
    read_s: float
    warm_s: float
    plan_s: float

    def documents(self) -> dict[str, str]:
        """The JSON texts by name, as the database keeps them."""
        return {"plan": self.plan.model_dump_json(), "geojson": self.drawing, "carbon": self.report.model_dump_json()}

    def write(self, folder: Path) -> None:
        """Write ``FILES`` into ``folder``. Raises ``UsageError`` if that cannot be done."""
        texts = (
            self.request.model_dump_json(indent=2),
            self.plan.model_dump_json(indent=2),
            self.drawing,
            self.report.model_dump_json(indent=2),
        )
        for name, text in zip(FILES, texts, strict=True):
            write_document(str(folder / name), text)

    def show(self, console: Console) -> None:
        """Print the tables."""
        console.print(plan_table(self.plan, self.report))
        if self.plan.unserved:
            console.print(unserved_table(self.plan))
        console.print(
            f"Map read in {self.read_s:.1f} s, kernels ready in {self.warm_s:.1f} s (compiled on the first run, cached "
            f"after it), plan made and checked in {self.plan_s:.1f} s."
        )


def run_demo(
    *,
    orders: int,
    riders: int,
    drones: int,
    engine: dispatch.Engine,
    seed: int,
    time_limit_s: float = 1.0,
    work_limit: int | None = None,
) -> Demo:
    """Draw the peak, plan it, account for it and draw it, all in this process.

    With a ``work_limit``, iterations of the search in place of its seconds, the same seed gives the same plan anywhere.

    Raises:
        dispatch.RequestError: if there are more orders or vehicles than one snapshot takes.
    """
    start = time.perf_counter()
    network, people = maps.bundled_map(), maps.bundled_people()
    read_s = time.perf_counter() - start
    peak = dispatch.dinner_peak(network, people, orders=orders, riders=riders, drones=drones, seed=seed)
    start = time.perf_counter()
    dispatch.warm_up()
    warm_s = time.perf_counter() - start
    start = time.perf_counter()
    travel = dispatch.Travel.of(peak)
    plan = dispatch.plan(
        peak, engine=engine, time_limit_s=time_limit_s, seed=seed, travel=travel, work_limit=work_limit
    )
    plan_s = time.perf_counter() - start
    report = dispatch.footprint(peak, plan, travel)
    drawing = json.dumps(dispatch.draw(peak, plan, travel, report), ensure_ascii=False, separators=(",", ":"))
    return Demo(request=peak, plan=plan, report=report, drawing=drawing, read_s=read_s, warm_s=warm_s, plan_s=plan_s)
