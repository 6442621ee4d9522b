"""Electricity twice: by the place where it is drawn, and by the contracts under which it is bought (rule R6).

The location-based figure is the one that ISO 14083 asks for and that every total holds. The market-based one stands
beside it, is never added to it, and is there only where contracts were stated.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Self

from pydantic import model_validator

from carbon.errors import QuantityError
from carbon.factors import Factor
from carbon.quantity import Emission, checked, total
from carbon.registry import Registry
from carbon.values import Record, Text

RESIDUAL_MIX = "electricity_residual_mix"
"""Key of a region's factor for what no contract covers; where the registry has none, the location-based factor stands
in for it, which counts contracted green power twice and is said in the report."""


class Contract(Record):
    """One instrument by which power is bought: a supply contract, a power purchase agreement, certificates.

    Attributes:
        instrument: what it is, in words.
        region: region whose consumption it covers, those within it too (``CN`` covers ``CN-GD``).
        share: fraction of that consumption, 0 to 1.
        factor: key of its factor, in ``region`` if the key has several.
        first_day: first day it covers.
        last_day: last day.
        evidence: what proves it, for example the number of a cancellation statement.
        store_id: the one store it covers, or None for every store of the region.
    """

    instrument: Text
    region: Text
    share: float
    factor: Text
    first_day: date
    last_day: date
    evidence: Text
    store_id: str | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if checked(f"share of contract {self.instrument!r}", self.share) > 1:
            raise QuantityError(f"share of contract {self.instrument!r} is {self.share}; a share is at most 1")
        if self.first_day > self.last_day:
            raise QuantityError(
                f"first_day of contract {self.instrument!r} is {self.first_day}, after last_day {self.last_day}; "
                "swap the two"
            )
        return self

    def covers(self, store_id: str, region: str, day: date) -> bool:
        """Whether it covers power drawn in a region, for a store, on a day."""
        there = region == self.region or region.startswith(f"{self.region}-")
        return there and self.store_id in (None, store_id) and self.first_day <= day <= self.last_day


class MarketFactor(Record):
    """What one kWh emits by contract.

    Attributes:
        parts: factor and share of each contract and of the rest; shares add up to 1.
        rest: how the rest was counted: ``"residual mix"``, ``"location-based"``, or None if nothing is left.
    """

    parts: tuple[tuple[Factor, float], ...]
    rest: str | None

    def emission(self, kwh: float) -> Emission:
        """Emission of ``kwh`` at the socket."""
        return total(factor.emission(kwh, "kWh").part(share) for factor, share in self.parts)


def market_factor(
    contracts: Iterable[Contract], store_id: str, region: str, day: date, registry: Registry
) -> MarketFactor | None:
    """What one kWh drawn by a store on a day emits by contract; None if no contract covers it.

    Raises:
        QuantityError: if contracts cover more than all of it.
        FactorError: if a factor is missing, or does not hold on that day.
    """
    covering: Sequence[Contract] = [each for each in contracts if each.covers(store_id, region, day)]
    if not covering:
        return None
    covered = math.fsum(each.share for each in covering)
    if covered > 1 + 1e-9:
        raise QuantityError(
            f"share of the contracts for store {store_id!r} on {day} adds up to {covered:g} "
            f"({', '.join(repr(each.instrument) for each in covering)}); one kWh can be bought once"
        )
    parts = [(_contracted(each, registry, day), each.share) for each in covering]
    if covered > 1 - 1e-9:
        return MarketFactor(parts=tuple(parts), rest=None)
    residual = [factor for factor in registry if factor.key == RESIDUAL_MIX and factor.region == region]
    rest = registry.get(RESIDUAL_MIX, region=region, on=day) if residual else registry.electricity(region, day)
    return MarketFactor(parts=(*parts, (rest, 1 - covered)), rest="residual mix" if residual else "location-based")


class Grid:
    """Electricity of an account by place and by contract, each looked up once.

    Args:
        registry: where the factors come from.
        contracts: under which electricity was bought.
    """

    def __init__(self, registry: Registry, contracts: Iterable[Contract] = ()) -> None:
        self._registry, self._contracts = registry, tuple(contracts)
        self._location: dict[tuple[str, date], Factor] = {}
        self._market: dict[tuple[str, str, date], MarketFactor | None] = {}

    def location(self, region: str, day: date) -> Factor:
        """Location-based factor of a region on a day."""
        at = region, day
        if at not in self._location:
            self._location[at] = self._registry.electricity(region, day)
        return self._location[at]

    def market(self, store_id: str, region: str, day: date) -> MarketFactor | None:
        """What a store's electricity emits by contract, None without one."""
        at = store_id, region, day
        if at not in self._market:
            self._market[at] = market_factor(self._contracts, store_id, region, day, self._registry)
        return self._market[at]

    def used(self) -> list[Factor]:
        """Factors looked up so far, those of places first."""
        bought = [factor for each in self._market.values() if each is not None for factor, _ in each.parts]
        return [*(self._location[at] for at in sorted(self._location)), *bought]

    def words(self) -> str:
        """How the market-based column was counted, or why there is none."""
        found = [each for each in self._market.values() if each is not None]
        if not found:
            return "no market-based column: no contract for electricity was stated"
        rests = sorted({each.rest for each in found if each.rest is not None})
        rest = f"; what they do not cover: {', '.join(rests)}" if rests else ""
        without = len(self._market) - len(found)
        if without:
            rest += f"; {without} of {len(self._market)} stores' days are under none, so the column has no total"
        instruments = ", ".join(f"{each.instrument} ({each.evidence})" for each in self._contracts)
        return f"beside the location-based one, in no total: {instruments}{rest}"


def _contracted(contract: Contract, registry: Registry, day: date) -> Factor:
    return registry.at(contract.region, day).get(contract.factor)
