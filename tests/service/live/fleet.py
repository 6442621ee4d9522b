"""A small fleet on straight streets, and events for it that happen now."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from service.db.database import Database
from service.db.events import EventRepository

Json = dict[str, Any]

SETUP: Json = {
    "stores": [
        {"id": "north", "location": [-71.25, -29.90], "region": "CL"},
        {"id": "south", "location": [-71.25, -29.92], "region": "CL"},
    ],
    "travel": {"kind": "straight"},
    "patience": {"busy": 0},
    "work": 20,
}
FLEET: Json = {"id": "fleet", "setup": SETUP}


def stamp(seconds: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def rider(name: str, store: str = "north", **fields: Any) -> Json:
    return {"id": f"{name}-on", "at": stamp(), "kind": "rider_on", "rider": {"id": name, "store_id": store} | fields}


def order(name: str, store: str = "north", *, ready_s: float = 0, east: float = 0.004, **fields: Any) -> Json:
    placed = {
        "id": name,
        "store_id": store,
        "location": [-71.25 + east, -29.91],
        "placed_at": stamp(),
        "ready_at": stamp(ready_s),
        "promised_at": stamp(1_800),
        "mass_kg": 1.0,
    }
    return {"id": f"{name}-placed", "at": stamp(), "kind": "order_placed", "order": placed | fields}


def wait_for(what: Callable[[], Any], seconds: float = 20) -> Any:
    """What ``what`` returns as soon as that is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come about in time")


def all_handled(database: Database, fleet_id: str = "fleet") -> bool:
    with database.transaction() as session:
        return not EventRepository(session, fleet_id).waiting(1)
