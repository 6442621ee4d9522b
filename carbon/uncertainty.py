"""How far off an estimate may be: Monte-Carlo over the ranges of a report's factors (formula F12).

Each draw takes one value for every factor that has a published range and computes the whole report with it: grams are
energy x the grid's intensity x charging losses (F7) x the vehicle's model (F8, F9), the grid's intensity again for a
store's handling (F4), and mass x material for packaging (F10). A factor without a published range stays what it is, and
the result lists it: nothing here is guessed. What a range cannot tell is how well a model fits the street, so the true
figure may lie outside.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import numpy as np

from carbon.draws import Draws, has_range
from carbon.errors import AllocationError
from carbon.factors import Factor
from carbon.packaging import STANDARD_PACKAGING, Packaging
from carbon.quantity import Floats
from carbon.report import Report
from carbon.sampled import Sampled, levels
from carbon.values import Record

SAME = 1e-12  # sums of the same figures in another order differ by less
CHUNK = 2_560_000  # orders times draws at a time: 20 MB an array


class Range(Record):
    """Percentiles of the draws, grams CO2e.

    Attributes:
        p5: 5 % of the draws are below.
        p50: the median; not the estimate itself where a factor's range is lopsided.
        p95: 5 % of the draws are above.
    """

    p5: float
    p50: float
    p95: float

    @property
    def fixed(self) -> bool:
        """Whether every draw gave the same grams, as nothing behind them has a range; not so of 0 g."""
        return self.p95 > 0 and math.isclose(self.p5, self.p95, rel_tol=SAME)


class OrderRange(Record):
    """One order.

    Attributes:
        order_id: the order.
        transport_gco2e: its part of the round (ledger A).
        hub_gco2e: its handling in the store (ledger A); None where the report has none.
        packaging_gco2e: ledger B, production.
        total_gco2e: all of them in the same draw, which is narrower than adding their percentiles.
    """

    order_id: str
    transport_gco2e: Range
    hub_gco2e: Range | None
    packaging_gco2e: Range
    total_gco2e: Range


class RoundRange(Record):
    """One round.

    Attributes:
        round_id: the round.
        gco2e: its transport.
    """

    round_id: str
    gco2e: Range


class PeriodRange(Record):
    """Orders of a store, a day or both, added up draw by draw.

    Attributes:
        store_id: the store, or None for all of them.
        first_day: first date of departure.
        last_day: last date of departure.
        rounds: how many rounds.
        orders: how many orders.
        transport_gco2e: rounds (ledger A).
        hub_gco2e: handling in the stores (ledger A), as far as orders carry it; None if none of them does.
        packaging_gco2e: ledger B, production.
        total_gco2e: all of them.
    """

    store_id: str | None
    first_day: date
    last_day: date
    rounds: int
    orders: int
    transport_gco2e: Range
    hub_gco2e: Range | None
    packaging_gco2e: Range
    total_gco2e: Range


class Uncertainty(Record):
    """A report's ranges, and everything needed to make them again.

    Attributes:
        seed: seed of the draws.
        draws: how many.
        orders: one per order, as the report has them.
        rounds: one per round, as the report has them.
        stores: one per store over the whole period, by id.
        days: one per day over all stores, in order.
        store_days: one per store and day, by store.
        total: everything; None without orders.
        ranged: ids of the factors that were drawn from a range.
        constant: ids of the report's factors for which no range was published.
        not_drawn: ids of factors that have a range but are behind no figure that could be drawn; ``limits`` says why.
        limits: what stayed constant for want of something else than a range, in sentences.
        not_computable: why ``total`` is missing, None if it is not.
    """

    seed: int
    draws: int
    orders: tuple[OrderRange, ...]
    rounds: tuple[RoundRange, ...]
    stores: tuple[PeriodRange, ...]
    days: tuple[PeriodRange, ...]
    store_days: tuple[PeriodRange, ...]
    total: PeriodRange | None
    ranged: tuple[str, ...]
    constant: tuple[str, ...]
    not_drawn: tuple[str, ...]
    limits: tuple[str, ...]
    not_computable: str | None


class Difference(Record):
    """What one report has more than another, draw by draw: B minus A.

    Attributes:
        seed: seed of the draws.
        draws: how many.
        orders_a: orders in A.
        orders_b: orders in B.
        transport_gco2e: rounds of the one minus those of the other (ledger A).
        hub_gco2e: the same for handling in the stores (ledger A); None unless both reports have some.
        packaging_gco2e: the same for ledger B.
        total_gco2e: the same for everything.
        lower_share: fraction of the draws in which B emits less than A.
        ranged: ids of the factors that were drawn from a range, for either report.
        constant: ids of the factors for which no range was published.
        not_drawn: ids of factors that have a range but are behind no figure that could be drawn.
        limits: what stayed constant for want of something else than a range, in sentences.
    """

    seed: int
    draws: int
    orders_a: int
    orders_b: int
    transport_gco2e: Range
    hub_gco2e: Range | None
    packaging_gco2e: Range
    total_gco2e: Range
    lower_share: float
    ranged: tuple[str, ...]
    constant: tuple[str, ...]
    not_drawn: tuple[str, ...]
    limits: tuple[str, ...]


def uncertainty(
    report: Report,
    packagings: Mapping[str, Packaging] = STANDARD_PACKAGING,
    *,
    draws: int = 10_000,
    seed: int = 0,
) -> Uncertainty:
    """Range of every figure of ``report`` by Monte-Carlo (F12).

    Args:
        report: the report; its own factors are drawn, so that an old one needs no registry.
        packagings: what its packagings are made of, by name.
        draws: how many draws, at least 1.
        seed: seed of the draws; the same seed gives the same bytes, in any process.

    Raises:
        QuantityError: if ``draws`` is below 1, or a factor's range does not hold its value.
        MissingFactorError: if the report does not hold a factor that it needs.
        AllocationError: if an order names a round that is not there.
    """
    drawn = Draws(draws, seed)
    sampled = Sampled.of(report, packagings, drawn)
    ranged, constant, not_drawn = _by_range(report.factors, drawn)
    return Uncertainty(
        seed=seed,
        draws=draws,
        orders=tuple(_order_ranges(sampled)),
        rounds=tuple(_round_ranges(sampled)),
        stores=tuple(_periods(sampled, by_store=True, by_day=False)),
        days=tuple(_periods(sampled, by_store=False, by_day=True)),
        store_days=tuple(_periods(sampled, by_store=True, by_day=True)),
        total=next(iter(_periods(sampled, by_store=False, by_day=False)), None),
        ranged=ranged,
        constant=constant,
        not_drawn=not_drawn,
        limits=sampled.limits,
        not_computable=None if report.orders else "total is not computable because there are no orders",
    )


def paired(
    report_a: Report,
    report_b: Report,
    packagings: Mapping[str, Packaging] = STANDARD_PACKAGING,
    *,
    draws: int = 10_000,
    seed: int = 0,
) -> Difference:
    """What ``report_b`` emits more than ``report_a``, both computed with the same draws of the factors they share.

    What both depend on, such as the grid, then moves both at once, and the difference is far surer than either figure.

    Args:
        report_a: what it is held against.
        report_b: the other way to do it, usually of the same orders.
        packagings: what the packagings of both are made of, by name.
        draws: how many draws, at least 1.
        seed: seed of the draws.

    Raises:
        AllocationError: if a report has no orders.
        QuantityError: if ``draws`` is below 1, or a factor's range does not hold its value.
        MissingFactorError: if a report does not hold a factor that it needs.
    """
    for name, report in (("report_a", report_a), ("report_b", report_b)):
        if not report.orders:
            raise AllocationError(
                f"orders of {name} is empty, so a difference is not computable; give a report of some"
            )
    drawn = Draws(draws, seed)
    a, b = (Sampled.of(report, packagings, drawn) for report in (report_a, report_b))
    transport, handling, packaging = (more - less for less, more in zip(a.sums(), b.sums(), strict=True))
    whole = transport + handling + packaging
    known_a, known_b = int(a.handled.sum()), int(b.handled.sum())
    uneven = f"handling is known for {known_a} orders of A and {known_b} of B, and the difference holds what is known"
    ranged, constant, not_drawn = _by_range((*report_a.factors, *report_b.factors), drawn)
    return Difference(
        seed=seed,
        draws=draws,
        orders_a=len(report_a.orders),
        orders_b=len(report_b.orders),
        transport_gco2e=_range(transport),
        hub_gco2e=_range(handling) if known_a and known_b else None,
        packaging_gco2e=_range(packaging),
        total_gco2e=_range(whole),
        lower_share=float(np.mean(whole < 0)),
        ranged=ranged,
        constant=constant,
        not_drawn=not_drawn,
        limits=tuple(dict.fromkeys((*a.limits, *b.limits, *([uneven] if known_a != known_b else [])))),
    )


def _by_range(factors: Iterable[Factor], draws: Draws) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Ids of the factors drawn from a range, of those without one, and of those with one that were not drawn."""
    has = {factor.id: has_range(factor) for factor in factors}
    used = draws.used()
    return (
        tuple(sorted(id_ for id_ in has if has[id_] and id_ in used)),
        tuple(sorted(id_ for id_ in has if not has[id_])),
        tuple(sorted(id_ for id_ in has if has[id_] and id_ not in used)),
    )


def _range(draws: Floats) -> Range:
    low, mid, high = levels(draws).tolist()
    return Range(p5=low, p50=mid, p95=high)


def _order_ranges(sampled: Sampled) -> Iterator[OrderRange]:
    # Percentiles of an order's transport are its kWh times those of the intensity, exactly; so are those of its
    # handling. Their sum has to be drawn.
    intensity, packed = levels(sampled.intensity), levels(sampled.packed)
    step = max(1, CHUNK // sampled.intensity.shape[1])
    for start in range(0, len(sampled.order_kwh), step):
        at = slice(start, start + step)
        kwh, fixed = sampled.order_kwh[at, None], sampled.order_fixed[at, None]
        hub_kwh, hub_fixed = sampled.hub_kwh[at, None], sampled.hub_fixed[at, None]
        group, hub, pack = (
            sampled.round_group[sampled.order_round[at]],
            sampled.hub_group[at],
            sampled.order_packed[at],
        )
        whole = sampled.intensity[group]
        whole *= kwh
        whole += fixed + hub_fixed
        whole += sampled.packed[pack]
        if hub_kwh.any():
            whole += hub_kwh * sampled.intensity[hub]
        for order, handled, *figures in zip(
            sampled.report.orders[at],
            sampled.handled[at],
            (fixed + kwh * intensity[group]).tolist(),
            (hub_fixed + hub_kwh * intensity[hub]).tolist(),
            packed[pack].tolist(),
            levels(whole, overwrite=True).tolist(),
            strict=True,
        ):
            transport, handling, packaging, total = (Range(p5=low, p50=mid, p95=high) for low, mid, high in figures)
            yield OrderRange(
                order_id=order.order_id,
                transport_gco2e=transport,
                hub_gco2e=handling if handled else None,
                packaging_gco2e=packaging,
                total_gco2e=total,
            )


def _round_ranges(sampled: Sampled) -> Iterator[RoundRange]:
    intensity = levels(sampled.intensity)
    parts = sampled.round_group, sampled.round_kwh.tolist(), sampled.round_fixed.tolist()
    for round_, group, kwh, fixed in zip(sampled.report.rounds, *parts, strict=True):
        low, mid, high = (fixed + kwh * intensity[group]).tolist()
        yield RoundRange(round_id=round_.round_id, gco2e=Range(p5=low, p50=mid, p95=high))


def _periods(sampled: Sampled, *, by_store: bool, by_day: bool) -> Iterator[PeriodRange]:
    # Sums over orders, parted by store, by day, by both or by neither.
    parts: dict[tuple[str, date], list[int]] = {}
    for i, round_at in enumerate(sampled.order_round):
        round_ = sampled.report.rounds[round_at]
        key = (round_.store_id if by_store else "", round_.started_on if by_day else date.min)
        parts.setdefault(key, []).append(i)
    for (store_id, _), orders in sorted(parts.items()):
        rounds = [sampled.report.rounds[i] for i in sorted(set(sampled.order_round[orders].tolist()))]
        transport, handling, packaging = sampled.sums(np.array(orders, dtype=np.intp))
        yield PeriodRange(
            store_id=store_id if by_store else None,
            first_day=min(round_.started_on for round_ in rounds),
            last_day=max(round_.started_on for round_ in rounds),
            rounds=len(rounds),
            orders=len(orders),
            transport_gco2e=_range(transport),
            hub_gco2e=_range(handling) if sampled.handled[orders].any() else None,
            packaging_gco2e=_range(packaging),
            total_gco2e=_range(transport + handling + packaging),
        )
