"""Random requests with all that a request may ask for, for properties of the engines."""

from typing import Any

from hypothesis import strategies as st

from dispatch import PlanRequest, RiderKind
from dispatch.model import Temperature
from tests.dispatch.build import at
from tests.dispatch.random_requests import requests


@st.composite
def whole_requests(draw: st.DrawFn, *, max_orders: int = 7, drones: bool = True, metric: bool = False) -> PlanRequest:
    """A request of ``requests`` with waits, several stores, temperatures, batteries, caps and prices on top."""
    asked = draw(requests(max_orders=max_orders, drones=drones, metric=metric))
    names = [store.id for store in asked.stores]
    vehicle_ids = [vehicle.id for vehicle in asked.vehicles]
    several = st.lists(st.sampled_from(names), unique=True).map(tuple)

    def changed(item: Any, **fields: Any) -> Any:
        return type(item).model_validate(item.model_dump() | fields)

    orders = []
    for item in asked.orders:
        early = draw(st.sampled_from([None, None, 0, 700, 1500]))
        fields: dict[str, Any] = {
            "also_at": draw(several),
            "temperature": draw(st.sampled_from([*Temperature, Temperature.AMBIENT])),
            "priority": draw(st.sampled_from([1.0, 1.0, 2.5])),
            "volume_l": draw(st.sampled_from([0.0, 0.1, 5.0, 10.0, 39.5])),
        }
        if early is not None and at(early) <= item.promised_at:
            fields["not_before_at"] = at(early)
        if vehicle_ids and draw(st.integers(0, 3)) == 0:
            fields["vehicle_ids"] = tuple(draw(st.lists(st.sampled_from(vehicle_ids), min_size=1, unique=True)))
        orders.append(changed(item, **fields))

    def vehicle_fields() -> dict[str, Any]:
        return {
            "shared_with": draw(several),
            "free_store_id": draw(st.sampled_from([None, *names])),
            "bags": draw(st.integers(0, 3)),
            "capacity_l": draw(st.sampled_from([0.3, 20.0, 80.0])),
        }

    riders = [changed(item, kind=draw(st.sampled_from(RiderKind)), **vehicle_fields()) for item in asked.riders]
    flying = [
        changed(item, battery_wh=draw(st.sampled_from([None, 20.0, 200.0])), **vehicle_fields())
        for item in asked.drones
    ]
    stores = [changed(item, open=draw(st.integers(0, 5)) > 0) for item in asked.stores]
    rates = changed(asked.rates, fairness_cost_per_h=draw(st.sampled_from([0.0, 0.0, 36.0])))
    return PlanRequest(
        now=asked.now,
        stores=stores,
        orders=orders,
        riders=riders,
        drones=flying,
        travel=asked.travel,
        rates=rates,
        max_gco2e_per_order=draw(st.sampled_from([None, None, 1.0, 4.0, 20.0])),
    )
