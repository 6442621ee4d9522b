"""The fewest riders that keep a target share of orders on time."""

from collections.abc import Sequence

import numpy as np

from carbon.counted import counted
from dispatch.faults import Fault, RequestError
from dispatch.radius.journal import Kept, Task
from dispatch.radius.measures import Days, Measures
from dispatch.radius.recommend import keeps, resamples
from dispatch.radius.runner import Runner
from dispatch.radius.setting import MOST_CREW, Setting
from dispatch.radius.stats import ratio
from dispatch.record import Record
from dispatch.twin import World


class Fleet(Record):
    """A number of riders per store that was simulated, and what came of it."""

    riders: int
    measures: Measures
    meets: bool


class MinimumFleet(Record):
    """The answer to ``minimum_fleet``.

    Attributes:
        riders: fewest riders per store that keep the target with 95 % confidence; None if ``most`` do not.
        confidence: share of resamples of the days in which they keep it; None for a single day, or without an answer.
        fewer_confidence: the same for one rider less; the nearer to 0, the surer that it takes so many.
        fleets: all that were simulated, by riders.
        sentences: the same for a reader.
    """

    world: str
    on_time: float
    seeds: tuple[int, ...]
    riders: int | None
    confidence: float | None
    fewer_confidence: float | None
    fleets: tuple[Fleet, ...]
    sentences: tuple[str, ...]


def minimum_fleet(
    world: World,
    setting: Setting,
    *,
    on_time: float,
    seeds: Sequence[int],
    most: int,
    runner: Runner,
    journal: Kept,
) -> MinimumFleet:
    """Find the fewest riders by doubling from one rider and then halving the gap.

    It takes it that more riders on the same days are never less often on time. Where chance breaks that by a rider or
    two, the answer still keeps the target, and one rider less was simulated and does not.

    Args:
        world: before the setting.
        setting: all but the riders, which it must leave open.
        on_time: share of orders to be on time, above 0 and at most 1.
        seeds: common to all fleets.
        most: riders per store beyond which it gives up.
        runner: makes the runs.
        journal: finished runs of the world.

    Raises:
        RequestError: if an argument cannot be.
        RunsFailedError: if runs came to no result.
    """
    refuse_fleet(setting, on_time=on_time, seeds=seeds, most=most)
    known: dict[int, Days] = {}

    def meets(riders: int) -> bool:
        if riders not in known:
            crewed = setting.model_copy(update={"riders": riders})
            tasks = [Task(setting=crewed, seed=seed) for seed in seeds]
            found = runner.run(world, tasks, journal)
            known[riders] = Days.of([found[task] for task in tasks])
            if not known[riders].orders.any():
                text = f"no order came within the radius on {counted(len(seeds), 'day')}; widen it, or raise the demand"
                raise RequestError([Fault(path="$.world.demand", text=text)])
        return bool(keeps(known[riders].on_time, known[riders].orders, on_time))

    too_few, enough = 0, 1
    while not meets(enough):
        if enough == most or _perfect(known[enough]):
            return _answer(world, known, None, on_time, seeds)
        too_few, enough = enough, min(2 * enough, most)
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if meets(middle) else (middle, enough)
    return _answer(world, known, enough, on_time, seeds)


def _perfect(days: Days) -> bool:
    """Whether more riders could not do better; a target so near to 1 takes more days to be sure of."""
    return bool((days.on_time == days.orders).all())


def crewed(world: World, setting: Setting) -> World:
    """The world under a setting that leaves the riders open, with a rider at each store if it has none."""
    return (setting if world.crews else setting.model_copy(update={"riders": 1})).applied(world)


def refuse_fleet(setting: Setting, *, on_time: float, seeds: Sequence[int], most: int) -> None:
    """Raise a ``RequestError`` with what cannot be of the arguments of ``minimum_fleet``."""
    faults = []
    if setting.riders is not None:
        faults.append(
            Fault(path="$.setting.riders", text=f"{setting.riders}; leave it open, as it is what is looked for")
        )
    if not 0 < on_time <= 1:
        faults.append(Fault(path="$.on_time", text=f"{on_time:g}; give a share above 0 and at most 1, such as 0.95"))
    if not seeds or len(set(seeds)) < len(seeds):
        faults.append(Fault(path="$.seeds", text=f"{list(seeds)}; give at least one seed, and each once"))
    if not 1 <= most <= MOST_CREW:
        faults.append(Fault(path="$.most", text=f"{most}; give 1 to {MOST_CREW} riders per store"))
    if faults:
        raise RequestError(faults)


def _answer(
    world: World, known: dict[int, Days], riders: int | None, on_time: float, seeds: Sequence[int]
) -> MinimumFleet:
    measured = {number: known[number].measures() for number in sorted(known)}
    confidence = None if riders is None else _share_meeting(known[riders], on_time)
    fewer = None if riders is None or riders == 1 else _share_meeting(known[riders - 1], on_time)
    return MinimumFleet(
        world=world.name,
        on_time=on_time,
        seeds=tuple(seeds),
        riders=riders,
        confidence=confidence,
        fewer_confidence=fewer,
        fleets=tuple(
            Fleet(riders=number, measures=each, meets=bool(keeps(known[number].on_time, known[number].orders, on_time)))
            for number, each in measured.items()
        ),
        sentences=_sentences(measured, riders, confidence, fewer, on_time),
    )


def _share_meeting(days: Days, on_time: float) -> float | None:
    """Share of resamples of the days in which the share on time meets the target."""
    count = len(days.orders)
    if count == 1:
        return None
    drawn = resamples(count)
    return float(np.mean(ratio(days.on_time[drawn], days.orders[drawn]) >= on_time))


def _sentences(
    measured: dict[int, Measures], riders: int | None, confidence: float | None, fewer: float | None, on_time: float
) -> tuple[str, ...]:
    if riders is None:
        most = max(measured)
        share = measured[most].on_time_share
        near = share is not None and share.mean >= on_time
        if near:
            return (f"More days are needed: {most} riders per store keep {_on_time(measured[most])} on time.",)
        return (
            f"Not even {most} riders per store keep {on_time:.1%} of the orders on time: {_on_time(measured[most])}.",
            "A smaller radius, a longer promise or faster packing helps orders that no rider could bring on time.",
        )
    said = [f"It takes {riders} riders per store: {_on_time(measured[riders])} of the orders are on time."]
    if riders > 1:
        said.append(f"With {riders - 1} it is {_on_time(measured[riders - 1])}.")
    if confidence is None:
        said.append("A single seed says nothing about other days; simulate at least three.")
    else:
        too = "" if fewer is None else f", {riders - 1} in {fewer:.0%}"
        said.append(f"In {confidence:.0%} of the resamples of the days {riders} keep {on_time:.1%} on time{too}.")
    return tuple(said)


def _on_time(each: Measures) -> str:
    share = each.on_time_share
    if share is None:
        return "no orders came, so none"
    ends = f" ({share.low:.1%} to {share.high:.1%})" if share.low is not None and share.high is not None else ""
    return f"{share.mean:.1%}{ends}"
