"""The database: opened with the right settings, migrated, one transaction a time."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from service.db import database as opening
from service.db.database import Database, DatabaseError
from service.db.models import Base, PlanRow, Status
from service.db.plans import PlanRepository
from tests.service.postgres import fresh_database, server_away

ANSWER = {"plan": '{"a":1}', "geojson": '{"b":2}', "carbon": '{"c":3}'}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    sqlite = request.param == "sqlite"
    opened = Database(f"sqlite:///{tmp_path}/50% off/swiftleaf.db" if sqlite else fresh_database())
    opened.migrate()
    yield opened
    opened.close()


def test_migrations_make_what_the_models_say(database: Database) -> None:
    with database.transaction() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    with database.transaction() as session:
        PlanRepository(session).add("{}")
    assert database.migrate() == "0002"
    with database.transaction() as session:
        assert len(PlanRepository(session).newest(5)) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_is_opened_for_many_readers_and_a_patient_writer(database: Database) -> None:
    with database.transaction() as session:
        settings = [
            session.scalar(sa.text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    assert settings == ["wal", 1, 10_000]


def test_what_sqlite_keeps_is_its_owners_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/made/swiftleaf.db")
    database.migrate()
    with database.writing() as session:
        PlanRepository(session).add("{}")
        files = sorted((tmp_path / "made").iterdir())
        assert [file.name for file in files] == ["swiftleaf.db", "swiftleaf.db-shm", "swiftleaf.db-wal"]
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o700
    database.close()


def test_a_plan_goes_from_solving_to_done(database: Database) -> None:
    with database.transaction() as session:
        row = PlanRepository(session).add("{}")
        assert row.status == Status.SOLVING
    with database.transaction() as session:
        PlanRepository(session).finish(row.id, ANSWER)
    with database.transaction() as session:
        done = PlanRepository(session).get(row.id)
    assert done is not None
    assert (done.status, done.plan, done.geojson, done.carbon) == ("done", *ANSWER.values())
    assert timedelta() <= datetime.now(UTC) - done.created_at < timedelta(minutes=1)


def test_an_exception_leaves_nothing_behind(database: Database) -> None:
    def write_and_fail() -> None:
        with database.transaction() as session:
            PlanRepository(session).add("{}")
            raise ValueError("after all")

    with pytest.raises(ValueError, match="after all"):
        write_and_fail()
    with database.transaction() as session:
        assert PlanRepository(session).newest(5) == []


def test_newest_first_and_by_status(database: Database) -> None:
    with database.transaction() as session:
        plans = PlanRepository(session)
        ids = [plans.add("{}", ANSWER).id, plans.add("{}").id, plans.add("{}", ANSWER).id]
        plans.drop(plans.add("{}").id)
    with database.transaction() as session:
        plans = PlanRepository(session)
        assert [row.id for row in plans.newest(5)] == ids[::-1]
        assert [row.id for row in plans.newest(1)] == ids[2:]
        assert [row.id for row in plans.newest(5, Status.DONE)] == [ids[2], ids[0]]
        assert plans.get("unknown") is None


def test_only_what_was_solving_is_interrupted(database: Database) -> None:
    with database.transaction() as session:
        plans = PlanRepository(session)
        done, solving = plans.add("{}", ANSWER), plans.add("{}")
    with database.transaction() as session:
        assert PlanRepository(session).fail_interrupted() == 1
    with database.transaction() as session:
        plans = PlanRepository(session)
        rows = [plans.get(done.id), plans.get(solving.id)]
        assert [row.status for row in rows if row] == ["done", "failed"]


def test_moments_come_back_as_they_went_in(database: Database) -> None:
    moment = datetime(2026, 3, 6, 19, 0, tzinfo=UTC)
    with database.transaction() as session:
        session.add(PlanRow(id="x", created_at=moment, status="done", request="{}"))
    with database.transaction() as session:
        assert session.scalar(sa.select(PlanRow.created_at)) == moment


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////dev/null/x.db", "unknowndialect://x/y"])
def test_what_cannot_be_opened_names_the_way_out(url: str) -> None:
    with pytest.raises(DatabaseError, match="SWIFTLEAF_DATA_DIR"):
        Database(url)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("hello " * 1000)
    database = Database(f"sqlite:///{tmp_path}/x.db")
    with pytest.raises(DatabaseError, match="not a database"):
        database.migrate()
    with pytest.raises(DatabaseError, match="does not answer"):
        database.ping()
    database.close()


def test_a_database_of_a_newer_swiftleaf_is_left_alone(database: Database) -> None:
    with database.transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match=r"9999.*upgrade Swiftleaf"):
        database.migrate()


def test_second_server_waits_for_the_first_ones_migration(tmp_path: Path) -> None:
    """While another holds the lock the migration waits, and then finds the way clear."""
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("BEGIN IMMEDIATE")
    database = Database(f"sqlite:///{tmp_path}/x.db")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(database.migrate)
        with pytest.raises(TimeoutError):
            waiting.result(0.5)
        other.execute("ROLLBACK")
        assert waiting.result(10) == "0002"
    other.close()
    database.close()


def test_four_servers_migrate_one_postgresql() -> None:
    url = fresh_database()
    databases = [Database(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(Database.migrate, databases)) == ["0002"] * 4
    for database in databases:
        database.close()


def test_password_is_not_shown() -> None:
    with pytest.raises(DatabaseError) as caught:
        Database("unknowndialect://user:secret@host/x")
    assert "secret" not in str(caught.value)


@pytest.mark.timeout(60)
def test_postgresql_that_says_nothing_is_taken_for_gone_and_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "CONNECT_S", 2)
    monkeypatch.setattr(opening, "TURN_S", 1)
    monkeypatch.setattr(opening._Impatient, "patience_s", 0.5)
    database = Database(fresh_database())
    database.migrate()
    with database.transaction() as session:
        assert PlanRepository(session).get("x") is None
    with server_away(paused=True):
        for _ in range(2):
            with pytest.raises(DatabaseError, match="does not answer"), database.transaction() as session:
                PlanRepository(session).get("x")
    with database.transaction() as session:
        assert PlanRepository(session).get("x") is None
    database.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_who_finds_every_connection_taken_is_told_so(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database._engine.pool, "_timeout", 0.2)
    with ExitStack() as stack:
        for _ in range(15):
            stack.enter_context(database.transaction()).execute(sa.text("SELECT 1"))
        with pytest.raises(DatabaseError, match="asked before"), database.transaction() as session:
            session.execute(sa.text("SELECT 1"))
