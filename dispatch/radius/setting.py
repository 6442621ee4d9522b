"""One setting of a study: how far a store delivers, with how many riders and drones, and what it promises."""

import math
from collections.abc import Sequence
from itertools import product
from typing import Annotated, Self

from pydantic import Field

from dispatch.faults import Fault, RequestError
from dispatch.record import Count, Number, Record
from dispatch.twin import Radius, World, with_drones, with_riders

MOST_SETTINGS = 1_000
MOST_RADIUS_M = 50_000.0
MOST_MINUTES = 180.0
MOST_CREW = 1_000
"""What a ``Count`` takes."""


class Setting(Record):
    """What a study changes in a world. Crews are per store; whatever is None stays as the world has it."""

    radius: Radius | None = None
    riders: Count | None = None
    drones: Count | None = None
    promise_min: Annotated[Number, Field(gt=0, le=24 * 60)] | None = None

    def applied(self, world: World) -> World:
        """The world under this setting: one radius and promise for all stores, the shifts filled in turn."""
        update: dict[str, object] = {}
        if self.radius is not None:
            update |= {"radius": self.radius, "radius_by_store": {}}
        if self.promise_min is not None:
            update["promise_min"] = self.promise_min
        changed = world.model_copy(update=update)
        if self.riders is not None:
            changed = with_riders(changed, self.riders)
        return changed if self.drones is None else with_drones(changed, self.drones)

    @property
    def fleet(self) -> Self:
        """The same setting whatever its radius."""
        return self.model_copy(update={"radius": None})

    @property
    def label(self) -> str:
        """The setting in a few words, such as ``2.5 km, 12 riders, 2 drones, 30 min promise``."""
        parts = [said_radius(self.radius)] if self.radius else []
        parts += [_counted(self.riders, "rider")] if self.riders is not None else []
        parts += [_counted(self.drones, "drone")] if self.drones is not None else []
        parts += [f"{self.promise_min:g} min promise"] if self.promise_min is not None else []
        return ", ".join(parts) or "the world as it is"

    @property
    def order(self) -> tuple[float, ...]:
        """Where it stands in lists: by radius, riders, drones, promise; metres before minutes."""
        radius = (None, None) if self.radius is None else (self.radius.minutes, self.radius.metres)
        return tuple(-1.0 if each is None else each for each in (*radius, self.riders, self.drones, self.promise_min))


def said_radius(radius: Radius) -> str:
    """A radius in words: ``2.5 km``, or ``12 min away``."""
    return f"{radius.minutes:g} min away" if radius.metres is None else f"{radius.metres / 1000:g} km"


def _counted(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def grid(
    *,
    radii_m: Sequence[float] = (),
    minutes: Sequence[float] = (),
    riders: Sequence[int] = (),
    drones: Sequence[int] = (),
    promises_min: Sequence[float] = (),
) -> tuple[Setting, ...]:
    """Every combination of the values given, in the order of ``Setting.order``, each once.

    Args:
        radii_m: straight metres.
        minutes: minutes of an e-bike's travel from the door; radii of both kinds stand beside one another.
        riders: riders per store.
        drones: drones per store.
        promises_min: minutes from order to door.

    Raises:
        RequestError: with every value that cannot be, or if the grid is larger than ``MOST_SETTINGS``.
    """
    faults = [
        *_beyond("radii_m", radii_m, MOST_RADIUS_M, "metres; a store that reaches nobody needs no study"),
        *_beyond("minutes", minutes, MOST_MINUTES, "minutes of travel"),
        *_beyond("promises_min", promises_min, 24 * 60.0, "minutes"),
        *_uncountable("riders", riders),
        *_uncountable("drones", drones),
    ]
    size = math.prod(max(1, len(each)) for each in (riders, drones, promises_min)) * max(1, len(radii_m) + len(minutes))
    if size > MOST_SETTINGS:
        faults.append(
            Fault(path="$", text=f"{size} settings; a study takes at most {MOST_SETTINGS}: give fewer values")
        )
    if faults:
        raise RequestError(faults)
    radii = [*(Radius(metres=each) for each in radii_m), *(Radius(minutes=each) for each in minutes)]
    made = {
        Setting(radius=radius, riders=crew, drones=flying, promise_min=promise)
        for radius, crew, flying, promise in product(
            *(each or [None] for each in (radii, riders, drones, promises_min))
        )
    }
    return tuple(sorted(made, key=lambda setting: setting.order))


def _beyond(name: str, values: Sequence[float], most: float, what: str) -> list[Fault]:
    return [
        Fault(path=f"$.{name}[{i}]", text=f"{value:g}; give more than 0 and at most {most:g} {what}")
        for i, value in enumerate(values)
        if not 0 < value <= most
    ]


def _uncountable(name: str, values: Sequence[int]) -> list[Fault]:
    return [
        Fault(path=f"$.{name}[{i}]", text=f"{value}; give 0 to {MOST_CREW} {name} per store")
        for i, value in enumerate(values)
        if not 0 <= value <= MOST_CREW
    ]
