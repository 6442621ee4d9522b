"""A report as arrays over draws: what formula F12 computes its percentiles from."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbon.account import OrderFootprint, RoundFootprint
from carbon.charging import charging_factors
from carbon.draws import Draws
from carbon.drone import Drone
from carbon.energy import VEHICLES
from carbon.errors import AllocationError, MissingFactorError
from carbon.factors import Factor
from carbon.hub import HubCategory
from carbon.packaging import Packaging, packaging_gco2e
from carbon.quantity import Floats
from carbon.registry import Registry
from carbon.report import Report
from carbon.two_wheeler import EBike

LEVELS = (0.05, 0.5, 0.95)
SAME = 1e-9  # two ways to one figure differ by rounding alone

Indices = NDArray[np.intp]


def levels(draws: Floats, *, overwrite: bool = False) -> Floats:
    """Return the 5th, 50th and 95th percentile along the last axis, as the last axis.

    Args:
        draws: shape ``(..., n)``.
        overwrite: let the draws be shuffled, which saves a copy.

    Returns:
        Shape ``(..., 3)``.
    """
    return np.moveaxis(np.quantile(draws, LEVELS, axis=-1, overwrite_input=overwrite), 0, -1)


@dataclass(frozen=True, slots=True)
class Sampled:
    """A report in every draw: an order's transport is ``order_fixed + order_kwh * intensity[group]``.

    An intensity is that of a kWh as the report counts it, with what charging losses and the vehicle's model do to it
    in each draw; the rounds of one class on one grid share it. A store's handling is the same without the two. Build
    one with ``Sampled.of``.

    Attributes:
        report: the report.
        intensity: ``(groups, draws)``, grams CO2e per kWh.
        packed: ``(packagings, draws)``, grams CO2e an order.
        round_group: ``(rounds,)``, row of ``intensity``.
        order_round: ``(orders,)``, index of the order's round.
        order_packed: ``(orders,)``, row of ``packed``.
        order_kwh: ``(orders,)``, its share of its round's kWh.
        order_fixed: ``(orders,)``, grams of its transport that are no electricity.
        hub_group: ``(orders,)``, row of ``intensity`` that its store is on.
        hub_kwh: ``(orders,)``, kWh of its handling; 0 where that is not known.
        hub_fixed: ``(orders,)``, grams of its handling that are no electricity.
        handled: ``(orders,)``, whether its handling is known.
        round_kwh: ``(rounds,)``, kWh of the rounds; 1 where the row on which the round is holds all its grams.
        round_fixed: ``(rounds,)``, grams of the rounds that could not be drawn.
        limits: what stays constant for want of something else than a range, in sentences.
    """

    report: Report
    intensity: Floats
    packed: Floats
    round_group: Indices
    order_round: Indices
    order_packed: Indices
    order_kwh: Floats
    order_fixed: Floats
    hub_group: Indices
    hub_kwh: Floats
    hub_fixed: Floats
    handled: NDArray[np.bool_]
    round_kwh: Floats
    round_fixed: Floats
    limits: tuple[str, ...]

    @classmethod
    def of(cls, report: Report, packagings: Mapping[str, Packaging], draws: Draws) -> "Sampled":
        """Draw everything behind ``report``; see ``carbon.uncertainty`` for what it raises."""
        registry = Registry(report.factors)
        models, limits = _models(report, registry, draws)
        grids = _Intensities(registry, models, draws)
        round_group, round_kwh, mid_g = grids.of_rounds(report)
        order_round = _rounds_of(report)
        hub_group, hub_kwh, hub_mid_g = grids.of_hubs(report)
        packed, order_packed, unknown = _packagings(report.orders, packagings, registry, draws)
        share = _column(order.share for order in report.orders)
        order_fixed = _beyond(_column(order.transport_gco2e for order in report.orders), share * mid_g[order_round])
        hub_fixed = _beyond(_column(order.hub_gco2e or 0.0 for order in report.orders), hub_mid_g)
        for what, grams in (("transport", order_fixed), ("handling", hub_fixed)):
            if grams.any():
                limits.append(
                    f"{math.fsum(grams):.1f} g of {what} are no electricity (a store's fuel or leak), so they stay "
                    "constant"
                )
        return cls(
            report=report,
            intensity=grids.rows(),
            packed=packed,
            round_group=round_group,
            order_round=order_round,
            order_packed=order_packed,
            order_kwh=share * round_kwh[order_round],
            order_fixed=order_fixed,
            hub_group=hub_group,
            hub_kwh=hub_kwh,
            hub_fixed=hub_fixed,
            handled=np.array([order.hub_gco2e is not None for order in report.orders], dtype=np.bool_),
            round_kwh=round_kwh,
            round_fixed=_beyond(_column(round_.gco2e for round_ in report.rounds), mid_g),
            limits=(*limits, *unknown),
        )

    def sums(self, orders: Indices | None = None) -> tuple[Floats, Floats, Floats]:
        """Add up transport, handling and packaging of some orders (all by default) in every draw.

        One group after the other rather than by a matrix product, whose rounding depends on the machine.

        Returns:
            ``(transport, handling, packaging)``, grams CO2e, ``(draws,)`` each.
        """
        at = np.arange(len(self.order_kwh)) if orders is None else orders
        parts = (
            (self.order_fixed, self.round_group[self.order_round[at]], self.order_kwh[at], self.intensity),
            (self.hub_fixed, self.hub_group[at], self.hub_kwh[at], self.intensity),
            (np.zeros_like(self.order_fixed), self.order_packed[at], np.ones(len(at)), self.packed),
        )
        transport, handling, packaging = (
            self._sum(math.fsum(fixed[at]), np.bincount(rows, amounts, len(drawn)).astype(np.float64), drawn)
            for fixed, rows, amounts, drawn in parts
        )
        return transport, handling, packaging

    def _sum(self, fixed: float, amounts: Floats, drawn: Floats) -> Floats:
        found = np.full(self.intensity.shape[1], fixed)
        for amount, row in zip(amounts, drawn, strict=True):
            found += amount * row
        return found


def _column(values: Iterable[float]) -> Floats:
    return np.array(list(values), dtype=np.float64)


def _rounds_of(report: Report) -> Indices:
    at = {round_.round_id: i for i, round_ in enumerate(report.rounds)}
    for order in report.orders:
        if order.round_id not in at:
            raise AllocationError(
                f"round_id of order {order.order_id!r} is {order.round_id!r}, which the report does not hold; "
                "make the report again"
            )
    return np.array([at[order.round_id] for order in report.orders], dtype=np.intp)


def _beyond(whole: Floats, part: Floats) -> Floats:
    """What a figure holds beyond a part of it, with mere rounding taken for nothing."""
    rest = whole - part
    return np.where(np.abs(rest) <= SAME * np.abs(whole), 0.0, rest)


class _Intensities:
    """Drawn grams per kWh, one row for each grid, way of charging and model that occur together."""

    def __init__(self, registry: Registry, models: Mapping[str, Floats], draws: Draws) -> None:
        self._registry, self._models, self._draws = registry, models, draws
        self._factors = {factor.id: factor for factor in registry}
        self._efficiency = _charging_efficiency(registry)
        self._at: dict[tuple[str, bool, str | None], int] = {}
        self._rows: list[Floats] = []

    def rows(self) -> Floats:
        """All of them, ``(groups, draws)``."""
        return np.array(self._rows, dtype=np.float64).reshape(-1, self._draws.count)

    def of_rounds(self, report: Report) -> tuple[Indices, Floats, Floats]:
        """Each round's row, how many times it counts, and the grams that makes by the values.

        A round that burns or leaks something has a row of its own, with all its grams in it.
        """
        groups, amounts, mid_g = [], [], []
        for round_ in report.rounds:
            grid = self._grid(round_.electricity, f"round {round_.round_id!r}")
            model = round_.vehicle_class if round_.data_class == "modelled" else None
            # A meter at the socket has the losses behind it; only where F7 made the figure do its efficiencies matter.
            charged = self._efficiency is not None and math.isclose(
                round_.grid_kwh, round_.battery_wh / 1000 / self._efficiency, rel_tol=SAME
            )
            group = self._row(grid, charged=charged, model=model if model in self._models else None)
            electric_g = round_.grid_kwh * grid.value * _grams(grid, "kWh")
            if round_.fuels or round_.refrigerants_kg:
                drawn, by_value = self._burnt(round_)
                self._rows.append(round_.grid_kwh * self._rows[group] + drawn)
                groups.append(len(self._rows) - 1)
                amounts.append(1.0)
                mid_g.append(electric_g + by_value)
            else:
                groups.append(group)
                amounts.append(round_.grid_kwh)
                mid_g.append(electric_g)
        return np.array(groups, dtype=np.intp), _column(amounts), _column(mid_g)

    def _burnt(self, round_: RoundFootprint) -> tuple[Floats, float]:
        """Grams of a round's fuels and refrigerants, drawn and by the values (F2)."""
        drawn, by_value = np.zeros(self._draws.count), 0.0
        burnt = [(key, fuel.amount, fuel.unit) for fuel in round_.fuels for key in (fuel.operation, fuel.provision)]
        leaked = [(key, leaked_kg, "kg") for key, leaked_kg in round_.refrigerants_kg.items()]
        for key, amount, unit in (*burnt, *leaked):
            factor = self._registry.get(key)
            grams = amount * _grams(factor, unit)
            drawn += grams * self._draws.of(factor)
            by_value += grams * factor.value
        return drawn, by_value

    def of_hubs(self, report: Report) -> tuple[Indices, Floats, Floats]:
        """For each order the row of its store, the kWh of its handling, and their grams by the values."""
        days = {round_.round_id: round_.started_on for round_ in report.rounds}
        hubs = _by_store(report.hubs)
        groups, kwh, mid_g = [0] * len(report.orders), [0.0] * len(report.orders), [0.0] * len(report.orders)
        for i, order in enumerate(report.orders):
            day = days[order.round_id]
            own = [hub for hub in hubs.get(order.store_id, ()) if hub.first_day <= day <= hub.last_day]
            if order.hub_gco2e and own:
                grid, handling = self._grid(own[0].electricity, own[0].id), own[0].handling[order.zone]
                groups[i] = self._row(grid, charged=False, model=None)
                kwh[i] = order.hub_gco2e / handling.gco2e_per_kg * own[0].kwh_per_kg.get(order.zone, 0.0)
                mid_g[i] = kwh[i] * grid.value * _grams(grid, "kWh")
        return np.array(groups, dtype=np.intp), _column(kwh), _column(mid_g)

    def _grid(self, id_: str, of: str) -> Factor:
        if id_ not in self._factors:
            raise MissingFactorError(
                f"electricity of {of} is {id_!r}, which the report's factors do not hold; make the report again"
            )
        return self._factors[id_]

    def _row(self, grid: Factor, *, charged: bool, model: str | None) -> int:
        key = (grid.id, charged, model)
        if key not in self._at:
            self._at[key] = len(self._rows)
            per_kwh = self._draws.of(grid) * _grams(grid, "kWh")
            if charged and self._efficiency is not None:
                drawn = math.prod(self._draws.of(factor) for factor in charging_factors(self._registry))
                per_kwh = per_kwh * self._efficiency / drawn
            self._rows.append(per_kwh if model is None else per_kwh * self._models[model])
        return self._at[key]


def _by_store(hubs: Iterable[HubCategory]) -> Mapping[str, Sequence[HubCategory]]:
    found: dict[str, list[HubCategory]] = {}
    for hub in hubs:
        found.setdefault(hub.store_id, []).append(hub)
    return found


def _charging_efficiency(registry: Registry) -> float | None:
    """Grid to cells; None where the report holds no such factors, since it charges nothing by F7."""
    try:
        return math.prod(factor.value for factor in charging_factors(registry))
    except MissingFactorError:
        return None


def _grams(factor: Factor, unit: str) -> float:
    """Grams CO2e per unit of amount and of the factor's own value."""
    return factor.model_copy(update={"value": 1.0}).emission(1.0, unit).grams


def _models(report: Report, registry: Registry, draws: Draws) -> tuple[dict[str, Floats], list[str]]:
    """For each modelled class, what its drawn parameters make of its energy; and the classes that cannot be drawn."""
    found: dict[str, Floats] = {}
    limits = []
    for name in sorted({round_.vehicle_class for round_ in report.rounds if round_.data_class == "modelled"}):
        rounds = [r for r in report.rounds if r.vehicle_class == name and r.data_class == "modelled"]
        vehicle, told = VEHICLES.get(name), [r for r in rounds if r.travel_s and r.load_kg is not None and r.distance_m]
        if vehicle is None:
            limits.append(f"energy of {name!r}: a class whose model is not known here, so its energy stays constant")
        elif not told:
            limits.append(
                f"energy of {name!r}: none of its rounds says travel_s and load_kg, so there is no speed and load to "
                "draw its model at, and its energy stays constant"
            )
        else:
            found[name] = _model_ratio(vehicle, told, registry, draws)
    return found, limits


def _model_ratio(vehicle: EBike | Drone, rounds: Sequence[RoundFootprint], registry: Registry, draws: Draws) -> Floats:
    """Energy by drawn parameters over energy by their values, at the mean speed and load of a class."""
    metres = math.fsum(round_.distance_m for round_ in rounds)
    speed = metres / math.fsum(round_.travel_s or 0.0 for round_ in rounds)
    load = math.fsum((round_.load_kg or 0.0) * round_.distance_m for round_ in rounds) / metres
    flights = sum(round_.orders + 1 for round_ in rounds)
    factors = {name: registry.get(key) for name, key in vehicle.factor_keys.items()}
    # The fields hold numbers or arrays alike, as everything in the models broadcasts; the types say numbers.
    values: dict[str, Any] = {name: factor.value for name, factor in factors.items()}
    drawn: dict[str, Any] = {name: draws.of(factor) for name, factor in factors.items()}

    def energy(of: EBike | Drone) -> Floats:
        if isinstance(of, EBike):
            empty, per_kg = of.battery_wh_coefficients(speed)
            return empty + per_kg * load
        return of.battery_wh(metres / flights, load, speed)

    return energy(replace(vehicle, **drawn)) / energy(replace(vehicle, **values))


def _packagings(
    orders: Sequence[OrderFootprint], packagings: Mapping[str, Packaging], registry: Registry, draws: Draws
) -> tuple[Floats, Indices, list[str]]:
    """Drawn grams of each packaging, each order's packaging, and the packagings that cannot be drawn."""
    rows: dict[tuple[str, float], int] = {}
    packed: list[Floats] = []
    limits = []
    for order in orders:
        key = (order.packaging, order.packaging_gco2e)
        if key in rows:
            continue
        rows[key] = len(rows)
        packaging = packagings.get(order.packaging)
        mid_g = None if packaging is None else packaging_gco2e(packaging, registry).gco2e
        if packaging is None or mid_g is None or not math.isclose(mid_g, order.packaging_gco2e, rel_tol=SAME):
            why = "is not among the packagings given" if mid_g is None else f"would be {mid_g:.1f} g as given"
            limits.append(f"packaging {order.packaging!r} of {order.packaging_gco2e:.1f} g {why}, so it stays constant")
            packed.append(np.full(draws.count, order.packaging_gco2e))
        else:
            packed.append(_drawn_grams(packaging, registry, draws))
    return (
        np.array(packed, dtype=np.float64).reshape(-1, draws.count),
        np.array([rows[order.packaging, order.packaging_gco2e] for order in orders], dtype=np.intp),
        limits,
    )


def _drawn_grams(packaging: Packaging, registry: Registry, draws: Draws) -> Floats:
    """Formula F10 in every draw, and F11 with its uses drawn where they were read from a factor."""
    once = np.zeros(draws.count)
    for piece in packaging.pieces:
        kg = _drawn(piece.mass_kg, piece.mass_source, registry, draws)
        for key, share in ((piece.production, 1 - piece.recycled_share), (piece.recycled, piece.recycled_share)):
            if key is not None and share > 0:
                factor = registry.get(key)
                once += kg * share * draws.of(factor) * _grams(factor, "kg")
        for key, share in piece.end_of_life.items():
            factor = registry.get(key)
            once += kg * share * draws.of(factor) * _grams(factor, "kg")
    loop = packaging.loop
    if loop is None:
        return once
    return once / _drawn(loop.uses, loop.uses_source, registry, draws) + loop.running_gco2e


def _drawn(value: float, source: str | None, registry: Registry, draws: Draws) -> Floats:
    """A figure in every draw: as far from its value as the factor that it was read from is from its own."""
    factor = registry.get(source) if source is not None else None
    if factor is None or factor.value == 0:
        return np.full(draws.count, value)
    return value * (draws.of(factor) / factor.value)
