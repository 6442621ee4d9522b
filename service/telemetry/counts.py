"""What this process counts and times; several processes are scraped apart and summed up there."""

from prometheus_client import CollectorRegistry, Counter, Histogram
from pydantic_core import from_json

REGISTRY = CollectorRegistry()

FAST_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)
GAPS = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)

REQUESTS = Counter("swiftleaf_requests", "HTTP requests answered.", ("method", "route", "status"), registry=REGISTRY)
REQUEST_S = Histogram(
    "swiftleaf_request_seconds",
    "From a request's first byte to the last byte of its answer; streams are left out.",
    ("method", "route"),
    buckets=FAST_S,
    registry=REGISTRY,
)
SOLVE_S = Histogram(
    "swiftleaf_solve_seconds",
    "What a task took once its turn at a worker had come.",
    ("task",),
    buckets=FAST_S,
    registry=REGISTRY,
)
PLAN_GAP = Histogram(
    "swiftleaf_plan_gap", "Part of a plan's cost above its proven bound.", buckets=GAPS, registry=REGISTRY
)
LIVE_SOLVE_S = Histogram(
    "swiftleaf_live_solve_seconds",
    "What the dispatcher of a live fleet took to decide on an event.",
    buckets=(0.001, *FAST_S),
    registry=REGISTRY,
)
LIVE_GAP = Histogram(
    "swiftleaf_live_gap",
    "Part of the cost of a live fleet's open orders above its proven bound, proven every few minutes.",
    buckets=GAPS,
    registry=REGISTRY,
)
EVENTS_TAKEN = Counter("swiftleaf_events_taken", "Events of live fleets taken in.", registry=REGISTRY)
EVENTS_HANDLED = Counter("swiftleaf_events_handled", "Events of live fleets decided on.", registry=REGISTRY)
DECISIONS = Counter("swiftleaf_decisions", "Decisions of live fleets.", ("kind",), registry=REGISTRY)


def note_plan(document: str) -> None:
    """Take note of how far a plan may be from the best one, if that is known."""
    bound = from_json(document).get("bound")
    if bound is not None:
        PLAN_GAP.observe(bound["gap"])


def note_live_gap(document: str) -> None:
    """The same of a live fleet's plan, from a ``PlanGap`` as JSON."""
    gap = from_json(document)["gap"]
    if gap is not None:
        LIVE_GAP.observe(gap)
