"""One day of a world, played through the same Dispatcher that runs live."""

from pathlib import Path

from dispatch.twin.result import DayResult
from dispatch.twin.world import World


def simulate(world: World, seed: int, *, log: Path | None = None) -> DayResult:
    """Play one day.

    Args:
        world: the scenario.
        seed: of all its randomness; the same world and seed give the same result and log, byte for byte.
        log: where the events and decisions go, one JSON document a line; nowhere if None.

    Raises:
        RequestError: if the world contradicts itself or names a map or a region that is not there.
    """
    raise NotImplementedError((world, seed, log))
