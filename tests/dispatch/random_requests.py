"""Random requests for properties: small, messy, and often impossible in part."""

from hypothesis import strategies as st

from dispatch import PlanRequest
from tests.dispatch.build import at, drone, matrix, order, request, rider, store

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
