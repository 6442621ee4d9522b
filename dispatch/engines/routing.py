"""OR-Tools' routing solver, in the form that suits several trips a shift.

Every order is a pickup at its store and a delivery at its door, so a vehicle that comes home may load again; the
pickup's time window opens when the order is ready. Orders are optional at their price.

Not all of the problem fits this form. The solver lets a vehicle work for its own store only, takes every order from
one store, knows one price per late second (the one within the grace) and no load-dependent energy, bags, batteries, cap
on grams or price of uneven work. Trips of its answer that break a limit are taken apart and all orders left over are
inserted again, now by all the rules; the result is never returned if the plan it started from is cheaper.
"""

import math

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.util import optional_boolean_pb2

from dispatch.engines.draft import draft_of, hints_of, routes_of
from dispatch.engines.greedy import NEIGHBOURS, solve_greedy
from dispatch.engines.insertion import insert_all
from dispatch.engines.kernel import total_cost
from dispatch.problem import COST, COST_PER_KG, LATE_COST, METRES, SECONDS, Arrays, Floats, Problem
from dispatch.timetable import Routes, RouteTrip

MONEY_UNITS = 1_000  # the solver counts in whole thousandths of the currency
GRAMS = 1_000  # and in whole grams and millilitres
FAR_S = 7 * 24 * 3600
MOST = 10**13
"""Sums of so many arcs stay far from the solver's 64-bit end."""


def solve_routing(problem: Problem, time_limit_s: float, start: Routes | None = None) -> Routes:
    """Improve ``start`` (default: the greedy answer) for ``time_limit_s`` seconds of wall clock."""
    first = solve_greedy(problem, start)
    if not problem.order_ids or not problem.vehicle_ids:
        return first
    found = _Model(problem).improve(first, time_limit_s)
    if found is None:
        return first
    draft = draft_of(problem, found)
    arrays = problem.arrays
    sequence = np.argsort(arrays.orders["promise_s"], kind="stable")
    cost = insert_all(arrays, draft, sequence, hints_of(problem, NEIGHBOURS))
    before = total_cost(arrays, draft_of(problem, first))
    return routes_of(problem, draft) if cost < before else first


class _Model:
    """Nodes: a start and an end per vehicle at its store, then a pickup and a delivery per order."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        a = problem.arrays
        n, v = len(problem.order_ids), len(problem.vehicle_ids)
        self.n = n
        self.n_stores = a.legs.shape[1] - n
        stores = a.vehicles["store"].tolist()
        self.place = np.array([*range(self.n_stores), *a.orders["store"], *a.orders["place"]])
        self.manager = pywrapcp.RoutingIndexManager(len(self.place), v, stores, stores)
        self.routing = pywrapcp.RoutingModel(self.manager)
        self._add_costs(a)
        self._add_time(a)
        self._add_capacity(a)
        self._add_orders(a)

    def pickup(self, order: int) -> int:
        """The solver's index of an order's pickup."""
        return int(self.manager.NodeToIndex(self.n_stores + order))

    def delivery(self, order: int) -> int:
        """The solver's index of an order's delivery."""
        return int(self.manager.NodeToIndex(self.n_stores + self.n + order))

    def _between_nodes(self, matrix: Floats) -> Floats:
        """A matrix over places as one over the solver's nodes."""
        between: Floats = matrix[np.ix_(self.place, self.place)]
        return between

    def _add_costs(self, a: Arrays) -> None:
        mean_kg = float(a.orders["mass_kg"].mean())
        by_class = []
        for c in range(len(a.legs)):
            cost = self._between_nodes(a.legs[c, ..., COST] + mean_kg * a.legs[c, ..., COST_PER_KG])
            by_class.append(self.routing.RegisterTransitMatrix(_integers(cost * MONEY_UNITS)))
        for v, c in enumerate(a.vehicles["kind"]):
            self.routing.SetArcCostEvaluatorOfVehicle(by_class[c], v)
            self.routing.SetFixedCostOfVehicle(round(float(a.vehicles["trip_cost"][v]) * MONEY_UNITS), v)

    def _add_time(self, a: Arrays) -> None:
        """Seconds: at a door the handover, on coming home for more the turnaround, then the leg."""
        first_delivery = self.n_stores + self.n
        transits: dict[tuple[int, float], int] = {}
        per_vehicle = []
        for v, c in enumerate(a.vehicles["kind"]):
            key = (int(c), float(a.vehicles["turnaround_s"][v]))
            if key not in transits:
                seconds = self._between_nodes(a.legs[c, ..., SECONDS])
                seconds[first_delivery:] += a.handover_s[c][:, None]
                seconds[first_delivery:, self.n_stores : first_delivery] += a.vehicles["turnaround_s"][v]
                transits[key] = self.routing.RegisterTransitMatrix(_integers(seconds))
            per_vehicle.append(transits[key])
        self.routing.AddDimensionWithVehicleTransits(per_vehicle, FAR_S, FAR_S, False, "time")
        time = self.routing.GetDimensionOrDie("time")
        for v, vehicle in enumerate(a.vehicles):
            free_s = vehicle["free_s"]
            if vehicle["start"] != vehicle["store"]:
                free_s += a.legs[vehicle["kind"], vehicle["start"], vehicle["store"], SECONDS]
            begin_s = int(min(free_s, FAR_S))
            time.CumulVar(self.routing.Start(v)).SetMin(begin_s)
            if math.isfinite(vehicle["end_s"]):
                time.CumulVar(self.routing.End(v)).SetMax(min(max(int(vehicle["end_s"]), begin_s), FAR_S))
        for order in range(self.n):
            late_cost = round(a.late[LATE_COST] * a.orders["priority"][order] * MONEY_UNITS)
            time.CumulVar(self.pickup(order)).SetMin(min(int(a.orders["ready_s"][order]), FAR_S))
            arrival = self.delivery(order)
            time.SetCumulVarSoftUpperBound(arrival, max(0, int(a.orders["promise_s"][order])), late_cost)
            early_s = int(min(max(a.orders["early_s"][order], 0), FAR_S))
            time.CumulVar(arrival).SetMin(early_s)
            if math.isfinite(a.orders["latest_s"][order]):
                time.CumulVar(arrival).SetMax(max(early_s, int(a.orders["latest_s"][order])))

    def _add_capacity(self, a: Arrays) -> None:
        fleets = (
            ("orders", np.ones(self.n), a.vehicles["capacity_orders"].astype(np.float64)),
            ("mass", a.orders["mass_kg"] * GRAMS, a.vehicles["capacity_kg"] * GRAMS),
            ("volume", a.orders["volume_l"] * GRAMS, a.vehicles["capacity_l"] * GRAMS),
        )
        for name, demand, capacity in fleets:
            loads = [0] * self.n_stores + [math.ceil(x - 1e-6) for x in demand]
            loads += [-load for load in loads[self.n_stores :]]
            transit = self.routing.RegisterUnaryTransitVector(loads)
            limits = [math.floor(x + 1e-6) for x in capacity]
            self.routing.AddDimensionWithVehicleCapacity(transit, 0, limits, True, name)

    def _add_orders(self, a: Arrays) -> None:
        solver = self.routing.solver()
        time = self.routing.GetDimensionOrDie("time")
        for order in range(self.n):
            pickup, delivery = self.pickup(order), self.delivery(order)
            self.routing.AddPickupAndDelivery(pickup, delivery)
            solver.Add(self.routing.VehicleVar(pickup) == self.routing.VehicleVar(delivery))
            solver.Add(time.CumulVar(pickup) <= time.CumulVar(delivery))
            price = round(float(a.orders["unserved_cost"][order]) * MONEY_UNITS)
            self.routing.AddDisjunction([pickup], price)
            self.routing.AddDisjunction([delivery], 0)
            allowed = [-1, *(v for v in range(len(a.vehicles)) if self._suits(a, order, v))]
            # SetAllowedVehiclesForIndex raises TypeError from Python in 9.15; the variable's own domain does the same.
            self.routing.VehicleVar(pickup).SetValues(allowed)
            self.routing.VehicleVar(delivery).SetValues(allowed)

    def _suits(self, a: Arrays, order: int, v: int) -> bool:
        """Whether vehicle ``v`` may bring the order from the store where its pickup is."""
        there, vehicle = a.orders["place"][order], a.vehicles[v]
        home, c = vehicle["store"], vehicle["kind"]
        return bool(
            home == a.orders["store"][order]
            and a.stocked[order, home]
            and a.serves[v, home]
            and a.may[order, v]
            and a.legs[c, home, there, METRES] + a.legs[c, there, home, METRES] <= vehicle["range_m"]
        )

    def improve(self, first: Routes, time_limit_s: float) -> Routes | None:
        """Search from ``first``; None if the solver finds nothing at all in the time."""
        search = pywrapcp.DefaultRoutingSearchParameters()
        search.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        search.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        search.local_search_operators.use_relocate_pair = optional_boolean_pb2.BOOL_TRUE
        search.time_limit.FromMilliseconds(max(1, int(time_limit_s * 1000)))
        self.routing.CloseModelWithParameters(search)
        assignment = self.routing.ReadAssignmentFromRoutes(self._nodes(first), ignore_inactive_indices=True)
        if assignment is None:
            assignment = self.routing.SolveWithParameters(search)
        else:
            assignment = self.routing.SolveFromAssignmentWithParameters(assignment, search)
        return None if assignment is None else self._routes(assignment)

    def _nodes(self, routes: Routes) -> list[list[int]]:
        """Sequences as the solver's nodes: a trip is its pickups as they become ready, then its deliveries."""
        problem, a = self.problem, self.problem.arrays
        index = {order_id: i for i, order_id in enumerate(problem.order_ids)}
        ready_s, home = a.orders["ready_s"], a.vehicles["store"]
        nodes = []
        for v, vehicle_id in enumerate(problem.vehicle_ids):
            route: list[int] = []
            for trip in routes.get(vehicle_id, ()):
                orders = [index[order_id] for order_id in trip.orders]
                if not all(self._suits(a, order, v) and trip.store == problem.store_ids[home[v]] for order in orders):
                    continue
                route += [self.pickup(order) for order in sorted(orders, key=lambda order: ready_s[order])]
                route += [self.delivery(order) for order in orders]
            nodes.append(route)
        return nodes

    def _routes(self, assignment: pywrapcp.Assignment) -> Routes:
        """The solver's answer as trips: deliveries between two visits of the store belong to one trip."""
        order_ids = self.problem.order_ids
        routes: dict[str, list[RouteTrip]] = {}
        for v, vehicle_id in enumerate(self.problem.vehicle_ids):
            trips: list[list[str]] = [[]]
            index = self.routing.Start(v)
            while not self.routing.IsEnd(index):
                node = self.manager.IndexToNode(index) - self.n_stores
                if node >= self.n:
                    trips[-1].append(order_ids[node - self.n])
                elif node >= 0 and trips[-1]:
                    trips.append([])
                index = assignment.Value(self.routing.NextVar(index))
            home = self.problem.store_ids[self.problem.arrays.vehicles["store"][v]]
            routes[vehicle_id] = [RouteTrip(home, tuple(trip)) for trip in trips if trip]
        return routes


def _integers(matrix: Floats) -> list[list[int]]:
    """Round to integers below ``MOST``; no path takes a week and a second, which no dimension has room for."""
    finite = np.where(np.isfinite(matrix), np.minimum(np.round(matrix), MOST), FAR_S + 1)
    whole: list[list[int]] = finite.astype(np.int64).tolist()
    return whole
