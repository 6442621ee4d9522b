"""What a user would pick instead of Swiftleaf, each in the best form that was found for it.

All get the same whole seconds between places and the same wall clock, and answer with sequences that ``repair`` makes
whole. Install them with ``uv run --group peers``; one that is not installed is skipped, saying so. They are told
everything that they can express:

- ``pyvrp``: a vehicle reloads at the depot; clients are optional at the price of an order left out, with release times.
  It has no soft time windows: with soft promises an order is a group of copies, later and cheaper, of which one is
  visited (``STEPS_S``). ``pyvrp-drop`` is the simpler way with soft promises: hard windows, then the common repair
  serves late what was dropped.
- ``vroom``: an order is a shipment from the store, whose pickup opens when the order is ready. No soft windows either:
  it is asked in turn for ``LADDER_S`` of lateness at most, each with an equal part of the time, and the answer that
  is cheapest once repaired counts. Its time limit cannot interrupt its first solutions, so that it takes
  longer than the others at 400 orders and 1 s; the answer counts all the same, and ``wall_s`` says what it took.
- ``ortools``: the routing solver with pickup and delivery pairs, optional at a price, parallel cheapest insertion and
  guided local search. Soft promises are a soft bound at the rate within the grace and a hard one ``MOST_LATE_S`` later.
  With an open end it found no plan of 50 orders in three seconds, and a second dimension of time for the second rate
  of lateness made its plans dearer.
"""

import importlib.util
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from dispatch.problem import COST, LATE_COST, SECONDS, Arrays, Floats, Ints, Problem
from tests.benchmarks.repair import Days, Sequences, repair

FAR = 10_000_000
"""Seconds of a leg that does not exist, and the end of a day without end."""
STEPS_S = (0, 300, 600, 1_200, 2_400)
"""PyVRP with soft promises: how late each copy of an order may be."""
LADDER_S = (300, 600, 1_200)
"""VROOM with soft promises: lateness allowed, one answer each."""
VROOM_LEVEL = 5
MOST_LATE_S = 600
"""OR-Tools with soft promises: no order is later."""
HALF = 2
"""OR-Tools counts in half riding seconds, so that half a unit of money a late second is a whole number."""

Solver = Callable[[Problem, float, int], Sequences]


def solve_pyvrp(problem: Problem, seconds: float, seed: int) -> Sequences:
    """PyVRP with optional clients, release times and reloads; copies of late clients where promises are soft."""
    return _pyvrp(problem, seconds, seed, STEPS_S if _soft(problem.arrays) else (0,))


def solve_pyvrp_drop(problem: Problem, seconds: float, seed: int) -> Sequences:
    """PyVRP as if all promises were hard; what it drops is left to the repair."""
    return _pyvrp(problem, seconds, seed, (0,))


def _soft(a: Arrays) -> bool:
    return bool(np.isinf(a.orders["latest_s"]).any())


def _whole(matrix: Floats) -> Ints:
    """Whole numbers, with ``FAR`` for no path."""
    return np.where(np.isfinite(matrix), np.minimum(np.round(matrix), FAR), FAR).astype(np.int64)


def _pyvrp(problem: Problem, seconds: float, seed: int, steps_s: tuple[int, ...]) -> Sequences:
    import pyvrp  # noqa: PLC0415 - a peer is optional

    a, days = problem.arrays, Days.of(problem)
    n, v = len(a.orders), len(a.vehicles)
    clients: list[Any] = []
    groups: list[Any] = []
    order_of: list[int] = []
    for order in range(n):
        if len(steps_s) > 1:
            groups.append(pyvrp.ClientGroup([len(clients) + k for k in range(len(steps_s))], required=False))
        for k, step_s in enumerate(steps_s):
            # A copy costs what the middle of its own window costs; the first one is on time.
            middle_s = 0 if k == 0 else (steps_s[k - 1] + step_s) / 2
            clients.append(
                pyvrp.Client(
                    location=order + 1,
                    delivery=[1],
                    service_duration=round(days.handover_s[order]),
                    tw_late=max(0, round(days.promise_s[order]) + step_s),
                    release_time=round(days.ready_s[order]),
                    prize=max(0, round(days.unserved_cost[order] - days.late_cost(middle_s))),
                    required=False,
                    group=order if groups else None,
                )
            )
            order_of.append(order)
    rows = [(days.free_s[i], min(days.end_s[i], FAR), days.capacity_orders[i]) for i in range(v)]
    kinds = sorted(set(rows))
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0)] * (n + 1),
        clients=clients,
        depots=[pyvrp.Depot(location=0)],
        vehicle_types=[
            pyvrp.VehicleType(
                num_available=rows.count(kind),
                capacity=[kind[2]],
                tw_early=round(kind[0]),
                tw_late=round(kind[1]),
                reload_depots=[0],
                max_reloads=max(2, -(-n // (v * kind[2]))),
            )
            for kind in kinds
        ],
        distance_matrices=[_whole(a.legs[0, ..., COST])],
        duration_matrices=[_whole(a.legs[0, ..., SECONDS])],
        groups=groups,
    )
    until_s = time.perf_counter() + seconds
    result = pyvrp.solve(data, stop=lambda _cost: time.perf_counter() > until_s, seed=seed, collect_stats=False)
    free = {kind: [i for i in range(v) if rows[i] == kind] for kind in kinds}
    sequences: Sequences = [[] for _ in range(v)]
    for route in result.best.routes():
        trips: list[list[int]] = [[]]
        for activity in route:
            if activity.is_client():
                trips[-1].append(order_of[activity.idx])
            elif trips[-1]:
                trips.append([])
        sequences[free[kinds[route.vehicle_type()]].pop(0)] = [trip for trip in trips if trip]
    return sequences


def solve_vroom(problem: Problem, seconds: float, seed: int) -> Sequences:
    """VROOM with shipments; with soft promises, the best of a ladder of lateness allowed. It takes no seed."""
    del seed
    if not _soft(problem.arrays):
        return _vroom(problem, seconds, None)
    days = Days.of(problem)
    answers = [repair(problem, _vroom(problem, seconds / len(LADDER_S), late_s)) for late_s in LADDER_S]
    return min(answers, key=lambda answer: _cost(days, answer))


def _cost(days: Days, sequences: Sequences) -> float:
    """What sequences that break no limit cost, orders left out included."""
    served = {order for trips in sequences for trip in trips for order in trip}
    riding = sum(days.walk(vehicle, trips)[0] for vehicle, trips in enumerate(sequences))
    return riding + sum(cost for order, cost in enumerate(days.unserved_cost) if order not in served)


def _vroom(problem: Problem, seconds: float, late_s: int | None) -> Sequences:
    import vroom  # noqa: PLC0415 - a peer is optional

    a = problem.arrays
    model = vroom.Input()
    model.set_durations_matrix("car", _whole(a.legs[0, ..., SECONDS]))
    for i, vehicle in enumerate(a.vehicles):
        window = vroom.TimeWindow(int(vehicle["free_s"]), int(min(vehicle["end_s"], FAR)))
        capacity = [int(vehicle["capacity_orders"])]
        model.add_vehicle(vroom.Vehicle(i, start=0, end=0, capacity=capacity, time_window=window))
    for i, order in enumerate(a.orders):
        until_s = int(order["latest_s"]) if late_s is None else int(order["promise_s"]) + late_s
        ready_s = int(order["ready_s"])
        if until_s < ready_s:
            continue
        model.add_shipment(
            vroom.ShipmentStep(i, location=0, time_windows=[vroom.TimeWindow(ready_s, until_s)]),
            vroom.ShipmentStep(
                i,
                location=i + 1,
                default_service=int(a.handover_s[0, i]),
                time_windows=[vroom.TimeWindow(0, until_s)],
            ),
            amount=vroom.Amount([1]),
        )
    answer = model.solve(exploration_level=VROOM_LEVEL, nb_threads=2, timeout=timedelta(seconds=seconds))
    sequences: Sequences = [[] for _ in a.vehicles]
    frame = answer.routes
    for vehicle, kind, name in zip(frame["vehicle_id"], frame["type"], frame["id"], strict=True):
        trips = sequences[int(vehicle)]
        if kind == "pickup" and (not trips or trips[-1]):
            trips.append([])
        elif kind == "delivery":
            trips[-1].append(int(name))
    return [[trip for trip in trips if trip] for trips in sequences]


def solve_ortools(problem: Problem, seconds: float, seed: int) -> Sequences:
    """OR-Tools' routing solver with pickup and delivery pairs. It takes no seed."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2  # noqa: PLC0415 - as the other peers

    del seed
    a = problem.arrays
    n, v = len(a.orders), len(a.vehicles)
    place = np.array([0] + [0] * n + list(range(1, n + 1)))
    manager = pywrapcp.RoutingIndexManager(len(place), v, 0)
    routing = pywrapcp.RoutingModel(manager)
    between = np.ix_(place, place)
    cost = HALF * _whole(a.legs[0, ..., COST])[between]
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(cost.tolist()))
    seconds_between = _whole(a.legs[0, ..., SECONDS])[between]
    seconds_between[n + 1 :] += a.handover_s[0].astype(np.int64)[:, None]
    transit = routing.RegisterTransitMatrix(seconds_between.tolist())
    room = [0] + [1] * n + [-1] * n
    load = routing.RegisterUnaryTransitVector(room)
    routing.AddDimensionWithVehicleCapacity(load, 0, a.vehicles["capacity_orders"].tolist(), True, "load")
    routing.AddDimension(transit, FAR, FAR, False, "time")
    clock = routing.GetDimensionOrDie("time")
    for i, vehicle in enumerate(a.vehicles):
        clock.CumulVar(routing.Start(i)).SetMin(int(vehicle["free_s"]))
        clock.CumulVar(routing.End(i)).SetMax(int(min(vehicle["end_s"], FAR)))
    _add_orders(a, manager, routing, clock)
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    search.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    search.time_limit.FromMilliseconds(max(1, int(seconds * 1000)))
    answer = routing.SolveWithParameters(search)
    sequences: Sequences = [[] for _ in range(v)]
    for i in range(v if answer is not None else 0):
        index, trips = routing.Start(i), sequences[i]
        while not routing.IsEnd(index):
            node = manager.IndexToNode(index)
            if node > n:
                trips[-1].append(node - n - 1)
            elif node > 0 and (not trips or trips[-1]):
                trips.append([])
            index = answer.Value(routing.NextVar(index))
    return sequences


def _add_orders(a: Arrays, manager: Any, routing: Any, clock: Any) -> None:
    """Pairs of pickup and delivery, optional at the price of an order left out, with their times."""
    n, solver = len(a.orders), routing.solver()
    for i, order in enumerate(a.orders):
        pickup, delivery = manager.NodeToIndex(i + 1), manager.NodeToIndex(n + i + 1)
        routing.AddPickupAndDelivery(pickup, delivery)
        solver.Add(routing.VehicleVar(pickup) == routing.VehicleVar(delivery))
        solver.Add(clock.CumulVar(pickup) <= clock.CumulVar(delivery))
        routing.AddDisjunction([pickup], round(HALF * float(order["unserved_cost"])))
        routing.AddDisjunction([delivery], 0)
        clock.CumulVar(pickup).SetMin(int(order["ready_s"]))
        promise_s, latest_s = int(order["promise_s"]), float(order["latest_s"])
        if np.isinf(latest_s):
            latest_s = promise_s + MOST_LATE_S
            clock.SetCumulVarSoftUpperBound(delivery, max(0, promise_s), round(HALF * float(a.late[LATE_COST])))
        clock.CumulVar(delivery).SetMax(max(0, int(latest_s)))


PEERS: dict[str, Solver] = {
    "pyvrp": solve_pyvrp,
    "pyvrp-drop": solve_pyvrp_drop,
    "vroom": solve_vroom,
    "ortools": solve_ortools,
}
PACKAGES = {"pyvrp": "pyvrp", "pyvrp-drop": "pyvrp", "vroom": "vroom", "ortools": "ortools"}
"""The import name that each peer needs."""


def installed(peers: list[str]) -> tuple[list[str], list[str]]:
    """Split peer names into those that can be imported here and those that cannot."""
    there = [name for name in peers if importlib.util.find_spec(PACKAGES[name]) is not None]
    return there, [name for name in peers if name not in there]
