"""Service-radius and fleet experiments on the digital twin.

``conduct`` simulates every ``Setting`` of a ``Study`` over the same seeds in any ``concurrent.futures.Executor``, stops
those that clearly cannot win, and recommends one; ``minimum_fleet`` finds the fewest riders for a share of orders on
time. A ``Journal`` keeps each finished run, so that either goes on where it stopped. ``draw_study`` draws the outcome.
"""

from dispatch.radius.chart import draw_study
from dispatch.radius.faults import RunsFailedError, StudyError
from dispatch.radius.fleet import Fleet, MinimumFleet, crewed, minimum_fleet, refuse_fleet
from dispatch.radius.journal import JOURNAL, Journal, Kept, Task, run_key, world_key
from dispatch.radius.measures import Days, Measures
from dispatch.radius.recommend import Recommendation
from dispatch.radius.report import NOTHING, SHORT_HEAD, report, short_cells
from dispatch.radius.runner import Pool, Runner, Simulate
from dispatch.radius.setting import Setting, grid
from dispatch.radius.study import Outcome, Row, Study, conduct, refuse_study

__all__ = [
    "JOURNAL",
    "NOTHING",
    "SHORT_HEAD",
    "Days",
    "Fleet",
    "Journal",
    "Kept",
    "Measures",
    "MinimumFleet",
    "Outcome",
    "Pool",
    "Recommendation",
    "Row",
    "Runner",
    "RunsFailedError",
    "Setting",
    "Simulate",
    "Study",
    "StudyError",
    "Task",
    "conduct",
    "crewed",
    "draw_study",
    "grid",
    "minimum_fleet",
    "refuse_fleet",
    "refuse_study",
    "report",
    "run_key",
    "short_cells",
    "world_key",
]
