"""A store's first fleet and events, to be sent by hand: what ``swiftleaf sample`` writes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import dispatch
import maps
from dispatch.peak import NOW
from service.files import UsageError, fault_lines, make_folder, write_document
from service.settings import BUNDLED_MAP

FILES = ("fleet.json", "events.json")


def write(out: Path, *, orders: int, riders: int, map_name: str = BUNDLED_MAP) -> None:
    """Write a fleet of one store of the bundled city, and a dinner peak that is on at this moment.

    Args:
        out: folder; made if absent.
        orders: how many were placed in the last quarter of an hour.
        riders: how many come on.
        map_name: the map that the fleet rides on, under the name that the server knows it by.

    Raises:
        UsageError: if the folder cannot be written, or no map can have the name.
    """
    try:
        travel = dispatch.MapTravel(name=map_name)
    except ValidationError as error:
        raise UsageError(*fault_lines("--map", dispatch.faults_of(error))) from None
    make_folder(out, FILES)
    peak = dispatch.dinner_peak(maps.bundled_map(), maps.bundled_people(), orders=orders, riders=riders, drones=0)
    now = datetime.now(UTC).replace(microsecond=0)
    setup = {"stores": [store.model_dump(mode="json") for store in peak.stores], "travel": travel.model_dump()}
    texts = (
        {"id": "fleet", "setup": setup},
        {"events": list(_events(peak, now))},
    )
    for name, document in zip(FILES, texts, strict=True):
        write_document(str(out / name), json.dumps(document, indent=2))


def _events(peak: dispatch.PlanRequest, now: datetime) -> Iterator[dict[str, Any]]:
    """Riders come on, then orders were placed; what the peak has at its own evening is now."""
    later = now - NOW
    for rider in peak.riders:
        fresh = rider.model_copy(update={"free_at": None, "shift_end_at": None})
        document = fresh.model_dump(mode="json", exclude_defaults=True)
        yield {"id": f"{rider.id}-on", "at": now.isoformat(), "kind": "rider_on", "rider": document}
    for order in peak.orders:
        times = ("placed_at", "ready_at", "promised_at")
        moved = order.model_copy(update={name: getattr(order, name) + later for name in times})
        document = moved.model_dump(mode="json", exclude_defaults=True)
        yield {"id": f"{order.id}-placed", "at": now.isoformat(), "kind": "order_placed", "order": document}
