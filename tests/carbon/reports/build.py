"""Reports to state, with a bit of everything in them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import carbon

FIRST, SECOND = date(2026, 5, 1), date(2026, 5, 2)
NAMES = ("S1", "上海一店")


def round_of(round_id: str, *stops: tuple[str, float | None, float], **fields: Any) -> carbon.Round:
    """A round of 8 km, 3 of them empty; ``stops`` are order, kg and metres."""
    chilled = fields.pop("chilled", ())
    base: dict[str, Any] = {
        "id": round_id, "store_id": NAMES[0], "region": "CL", "vehicle_id": "V", "vehicle_class": "e_bike",
        "started_on": FIRST, "distance_m": 8000, "empty_distance_m": 3000, "battery_wh": 76.5,
        "stops": tuple(
            carbon.RoundStop(order_id=name, mass_kg=kg, distance_m=m, zone="chilled" if name in chilled else "ambient")
            for name, kg, m in stops
        ),
    }  # fmt: skip
    return carbon.Round.model_validate(base | fields)


def rounds() -> list[carbon.Round]:
    """Two stores, two days, bikes and a drone, one chilled order, one meter reading, one unknown mass."""
    return [
        round_of("r1", ("a", 1.0, 1000.0), ("b", 3.0, 1700.0), chilled={"b"}),
        round_of("r2", ("c", 0.4, 1500.0), vehicle_class="drone", distance_type="GCD", battery_wh=55.0),
        round_of("r3", ("d", 2.0, 900.0), ("e", None, 800.0), store_id=NAMES[1], started_on=SECOND, meter_kwh=0.2),
    ]


def hub() -> carbon.HubAccount:
    """An account of the first store."""
    return carbon.HubAccount(
        store_id=NAMES[0],
        region="CL",
        first_day=date(2026, 1, 1),
        last_day=date(2026, 12, 31),
        left_kg={"ambient": 90_000.0, "chilled": 30_000.0},
        own={"chilled": carbon.Use(grid_kwh=20_000.0)},
        shared=carbon.Use(grid_kwh=10_000.0),
    )


def contract() -> carbon.Contract:
    """Wind power for all of Chile."""
    return carbon.Contract(
        instrument="wind, power purchase agreement",
        region="CL",
        share=0.5,
        factor="electricity_generation_intensity",
        first_day=date(2026, 1, 1),
        last_day=date(2026, 12, 31),
        evidence="cancellation 17",
    )


def report(made: Iterable[carbon.Round] | None = None, *, hubs: bool = True, contracts: bool = True) -> carbon.Report:
    """The report over ``rounds``, with carton, bag and an order whose packaging has to be assumed."""
    packaging = {
        "a": carbon.STANDARD_PACKAGING["carton"],
        "b": carbon.STANDARD_PACKAGING["paper_bag"],
        "c": carbon.STANDARD_PACKAGING["ldpe_bag"],
    }
    return carbon.footprint(
        rounds() if made is None else made,
        packaging,
        hubs=[hub()] if hubs else [],
        contracts=[contract()] if contracts else [],
    )


EMPTY = carbon.footprint([], {})
