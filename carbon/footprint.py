"""From rounds and packaging to a report: the steps of ISO 14083 in small, each result kept.

Ledger A (transport) and ledger B (packaging) are computed apart and added only in an order's and the report's total.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from carbon.account import OrderFootprint, RoundFootprint
from carbon.category import TransportCategory, category_id, known_sum, primary_share, ratio, transport_categories
from carbon.chain import Activity
from carbon.electricity import Contract, Grid
from carbon.energy import VEHICLES, charging_factors, grid_wh
from carbon.errors import AllocationError
from carbon.factors import Factor, gwp_sets
from carbon.findings import beyond, findings, unhandled
from carbon.hub import HubAccount, Hubs, hub_factors
from carbon.operation import burnt
from carbon.packaging import DEFAULT_PACKAGING, Packaging, PackagingEmission, packaging_factors, packaging_gco2e
from carbon.quantity import Emission
from carbon.registry import Registry, bundled_registry
from carbon.report import EXCLUSIONS, MODELS, ClassFootprint, Method, Report, Totals
from carbon.road_vehicle import ROAD_VEHICLES
from carbon.transport import Allocation, Round, allocate

if TYPE_CHECKING:
    from datetime import date


def footprint(
    rounds: Iterable[Round],
    packaging: Mapping[str, Packaging],
    registry: Registry | None = None,
    *,
    hubs: Iterable[HubAccount] = (),
    contracts: Iterable[Contract] = (),
) -> Report:
    """Account for rounds, for the handling of their orders, and for what these were packed in.

    Args:
        rounds: the rounds; no two of one id, and no order in two of them.
        packaging: what each order was packed in, by order id. An order that is missing here gets
            ``DEFAULT_PACKAGING``, and its ``packaging_data_class`` says so; an entry for an order in no round is not
            counted.
        registry: where every factor comes from; the bundled ones by default.
        hubs: accounts of stores over periods; no two of one store may overlap. A store without one is named among the
            exclusions.
        contracts: under which electricity was bought, for the market-based column.

    Returns:
        The report. Over no rounds it holds no order, and its mean is None with the reason.

    Raises:
        AllocationError: if two rounds have one id, an order is in two rounds, rounds span more than a year, or two
            accounts of a store overlap.
        FactorError: if a region's electricity or a packaging's material has no factor, or none that holds on the day.
        MixedGasError: if a CO2-only factor would be added to CO2e ones.
        QuantityError: if contracts cover more than all of a store's electricity.
    """
    from_ = bundled_registry() if registry is None else registry
    rounds, hubs = tuple(rounds), tuple(hubs)
    _refuse_twice(rounds)
    contracts = tuple(contracts)
    grid, views = Grid(from_, contracts), _Views(from_)
    allocations = [allocate(round_) for round_ in rounds]
    accounts = [
        _account(round_, allocation, grid, views.of(round_))
        for round_, allocation in zip(rounds, allocations, strict=True)
    ]
    categories = transport_categories(accounts)
    by_name = {category.id: category for category in categories}
    handled = Hubs(hubs, from_, contracts)
    packed = _Packed(packaging, views)
    orders = [
        order
        for round_, allocation, account in zip(rounds, allocations, accounts, strict=True)
        for order in _orders(round_, allocation, account, by_name[account.category], packed, handled)
    ]
    classes = _classes(accounts)
    factors = _unique(
        factor
        for group in (
            grid.used(),
            *(_behind(group, view) for group, view in views.groups(rounds, accounts)),
            *(hub_factors(account, from_) for account in hubs),
            *packed.used(),
        )
        for factor in group
    )
    return Report(
        orders=tuple(orders),
        rounds=tuple(accounts),
        categories=categories,
        hubs=handled.categories,
        vehicle_classes=classes,
        findings=findings(classes),
        factors=factors,
        method=Method(
            distance_types=tuple(sorted({round_.distance_type for round_ in rounds})),
            market=grid.words(),
            gwp_sets=gwp_sets(factors),
            models=(*MODELS, *beyond(rounds)),
            exclusions=(*EXCLUSIONS, *unhandled(orders)),
        ),
        totals=_totals(accounts, orders),
    )


class _Views:
    """The registry as each round's place and day see it, made once for each."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._at: dict[tuple[str, date], Registry] = {}

    def of(self, round_: Round) -> Registry:
        """What a round's factors are looked up in."""
        at = round_.region, round_.started_on
        if at not in self._at:
            self._at[at] = self._registry.at(*at)
        return self._at[at]

    def groups(
        self, rounds: Sequence[Round], accounts: Sequence[RoundFootprint]
    ) -> list[tuple[list[tuple[Round, RoundFootprint]], Registry]]:
        """Rounds with their accounts by view, so that each factor is looked up once for each."""
        found: dict[tuple[str, date], list[tuple[Round, RoundFootprint]]] = {}
        for round_, account in zip(rounds, accounts, strict=True):
            found.setdefault((round_.region, round_.started_on), []).append((round_, account))
        return [(found[at], self._at[at]) for at in sorted(found)]


class _Packed:
    """Emission of each packaging, computed once for each place and day however many orders use it."""

    def __init__(self, by_order: Mapping[str, Packaging], views: _Views) -> None:
        self._by_order, self._views = by_order, views
        self._known: dict[tuple[int, int], tuple[Packaging, PackagingEmission, tuple[Factor, ...]]] = {}

    def of(self, order_id: str, round_: Round) -> tuple[Packaging, PackagingEmission, tuple[Factor, ...], bool]:
        """Packaging of an order, its emission, the factors behind it, and whether it had to be assumed."""
        packaging, view = self._by_order.get(order_id, DEFAULT_PACKAGING), self._views.of(round_)
        # By identity, which is safe as both objects are kept: a day's orders share a handful of packagings.
        key = id(packaging), id(view)
        if key not in self._known:
            self._known[key] = packaging, packaging_gco2e(packaging, view), packaging_factors(packaging, view)
        return *self._known[key], order_id not in self._by_order

    def used(self) -> list[tuple[Factor, ...]]:
        """Factors of the packagings asked for so far."""
        return [factors for _, _, factors in self._known.values()]


def _refuse_twice(rounds: Sequence[Round]) -> None:
    seen: dict[str, str] = {}
    ids: set[str] = set()
    for round_ in rounds:
        if round_.id in ids:
            raise AllocationError(f"id of a round is {round_.id!r} twice; give each departure its own")
        ids.add(round_.id)
        for stop in round_.stops:
            if stop.order_id in seen:
                raise AllocationError(
                    f"order_id {stop.order_id!r} is in round {seen[stop.order_id]!r} and in round {round_.id!r}; "
                    "give a second attempt an id of its own"
                )
            seen[stop.order_id] = round_.id


def _account(round_: Round, allocation: Allocation, grid: Grid, registry: Registry) -> RoundFootprint:
    metered = round_.meter_kwh is not None
    grid_kwh = round_.meter_kwh if round_.meter_kwh is not None else float(grid_wh(round_.battery_wh, registry)) / 1000
    electricity, market = (
        grid.location(round_.region, round_.started_on),
        grid.market(round_.store_id, round_.region, round_.started_on),
    )
    factors = [electricity, *(registry.get(key) for key in _burnt_keys(round_))]
    operation, fuelled = burnt(round_.fuels, round_.refrigerants_kg, registry)
    leaked, _ = burnt((), round_.refrigerants_kg, registry)
    provision = fuelled + electricity.emission(grid_kwh, "kWh")
    whole = operation + provision
    bought = None if market is None else operation + fuelled + market.emission(grid_kwh)
    return RoundFootprint(
        round_id=round_.id,
        store_id=round_.store_id,
        vehicle_id=round_.vehicle_id,
        vehicle_class=round_.vehicle_class,
        operator=round_.operator,
        energy=round_.energy,
        category=category_id(round_.store_id, round_.vehicle_class, round_.energy, round_.zone, round_.distance_type),
        zone=round_.zone,
        started_on=round_.started_on,
        distance_m=round_.distance_m,
        empty_distance_m=round_.empty_distance_m,
        orders=len(round_.stops),
        battery_wh=round_.battery_wh,
        grid_kwh=grid_kwh,
        operation_gco2e=operation.grams,
        refrigerant_gco2e=leaked.grams,
        energy_provision_gco2e=provision.grams,
        fuel_provision_gco2e=fuelled.grams,
        gco2e=whole.grams,
        market_gco2e=None if bought is None else bought.grams,
        market_rest=None if market is None else market.rest,
        activity_tkm=allocation.activity_tkm,
        distance_type=round_.distance_type,
        gco2e_per_tkm=ratio(whole.grams, allocation.activity_tkm),
        gco2e_per_order=whole.grams / len(round_.stops),
        method=allocation.method,
        method_reason=allocation.reason,
        data_class="primary" if metered and round_.data_class == "modelled" else round_.data_class,
        electricity=electricity.id,
        gwp_sets=gwp_sets(factors),
        fuels=round_.fuels,
        refrigerants_kg=round_.refrigerants_kg,
        travel_s=round_.travel_s,
        load_kg=round_.load_kg,
    )


def _orders(
    round_: Round,
    allocation: Allocation,
    account: RoundFootprint,
    category: TransportCategory,
    packed: _Packed,
    handled: Hubs,
) -> Iterable[OrderFootprint]:
    for stop, part in zip(round_.stops, allocation.shares, strict=True):
        packaging, emission, factors, assumed = packed.of(part.order_id, round_)
        transport = Emission(account.gco2e, "CO2e").part(part.share)
        hub, kg = handled.category(round_.store_id, round_.started_on), stop.mass_kg or 0.0
        handling = hub.handling.get(stop.zone) if hub is not None and kg else None
        bought = hub.market_handling.get(stop.zone) if hub is not None and hub.market_handling and kg else None
        hub_gco2e = handling and handling.gco2e_per_kg * kg
        activity = (
            None if part.activity_tkm is None else Activity(tkm=part.activity_tkm, distance_type=round_.distance_type)
        )
        yield OrderFootprint(
            order_id=part.order_id,
            round_id=round_.id,
            store_id=round_.store_id,
            vehicle_class=round_.vehicle_class,
            zone=stop.zone,
            mass_kg=stop.mass_kg or None,
            packaging_kg=packaging.mass_kg,
            transport_gco2e=transport.grams,
            hub_gco2e=hub_gco2e,
            hub_operation_gco2e=handling and handling.operation_gco2e_per_kg * kg,
            packaging_gco2e=emission.gco2e,
            packaging_end_of_life_gco2e=emission.end_of_life_gco2e,
            total_gco2e=math.fsum((transport.grams, hub_gco2e or 0.0, emission.gco2e)),
            market_gco2e=None if account.market_gco2e is None else account.market_gco2e * part.share,
            hub_market_gco2e=bought and bought.gco2e_per_kg * kg,
            gwp_sets=tuple(
                sorted({*account.gwp_sets, *gwp_sets(factors), *(hub.gwp_sets if hub and handling else ())})
            ),
            category_gco2e=None if activity is None else category.element_gco2e(activity),
            parcel_gco2e=category.gco2e_per_order,
            share=part.share,
            method=allocation.method,
            activity_tkm=part.activity_tkm,
            distance_type=round_.distance_type,
            intensity_gco2e_per_tkm=ratio(transport.grams, part.activity_tkm),
            data_class=account.data_class,
            packaging=packaging.name,
            packaging_data_class="default" if assumed else "modelled",
        )


def _classes(accounts: Sequence[RoundFootprint]) -> tuple[ClassFootprint, ...]:
    found = []
    for name in sorted({account.vehicle_class for account in accounts}):
        own = [account for account in accounts if account.vehicle_class == name]
        if len({account.distance_type for account in own}) > 1:
            raise AllocationError(
                f"distance_type of the rounds by {name!r} is SFD in some and GCD in others; report them apart, since "
                "activities of two types may not be added (ISO 14083)"
            )
        grams, orders = math.fsum(account.gco2e for account in own), sum(account.orders for account in own)
        known = [account.activity_tkm for account in own if account.activity_tkm is not None]
        activity = math.fsum(known) if len(known) == len(own) else None
        found.append(
            ClassFootprint(
                vehicle_class=name,
                rounds=len(own),
                orders=orders,
                distance_m=math.fsum(account.distance_m for account in own),
                grid_kwh=math.fsum(account.grid_kwh for account in own),
                gco2e=grams,
                activity_tkm=activity,
                distance_type=own[0].distance_type,
                gco2e_per_tkm=ratio(grams, activity),
                gco2e_per_order=grams / orders,
            )
        )
    return tuple(found)


def _totals(accounts: Sequence[RoundFootprint], orders: Sequence[OrderFootprint]) -> Totals:
    transport = math.fsum(account.gco2e for account in accounts)
    packaging = math.fsum(order.packaging_gco2e for order in orders)
    handled = [order.hub_gco2e for order in orders if order.hub_gco2e is not None]
    hub = math.fsum(handled) if handled else None
    whole = math.fsum((transport, hub or 0.0)) + packaging  # ledgers A and B, which add up to it to the last bit
    days = [account.started_on for account in accounts]
    return Totals(
        rounds=len(accounts),
        orders=len(orders),
        transport_gco2e=transport,
        operation_gco2e=math.fsum(account.operation_gco2e for account in accounts),
        energy_provision_gco2e=math.fsum(account.energy_provision_gco2e for account in accounts),
        hub_gco2e=hub,
        orders_without_hub=len(orders) - len(handled),
        packaging_gco2e=packaging,
        total_gco2e=whole,
        gco2e_per_order=ratio(whole, len(orders)),
        market_gco2e=known_sum(account.market_gco2e for account in accounts),
        hub_market_gco2e=known_sum(order.hub_market_gco2e for order in orders if order.hub_gco2e is not None),
        primary_share=primary_share(accounts),
        not_computable=None
        if orders
        else "no emission and no gco2e_per_order is computable because there are no orders; a sum over nothing is 0",
        first_day=min(days, default=None),
        last_day=max(days, default=None),
    )


def _burnt_keys(round_: Round) -> Iterable[str]:
    yield from round_.refrigerants_kg
    for fuel in round_.fuels:
        yield from (fuel.operation, fuel.provision)


def _behind(rounds: Iterable[tuple[Round, RoundFootprint]], view: Registry) -> Iterable[Factor]:
    """Factors and parameters behind rounds of one place and day; a class of the user's own has none known here."""
    rounds = list(rounds)
    if any(round_.battery_wh and round_.meter_kwh is None for round_, _ in rounds):
        yield from charging_factors(view)
    for name in sorted({account.vehicle_class for _, account in rounds if account.data_class != "primary"}):
        vehicle, driven = VEHICLES.get(name), ROAD_VEHICLES.get(name)
        yield from map(view.get, () if vehicle is None else vehicle.factor_keys.values())
        yield from map(view.get, () if driven is None else driven.parameter_keys())
    yield from map(view.get, sorted({key for round_, _ in rounds for key in _burnt_keys(round_)}))


def _unique(factors: Iterable[Factor]) -> tuple[Factor, ...]:
    return tuple({factor.id: factor for factor in factors}.values())
