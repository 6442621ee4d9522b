"""The digital twin: a store's day, or a city's, under a simulated clock, with the dispatcher that runs live."""

from dispatch.twin.fleet import with_drones, with_riders
from dispatch.twin.result import DayResult, Estimate, Summary, difference, measures_of
from dispatch.twin.simulate import simulate
from dispatch.twin.world import (
    Baskets,
    Crew,
    Demand,
    Handover,
    Outage,
    Packing,
    Place,
    Radius,
    Roads,
    Span,
    Weather,
    World,
)

__all__ = [
    "Baskets",
    "Crew",
    "DayResult",
    "Demand",
    "Estimate",
    "Handover",
    "Outage",
    "Packing",
    "Place",
    "Radius",
    "Roads",
    "Span",
    "Summary",
    "Weather",
    "World",
    "difference",
    "measures_of",
    "simulate",
    "with_drones",
    "with_riders",
]
