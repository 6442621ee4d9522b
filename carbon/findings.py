"""What a report says of itself in sentences: comparisons, gaps and limits."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from carbon.account import OrderFootprint
from carbon.counted import counted
from carbon.drone import Drone
from carbon.energy import VEHICLES
from carbon.report import ClassFootprint
from carbon.transport import Round


def findings(classes: Sequence[ClassFootprint]) -> tuple[str, ...]:
    """Vehicle classes held against the cleanest of them, an order each; nothing to say of fewer than two."""
    ranked = sorted(classes, key=lambda each: (each.gco2e_per_order, each.vehicle_class))
    if len(ranked) < 2:  # noqa: PLR2004 - it takes two to compare
        return ()
    best = ranked[0]
    said = []
    for each in ranked[1:]:
        least = best.gco2e_per_order
        than = f"{each.gco2e_per_order / least:.1f} times" if least else "more than"
        said.append(
            f"{each.vehicle_class}: {each.gco2e_per_order:.1f} gCO2e of transport an order, "
            f"{than} {best.vehicle_class} ({best.gco2e_per_order:.1f} gCO2e)"
        )
    return tuple(said)


def beyond(rounds: Iterable[Round]) -> Iterable[str]:
    """The drones that left with more than the flights behind their model carried."""
    heavy: Counter[tuple[str, float]] = Counter()
    for round_ in rounds:
        vehicle = VEHICLES.get(round_.vehicle_class)
        load_kg = math.fsum(stop.mass_kg or 0.0 for stop in round_.stops)
        if isinstance(vehicle, Drone) and round_.data_class == "modelled" and load_kg > vehicle.fitted_payload_kg:
            heavy[round_.vehicle_class, vehicle.fitted_payload_kg] += 1
    for (name, fitted_kg), count in sorted(heavy.items()):
        left = counted(count, "round")
        yield f"{name}: {left} left with more than the {fitted_kg:g} kg of the flights behind the model"


def unhandled(orders: Iterable[OrderFootprint]) -> Iterable[str]:
    """The stores some of whose orders carry no handling."""
    missing = Counter(order.store_id for order in orders if order.hub_gco2e is None)
    for store_id, count in sorted(missing.items()):
        yield (
            f"energy and refrigerants of store {store_id} for {counted(count, 'order')}: no account of it covers their "
            "day, zone and mass"
        )
