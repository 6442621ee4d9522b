"""Fleets dispatched live: leases, the loop of each fleet (``service.live.house``), the live plan."""

from service.live.plan import Day, LiveOrder, LivePlan, LiveTrip, LiveVehicle, ProposedTrip

__all__ = ["Day", "LiveOrder", "LivePlan", "LiveTrip", "LiveVehicle", "ProposedTrip"]
