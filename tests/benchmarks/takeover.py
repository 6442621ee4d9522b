"""How soon an old fleet is taken over: ``python -m tests.benchmarks.takeover [--events N] [--orders N]``.

A day of the twin is written into a database again and again, one day after the other, until its log has so many events.
Then a keeper takes the fleet over from its first event, and another from the snapshot that the first one left.
"""

import argparse
import re
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic_core import from_json, to_json
from structlog.testing import capture_logs

import dispatch
from dispatch.twin import dispatcher_of, sample_world, simulate, with_orders
from service.atlas import Atlas
from service.db.database import Database
from service.db.fleets import FleetRepository
from service.db.models import DecisionRow, EventRow
from service.live.bells import Bells
from service.live.keeper import Keeper
from tests.service.live.fleet import wait_for

MARK_S = 10.0
NAMES = frozenset({"id", "order_id", "vehicle_id", "trip_id", "event_id", "order_ids"})
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT")
ROWS = 5_000


def moved(value: Any, day: int, shift: timedelta, name: str = "") -> Any:
    """A document as it would be on another day: its moments later, its ids others."""
    if isinstance(value, dict):
        return {key: moved(each, day, shift, key) for key, each in value.items()}
    if isinstance(value, list):
        return [moved(each, day, shift, name) for each in value]
    if isinstance(value, str) and MOMENT.match(value):
        return (datetime.fromisoformat(value) + shift).isoformat()
    return f"{day}-{value}" if isinstance(value, str) and name in NAMES else value


def days(log: list[dict[str, Any]], count: int) -> Iterator[dict[str, Any]]:
    """The lines of so many days, the last of which ended just now; each begins with the clock being told, twice."""
    moments = [datetime.fromisoformat(line["event"]["at"]) for line in log if "event" in line]
    for day in range(count):
        shift = datetime.now(UTC) - max(moments) - timedelta(days=count - 1 - day, seconds=20)
        morning = (min(moments) + shift).isoformat()
        yield from ({"event": {"id": f"{day}-m{i}", "at": morning, "kind": "tick"}} for i in range(2))
        yield from (moved(line, day, shift) for line in log)


def fill(database: Database, folder: Path, least: int, orders: float) -> int:
    """A fleet with a log of ``least`` events or a few more; returns how many."""
    world = with_orders(sample_world(), orders)
    simulate(world, 1, log=folder / "day.jsonl")
    log = [from_json(line) for line in (folder / "day.jsonl").read_bytes().splitlines()]
    events: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    now = datetime.now(UTC)
    for line in days(log, 1 + least // sum("event" in line for line in log)):
        if "event" in line:
            document, seq = to_json(line["event"]).decode(), len(events) + 1
            row = {"seq": seq, "position": seq, "event_id": line["event"]["id"], "document": document}
            events.append(row | {"fleet_id": "fleet", "taken_at": now, "handled_at": now})
            number = 0
        else:
            row = {"event_seq": len(events), "number": number, "kind": line["decision"]["kind"]}
            decisions.append(row | {"fleet_id": "fleet", "document": to_json(line["decision"]).decode()})
            number += 1
    setup = dispatcher_of(world).setup
    with database.writing() as session:
        FleetRepository(session).add("fleet", setup.model_dump_json(), [store.id for store in setup.stores])
        for table, rows in ((EventRow, events), (DecisionRow, decisions)):
            for first in range(0, len(rows), ROWS):
                session.execute(sa.insert(table), rows[first : first + ROWS])
    return len(events)


def take_over(database: Database) -> dict[str, Any]:
    """What the log says of a take-over, with what the processor spent on it."""
    bells = Bells(database)
    keeper = Keeper(database, bells, Atlas)
    bells.start()
    began_s = time.process_time()
    with capture_logs() as said:
        keeper.start()
        taken: dict[str, Any] = wait_for(
            lambda: next((each for each in said if each["event"] == "fleet.taken"), None), 300
        )
        spent_s = time.process_time() - began_s
        keeper.close()
    bells.close()
    return taken | {"spent_s": spent_s}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--orders", type=float, default=420)
    asked = parser.parse_args()
    dispatch.warm_up()
    print("| measure | goal | measured | met |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        database = Database(f"sqlite:///{name}/swiftleaf.db")
        database.migrate()
        count = fill(database, Path(name), asked.events, asked.orders)
        for begins in ("the first event", "the snapshot"):
            taken = take_over(database)
            found = f"{taken['took_s']:.1f} s ({taken['spent_s']:.1f} s of the processor), {taken['recalled']} recalled"
            met = "yes" if taken["took_s"] <= MARK_S else "no"
            print(f"| fleet of {count} events taken from {begins} | {MARK_S:g} s | {found} | {met} |", flush=True)
        database.close()


if __name__ == "__main__":
    main()
