"""Random requests for properties: small, messy, and often impossible in part."""

from typing import Any

from hypothesis import strategies as st

from dispatch import Airspace, Matrix, MatrixTravel, Order, PlanRequest, RiderKind, Temperature
from tests.dispatch.build import at, drone, matrix, order, pinned, request, rider, store

SECONDS = st.one_of(st.integers(0, 900), st.none())


@st.composite
def requests(draw: st.DrawFn, *, max_orders: int = 7, drones: bool = True, metric: bool = False) -> PlanRequest:
    """A request with one or two stores and staggered vehicles.

    The matrix is neither symmetric nor triangle-true, with gaps; or, if ``metric``, that of places along one street.
    """
    stores = [store("s"), store("t", location=(0.01, 0.01))][: draw(st.integers(1, 2))]
    names = [item.id for item in stores]
    orders = [
        order(
            f"o{i}",
            store_id=draw(st.sampled_from(names)),
            location=(draw(st.floats(-0.02, 0.02)), draw(st.floats(-0.02, 0.02))),
            ready=draw(st.integers(-300, 900)),
            promise=draw(st.integers(-300, 2400)),
            max_late_s=draw(st.sampled_from([None, None, 0, 600])),
            mass_kg=draw(st.floats(0, 12)),
            volume_l=draw(st.floats(0, 40)),
            handover_s=draw(st.integers(0, 300)),
            unserved_cost=draw(st.sampled_from([None, 1.0, 500.0])),
        )
        for i in range(draw(st.integers(0, max_orders)))
    ]
    riders = [
        rider(
            f"r{i}",
            store_id=draw(st.sampled_from(names)),
            capacity_orders=draw(st.integers(0, 4)),
            free_at=draw(st.sampled_from([None, at(-60), at(200.5), at(900)])),
            shift_end_at=draw(st.sampled_from([None, at(1200), at(7200)])),
        )
        for i in range(draw(st.integers(0, 3)))
    ]
    flying = [
        drone(
            f"d{i}",
            store_id=draw(st.sampled_from(names)),
            capacity_orders=draw(st.integers(1, 2)),
            range_m=draw(st.floats(0, 8000)),
            turnaround_s=draw(st.integers(0, 200)),
            climb_s=draw(st.integers(0, 60)),
        )
        for i in range(draw(st.integers(0, 2)) if drones else 0)
    ]
    size = len(stores) + len(orders)
    if metric:
        at_s = [draw(st.integers(0, 600)) for _ in range(size)]
        rows: list[list[float | None]] = [[abs(a - b) for b in at_s] for a in at_s]
    else:
        rows = [[0 if i == j else draw(SECONDS) for j in range(size)] for i in range(size)]
    return request(*orders, stores=stores, riders=riders, drones=flying, travel=matrix(rows))


@st.composite
def whole_requests(
    draw: st.DrawFn, *, max_orders: int = 7, drones: bool = True, metric: bool = False, pins: bool = True
) -> PlanRequest:
    """One of ``requests`` with everything else that may be asked for, each now and then.

    Orders at several stores, doors that open later, temperatures, priorities, chosen vehicles; kinds of riders with
    their own ways, shared and returning vehicles, bags, batteries, grounded drones; closed stores, landing sites, a
    zone and wind; a cap on grams and a price on uneven work; and, with ``pins``, pinned trips and orders on board.
    """
    asked = draw(requests(max_orders=max_orders, drones=drones, metric=metric))
    names = [item.id for item in asked.stores]
    vehicle_ids = [item.id for item in asked.vehicles]

    def often(probability: float) -> bool:
        return draw(st.integers(0, 99)) < 100 * probability

    def some(items: list[str]) -> tuple[str, ...]:
        return tuple(draw(st.lists(st.sampled_from(items), unique=True)))

    def order_fields(item: Order) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "also_at": some([*names, "nowhere"]) if often(0.4) else (),
            "temperature": draw(st.sampled_from(Temperature)) if often(0.4) else Temperature.AMBIENT,
            "priority": draw(st.sampled_from([0.5, 3.0])) if often(0.2) else 1.0,
            "vehicle_ids": some([*vehicle_ids, "nobody"]) if often(0.15) else None,
            "volume_l": draw(st.sampled_from([0.0, 10.0, 39.5])),
        }
        early = at(draw(st.integers(0, 1500)) + 0.5)
        if often(0.25) and early <= item.promised_at:
            fields["not_before_at"] = early
        return fields

    def vehicle_fields() -> dict[str, Any]:
        return {
            "shared_with": some(names) if often(0.5) else (),
            "free_store_id": draw(st.sampled_from(names)) if often(0.3) else None,
            "bags": draw(st.integers(0, 3)),
        }

    def drone_fields() -> dict[str, Any]:
        fields = {"grounded": often(0.1), "battery_wh": draw(st.sampled_from([None, 15.0, 100.0]))}
        return vehicle_fields() | fields | {"max_wind_mps": 5.0 if often(0.3) else 12.0}

    size = len(asked.stores) + len(asked.orders)
    assert isinstance(asked.travel, MatrixTravel)
    by_kind: dict[str, Matrix] = {}
    for kind in draw(st.lists(st.sampled_from(["moped", "cargo_bike", "drone"]), unique=True)) if often(0.3) else []:
        rows = [[0 if i == j else draw(SECONDS) for j in range(size)] for i in range(size)]
        own = asked.travel if metric else matrix(rows)
        by_kind[kind] = Matrix(seconds=own.seconds, metres=own.metres)
    airspace = Airspace(
        landing_sites=[(0.0, 0.0), (0.005, 0.005), (-0.01, 0.0)] if often(0.3) else [],
        landing_reach_m=1_000,
        no_fly=[[(0.002, -0.02), (0.003, -0.02), (0.003, 0.009), (0.002, 0.009)]] if often(0.3) else [],
        wind_mps=8.0 if often(0.3) else 0.0,
    )

    def rider_fields() -> dict[str, Any]:
        return vehicle_fields() | {"kind": draw(st.sampled_from(RiderKind)) if often(0.4) else RiderKind.E_BIKE}

    whole = asked.model_copy(
        update={
            "stores": [item.model_copy(update={"open": not often(0.1)}) for item in asked.stores],
            "orders": [item.model_copy(update=order_fields(item)) for item in asked.orders],
            "riders": [item.model_copy(update=rider_fields()) for item in asked.riders],
            "drones": [item.model_copy(update=drone_fields()) for item in asked.drones],
            "travel": asked.travel.model_copy(update={"by_kind": by_kind}),
            "airspace": airspace if often(0.5) else None,
            "max_gco2e_per_order": draw(st.sampled_from([1.0, 4.0, 20.0])) if often(0.2) else None,
            "rates": asked.rates.model_copy(
                update={
                    "fairness_cost_per_h": 36.0 if often(0.2) else 0.0,
                    "carbon_cost_per_kg": 50.0 if often(0.5) else 0.0,
                }
            ),
        }
    )
    return _with_pins(draw, whole) if pins and vehicle_ids and often(0.3) else whole


def _with_pins(draw: st.DrawFn, asked: PlanRequest) -> PlanRequest:
    """Some orders pinned to vehicles, and some on board of a rider who is out."""
    fates = {item.id: draw(st.sampled_from(["free", "free", "pinned", "on board"])) for item in asked.orders}
    taken = [order_id for order_id, fate in fates.items() if fate == "pinned"]
    away = [order_id for order_id, fate in fates.items() if fate == "on board"]
    pins, riders = [], list(asked.riders)
    while taken:
        trip = [taken.pop() for _ in range(min(len(taken), draw(st.integers(1, 2))))]
        pins.append(
            pinned(
                *trip,
                vehicle_id=draw(st.sampled_from([item.id for item in asked.vehicles])),
                store_id=draw(st.sampled_from([None, *(item.id for item in asked.stores)])),
                depart_at=draw(st.sampled_from([None, at(0), at(700.25)])),
            )
        )
    if riders:
        free_at = riders[0].free_at or at(0)
        riders[0] = riders[0].model_copy(update={"on_board": tuple(away), "free_at": free_at})
    return asked.model_copy(update={"pinned": pins, "riders": riders})
