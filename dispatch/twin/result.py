"""What came of simulated days: one day's measures, and over several seeds their means and intervals."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Self

import numpy as np
from pydantic import Field
from scipy.special import stdtrit

from dispatch.answer import Cost
from dispatch.record import Id, Record

CONFIDENCE = 0.95


class DayResult(Record):
    """The measures of one simulated day. Shares are 0 to 1; a mean over nothing is null.

    ``orders`` are all that the world would have sent, ``accepted`` those within a store's radius, and
    ``accepted = delivered + undelivered``. ``undelivered`` counts the lost ones by reason. Lateness is that of arrivals
    after the promise, 0 for those on time; ``on_time_share`` is of the accepted orders, so a lost one is not on time.
    ``cost`` is the objective's, term by term, with the trips' true times; ``idle_cost`` is for riders on shift and not
    under way, and for the drones' day. ``contribution`` is the margin of the delivered orders less both, without the
    price of lost orders, whose margin is missing already. ``reached_share`` is the part of all orders to expect that
    lies within the radius.
    ``decision_p99_ms`` is of this machine and this run: it is no part of equality nor of the JSON.
    """

    world: Id
    seed: int
    orders: int
    accepted: int
    delivered: int
    undelivered: dict[str, int]
    on_time_share: float | None
    late_mean_s: float | None
    late_p95_s: float | None
    click_to_door_mean_min: float | None
    click_to_door_p95_min: float | None
    trips: int
    orders_per_trip: float | None
    drone_share: float | None
    riding_h: float
    distance_km: float
    on_shift_h: float
    utilisation: float | None
    cost: Cost
    idle_cost: float
    cost_per_order: float | None
    transport_gco2e: float
    packaging_gco2e: float
    gco2e_per_order: float | None
    people_reached: float
    reached_share: float | None
    contribution: float
    note: str = ""
    decision_p99_ms: Annotated[float | None, Field(exclude=True)] = None

    def __eq__(self, other: object) -> bool:
        """Whether all but the machine's own speed is the same."""
        return isinstance(other, DayResult) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]


class Estimate(Record):
    """A mean over ``n`` seeds with its confidence interval by Student's t; the ends are null with fewer than two."""

    mean: float
    low: float | None
    high: float | None
    n: int

    @classmethod
    def of(cls, values: Sequence[float], confidence: float = CONFIDENCE) -> Self:
        """Estimate the mean behind some independent values, at least one."""
        mean = math.fsum(values) / len(values)
        if len(values) == 1:
            return cls(mean=mean, low=None, high=None, n=1)
        error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
        half = float(stdtrit(len(values) - 1, (1 + confidence) / 2)) * error
        return cls(mean=mean, low=mean - half, high=mean + half, n=len(values))


class Summary(Record):
    """Several seeds of one world: each measure with its interval; a measure that no day had is left out."""

    world: Id
    seeds: tuple[int, ...]
    confidence: float
    measures: dict[str, Estimate]

    @classmethod
    def of(cls, results: Sequence[DayResult], confidence: float = CONFIDENCE) -> Self:
        """Sum up days of one world, each with its own seed.

        Raises:
            ValueError: if there are none, or a seed comes twice, which would count one day as two.
        """
        seeds = tuple(result.seed for result in results)
        if not seeds or len(set(seeds)) < len(seeds):
            raise ValueError(f"seeds {list(seeds)}; give at least one day, and each seed once")
        days = [measures_of(result) for result in results]
        names = dict.fromkeys(name for day in days for name in day)
        found = {name: [value for day in days if (value := _value(day, name)) is not None] for name in names}
        return cls(
            world=results[0].world,
            seeds=seeds,
            confidence=confidence,
            measures={name: Estimate.of(values, confidence) for name, values in found.items()},
        )


def measures_of(result: DayResult) -> dict[str, float]:
    """Every number of a day by name: terms of the cost as ``cost.riding``, lost orders as ``undelivered.REASON``.

    ``undelivered`` is the number of all lost orders and ``undelivered_share`` their part of the accepted ones.
    """
    made: dict[str, float] = {}
    for name in type(result).model_fields:
        value = getattr(result, name)
        if isinstance(value, int | float) and name not in {"seed", "decision_p99_ms"}:
            made[name] = float(value)
    lost = sum(result.undelivered.values())
    made["undelivered"] = float(lost)
    if result.accepted:
        made["undelivered_share"] = lost / result.accepted
    made |= {f"cost.{name}": float(value) for name, value in result.cost}
    return made | {f"undelivered.{reason}": float(count) for reason, count in result.undelivered.items()}


def difference(
    before: Sequence[DayResult], after: Sequence[DayResult], confidence: float = CONFIDENCE
) -> dict[str, Estimate]:
    """What ``after`` adds to ``before``, measure by measure, paired by the seeds that both have.

    Common random numbers make the pairs alike but for what was changed, so the interval is that of the change.
    A reason for which a day lost no order counts as zero there; a measure that a pair lacks is left out of that pair.

    Raises:
        ValueError: if they have no seed in common.
    """
    others = {result.seed: measures_of(result) for result in after}
    pairs = [(measures_of(result), others[result.seed]) for result in before if result.seed in others]
    if not pairs:
        raise ValueError("the two have no seed in common; simulate both with the same seeds")
    found: dict[str, list[float]] = {}
    for old, new in pairs:
        for name in dict.fromkeys((*old, *new)):
            value, other = _value(old, name), _value(new, name)
            if value is not None and other is not None:
                found.setdefault(name, []).append(other - value)
    return {name: Estimate.of(values, confidence) for name, values in found.items()}


def _value(day: Mapping[str, float], name: str) -> float | None:
    """A measure of a day, None if it has none; no order lost for a reason is zero."""
    return day.get(name, 0.0 if name.startswith("undelivered.") else None)
