"""Whether a fleet can end: what would be left undone if nobody dispatched it any more."""

from sqlalchemy.orm import Session

from service.db.decisions import DecisionRepository
from service.db.events import EventRepository
from service.live.plan import LivePlan


def left_to_do(session: Session, fleet_id: str) -> str | None:
    """What a fleet has to see to, in words; None if there is nothing.

    Args:
        session: of a transaction that holds the fleet's lock.
        fleet_id: of the fleet.
    """
    if EventRepository(session, fleet_id).waiting(1):
        return "events that are not decided on yet"
    row = DecisionRepository(session, fleet_id).plan()
    if row is None:
        return None
    plan = LivePlan.model_validate_json(row.document)
    orders = sum(line.ended_at is None for line in plan.orders)
    return f"{orders} orders that are not at their end and {len(plan.trips)} trips" if orders or plan.trips else None
