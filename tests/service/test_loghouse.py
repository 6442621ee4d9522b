"""``swiftleaf replay`` of a log that was damaged in the database."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from dispatch.online import Setup, Tick
from service.db.database import Database
from service.db.events import EventRepository
from service.db.fleets import FleetRepository
from service.db.models import EventRow
from service.settings import read_settings
from tests.service.live.fleet import SETUP
from tests.service.test_cli import run


@pytest.mark.parametrize("damage", ["", "{", '{"id":"2","kind":"tick"}', '{"kind":"nap"}', "[" * 100_000, '"\\ud800"'])
def test_an_event_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    monkeypatch.setenv("SWIFTLEAF_DATA_DIR", str(tmp_path))
    database = Database(read_settings().database)
    database.migrate()
    setup = Setup.model_validate(SETUP)
    sound = Tick(id="1", at=datetime(2026, 11, 20, tzinfo=UTC)).model_dump_json()
    with database.writing() as session:
        FleetRepository(session).add("fleet", setup.model_dump_json(), [store.id for store in setup.stores])
        EventRepository(session, "fleet").add({"1": sound, "2": damage})
        session.execute(sa.update(EventRow).values(position=EventRow.seq))
    database.close()
    said = run("replay", "fleet", "--out", str(tmp_path / "log.jsonl"), code=2).stderr
    assert said.startswith("fleet fleet, event 2 of its log: cannot be read: $")
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 1
