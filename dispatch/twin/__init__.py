"""The digital twin: a store's day, or a city's, under a simulated clock, with the dispatcher that runs live.

    from dispatch.twin import Summary, difference, sample_world, simulate, with_riders

    world = sample_world()
    days = [simulate(world, seed) for seed in range(5)]
    Summary.of(days).measures["on_time_share"]
    fewer = [simulate(with_riders(world, 8), seed) for seed in range(5)]
    difference(days, fewer)["contribution"]

A ``World`` is a scenario, and a file that can be edited; ``draw`` makes a ``Day`` of it, all chance drawn beforehand;
``play`` runs that day through ``dispatch.online``; ``measure`` counts what came of it. ``simulate`` does all three.
"""

from dispatch.twin.around import world_around
from dispatch.twin.day import Day, draw
from dispatch.twin.fleet import with_drones, with_orders, with_riders
from dispatch.twin.measure import Played, measure
from dispatch.twin.refuse import read_world, refuse_world
from dispatch.twin.result import DayResult, Estimate, Summary, difference, measures_of
from dispatch.twin.sample import SCENARIOS, sample_city, sample_world
from dispatch.twin.simulation import dispatcher_of, play, simulate
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
    "Day",
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
    "dispatcher_of",
    "draw",
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
    "with_orders",
    "with_riders",
    "world_around",
]
