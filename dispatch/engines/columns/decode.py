"""Chosen trips into routes: which vehicle drives which of them, one after another."""

import numpy as np

from dispatch.engines.columns.partition import Trips
from dispatch.engines.columns.relaxation import Relaxation
from dispatch.engines.kernel import Ints
from dispatch.problem import SECONDS, Problem
from dispatch.timetable import Routes, RouteTrip


def routes_from(problem: Problem, relaxation: Relaxation, trips: Trips, chosen: Ints) -> Routes:
    """Give every chosen trip, as it can leave, to the vehicle of its fleet that has waited least, or is free first.

    Minutes are priced and not counted where the trips were chosen, so a trip may come to leave later than it can. The
    caller drops those that then break a limit and inserts their orders elsewhere.
    """
    a, fleets = problem.arrays, relaxation.fleets
    free_s = a.vehicles["free_s"].copy()
    routes: dict[str, list[RouteTrip]] = {vehicle_id: [] for vehicle_id in problem.vehicle_ids}
    planned = []
    for s in chosen:
        if trips.base[s] < 0:
            continue
        stops = trips.stops[s][trips.stops[s] >= 0]
        leaves_s = max(float(a.orders["ready_s"][stops].max()), float(trips.slot[s]) * fleets.step_s)
        planned.append((leaves_s, int(trips.base[s]), stops))
    planned.sort(key=lambda trip: (trip[0], trip[2].tolist()))
    for leaves_s, base, stops in planned:
        fleet, store = fleets.bases[base]
        members = np.flatnonzero(fleets.fleet_of == fleet)
        waiting = members[free_s[members] <= leaves_s]
        v = int(waiting[np.argmax(free_s[waiting])] if len(waiting) else members[np.argmin(free_s[members])])
        c, here = a.vehicles["kind"][v], int(store)
        clock_s = max(leaves_s, float(free_s[v]))
        for o in stops:
            there = a.orders["place"][o]
            clock_s = max(clock_s + a.legs[c, here, there, SECONDS], a.orders["early_s"][o]) + a.handover_s[c, o]
            here = there
        free_s[v] = clock_s + a.legs[c, here, store, SECONDS] + a.vehicles["turnaround_s"][v]
        names = tuple(problem.order_ids[o] for o in stops)
        routes[problem.vehicle_ids[v]].append(RouteTrip(problem.store_ids[store], names))
    return routes
