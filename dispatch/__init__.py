"""Dispatch: which rider or drone carries which orders, in which trip, leaving when, and why an order is left out.

``plan`` answers a ``PlanRequest`` with a ``Plan``; ``check`` judges any plan independently, ``evaluate`` times and
prices one made by hand; ``apply_fix`` makes the change that would serve an order; ``frontier`` trades cost, lateness
and carbon; ``compare`` asks what if the same orders went by another vehicle; ``quote`` says whether one more order can
be promised; ``draw`` and ``footprint`` turn a plan into GeoJSON
and into a carbon report; ``warm_up`` compiles the kernels before anybody waits for them.
"""

from dispatch.answer import (
    Bound,
    Cost,
    Fix,
    FixKind,
    Late,
    Leg,
    Plan,
    Reason,
    Stop,
    Summary,
    Trip,
    Unserved,
    VehicleKind,
    VehicleReason,
    Verdict,
    Violation,
    ViolationCode,
)
from dispatch.check import check
from dispatch.draw import draw
from dispatch.evaluate import CheckRequest, SketchTrip, evaluate
from dispatch.faults import DispatchError, Fault, RequestError, faults_of, json_path, read_request
from dispatch.fix import apply_fix
from dispatch.frontier import frontier
from dispatch.peak import dinner_peak
from dispatch.planner import ENGINES, Engine, InvalidPlanError, plan
from dispatch.quote import Quote, QuoteRequest, quote
from dispatch.request import (
    Airspace,
    Drone,
    MapTravel,
    Matrix,
    MatrixTravel,
    Order,
    Packaging,
    PinnedTrip,
    PlanRequest,
    Rates,
    Rider,
    RiderKind,
    Store,
    StraightTravel,
    Temperature,
)
from dispatch.rounds import footprint, packaging_of, rounds
from dispatch.scenario import Comparison, OrderDifference, Scenario, ScenarioVehicle, compare
from dispatch.travel import Travel
from dispatch.warm import warm_up

__all__ = [
    "ENGINES",
    "Airspace",
    "Bound",
    "CheckRequest",
    "Comparison",
    "Cost",
    "DispatchError",
    "Drone",
    "Engine",
    "Fault",
    "Fix",
    "FixKind",
    "InvalidPlanError",
    "Late",
    "Leg",
    "MapTravel",
    "Matrix",
    "MatrixTravel",
    "Order",
    "OrderDifference",
    "Packaging",
    "PinnedTrip",
    "Plan",
    "PlanRequest",
    "Quote",
    "QuoteRequest",
    "Rates",
    "Reason",
    "RequestError",
    "Rider",
    "RiderKind",
    "Scenario",
    "ScenarioVehicle",
    "SketchTrip",
    "Stop",
    "Store",
    "StraightTravel",
    "Summary",
    "Temperature",
    "Travel",
    "Trip",
    "Unserved",
    "VehicleKind",
    "VehicleReason",
    "Verdict",
    "Violation",
    "ViolationCode",
    "apply_fix",
    "check",
    "compare",
    "dinner_peak",
    "draw",
    "evaluate",
    "faults_of",
    "footprint",
    "frontier",
    "json_path",
    "packaging_of",
    "plan",
    "quote",
    "read_request",
    "rounds",
    "warm_up",
]
