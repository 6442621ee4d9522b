"""Warming up: a process that has done it compiles or loads no kernel while somebody waits for a plan.

What one plan does not need is imported when it is warmed, so that whoever wants one plan does not wait for it.
"""

from datetime import UTC, datetime, timedelta

import numpy as np

from dispatch.engines.columns.cuts import violated
from dispatch.planner import plan
from dispatch.request import Order, PlanRequest, Rider, Store, StraightTravel

DEGREES = 0.01
"""How far from the store the orders of the small request are."""
HALVES = np.array([[0, 1], [1, 2], [2, 0]])
"""Half of each of these trips carries three orders once: the smallest plan that a cut forbids."""


def warm_up() -> None:
    """Compile every kernel of ``dispatch``, or load it from the cache: ten seconds the first time, then half of one."""
    from dispatch.forecast import Forecast  # noqa: PLC0415 - see above

    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    orders = [
        Order(
            id=f"order-{i}",
            store_id="store",
            location=(DEGREES * i, DEGREES),
            placed_at=now,
            ready_at=now,
            promised_at=now + timedelta(minutes=30),
            mass_kg=1.0,
        )
        for i in range(3)
    ]
    request = PlanRequest(
        now=now,
        stores=[Store(id="store", location=(0.0, 0.0), region="CN")],
        orders=orders,
        riders=[Rider(id="rider", store_id="store")],
        travel=StraightTravel(kind="straight"),
    )
    plan(request, time_limit_s=0.05)
    Forecast.fit([(order.location, now) for order in orders], timezone="UTC").near((0.0, 0.0), 1_000.0, now, 60.0)
    violated(HALVES, np.full(len(HALVES), 0.5), len(orders))
    _warm_couriers()


def _warm_couriers() -> None:
    """Compile the couriers' kernels on one order and one courier, a minute apart."""
    from dispatch.couriers.board import COURIER, ORDER, PRICES, Ways, make_board  # noqa: PLC0415 - see above
    from dispatch.couriers.search import solve  # noqa: PLC0415 - see above

    places = np.arange(3)
    ways = Ways({}, np.full((3, 3), 60.0), np.full((3, 3), 300.0))
    orders, couriers, prices = np.ones(1, ORDER), np.ones(1, COURIER), np.ones(1, PRICES)
    orders["pick"] = 0
    board = make_board(orders, couriers, prices, ways, places[:1], places[1:2], places[2:], np.zeros(3))
    solve(board, [()], 1, 0)
