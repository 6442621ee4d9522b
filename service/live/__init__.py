"""Fleets dispatched live: leases, the loop of each fleet, the live plan."""

from service.live.house import Live
from service.live.plan import Day, LiveOrder, LivePlan, LiveTrip, LiveVehicle, ProposedTrip

__all__ = ["Day", "Live", "LiveOrder", "LivePlan", "LiveTrip", "LiveVehicle", "ProposedTrip"]
