"""The digital twin: a store's day, or a city's, under a simulated clock, with the dispatcher that runs live."""

from dispatch.twin.fleet import with_drones, with_riders
from dispatch.twin.measure import Played, measure
from dispatch.twin.refuse import read_world, refuse_world
from dispatch.twin.result import DayResult, Estimate, Summary, difference, measures_of
from dispatch.twin.sample import SCENARIOS, sample_city, sample_world
from dispatch.twin.simulation import play, simulate
from dispatch.twin.tracks import tracks
from dispatch.twin.world import (
    Baskets,
    Crew,
    Demand,
    Handover,
    Outage,
    Packing,
    Place,
    Policy,
    Radius,
    Roads,
    Span,
    Weather,
    World,
)

__all__ = [
    "SCENARIOS",
    "Baskets",
    "Crew",
    "DayResult",
    "Demand",
    "Estimate",
    "Handover",
    "Outage",
    "Packing",
    "Place",
    "Played",
    "Policy",
    "Radius",
    "Roads",
    "Span",
    "Summary",
    "Weather",
    "World",
    "difference",
    "measure",
    "measures_of",
    "play",
    "read_world",
    "refuse_world",
    "sample_city",
    "sample_world",
    "simulate",
    "tracks",
    "with_drones",
    "with_riders",
]
