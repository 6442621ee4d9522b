"""When each vehicle of a day is on: shifts without their breaks and without those who never came."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from dispatch.record import Id
from dispatch.twin.world import Crew, World, clock_s

FLYING_ON_S = 2 * 3600
"""Drones stay on so long after the last order was taken."""


class Stretch(NamedTuple):
    """A vehicle is on from one second of the day to another, after ``rest_s`` of break."""

    vehicle_id: Id
    starts_s: int
    ends_s: int
    rest_s: int


def stretches(world: World, absent: Collection[Id]) -> Iterator[Stretch]:
    """Every stretch of the roster, then of the drones, which need no break."""
    for crew in world.crews:
        if crew.rider.id not in absent:
            yield from _between_breaks(crew)
    for drone in world.drones:
        yield Stretch(drone.id, clock_s(world.hours.starts), clock_s(world.hours.ends) + FLYING_ON_S, 0)


def _between_breaks(crew: Crew) -> Iterator[Stretch]:
    """Breaks that touch or overlap are one."""
    starts_s, rest_s = clock_s(crew.shift.starts), 0
    for pause in sorted(crew.breaks, key=lambda pause: clock_s(pause.starts)):
        pause_s, back_s = clock_s(pause.starts), clock_s(pause.ends)
        if pause_s > starts_s:
            yield Stretch(crew.rider.id, starts_s, pause_s, rest_s)
            starts_s, rest_s = pause_s, 0
        rest_s += max(0, back_s - starts_s)
        starts_s = max(starts_s, back_s)
    if starts_s < clock_s(crew.shift.ends):
        yield Stretch(crew.rider.id, starts_s, clock_s(crew.shift.ends), rest_s)
