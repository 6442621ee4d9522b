"""Studies in the database: who makes which, until when, and that nobody else may write to it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.db import studies
from service.db.database import Database
from service.db.models import RunRow, StudyRow, StudyStatus
from service.db.studies import LEASE, Claimed, StudyRepository, TooManyOpenError
from tests.service.postgres import fresh_database

KINDS = ("radius", "fleet")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/swiftleaf.db" if request.param == "sqlite" else fresh_database())
    opened.migrate()
    yield opened
    opened.close()


def add(database: Database, kind: str = "radius") -> str:
    with database.transaction() as session:
        return StudyRepository(session).add(kind, "{}", None).id


def claim(database: Database, owner: str) -> Claimed | None:
    with database.transaction() as session:
        return StudyRepository(session).claim(owner, KINDS)


def row(database: Database, study_id: str) -> StudyRow:
    with database.transaction() as session:
        found = StudyRepository(session).get(study_id)
    assert found is not None
    return found


def lease_until(database: Database, moment: datetime) -> None:
    with database.transaction() as session:
        session.execute(sa.update(StudyRow).values(leased_until=moment))


def test_the_oldest_of_its_kind_is_claimed_once(database: Database) -> None:
    add(database, "siting")
    first, second = add(database), add(database, "fleet")
    assert claim(database, "a") == Claimed(first, "radius", "{}")
    assert claim(database, "b") == Claimed(second, "fleet", "{}")
    assert claim(database, "c") is None


@pytest.mark.parametrize("off", [timedelta(seconds=-1), 10 * LEASE], ids=["over", "from a clock that was wrong"])
def test_a_study_whose_lease_is_over_is_taken_over_and_the_former_owner_may_write_no_more(
    database: Database, off: timedelta
) -> None:
    study_id = add(database)
    claim(database, "a")
    with database.transaction() as session:
        assert StudyRepository(session).keep(study_id, "a", "first", "1")
    lease_until(database, datetime.now(UTC) + off)
    assert claim(database, "b") is not None
    with database.transaction() as session:
        studies = StudyRepository(session)
        assert not studies.keep(study_id, "a", "second", "2")
        assert not studies.renew(study_id, "a")
        assert not studies.finish(study_id, "a", "{}")
        assert studies.run(study_id, "first") == "1"
        assert studies.run(study_id, "second") is None
        assert studies.keep(study_id, "b", "second", "2")
        assert studies.finish(study_id, "b", "{}")
    done = row(database, study_id)
    assert (done.status, done.done_runs, done.all_runs, done.owner) == (StudyStatus.DONE, 2, 2, None)


def test_a_lease_is_renewed_and_given_up(database: Database) -> None:
    study_id = add(database)
    claim(database, "a")
    lease_until(database, datetime.now(UTC) - timedelta(seconds=1))
    with database.transaction() as session:
        assert StudyRepository(session).renew(study_id, "a")
    assert claim(database, "b") is None
    with database.transaction() as session:
        assert StudyRepository(session).release(study_id, "a")
    assert claim(database, "b") is not None


def test_a_canceled_study_is_written_to_no_more_and_keeps_its_runs(database: Database) -> None:
    study_id = add(database)
    claim(database, "a")
    with database.transaction() as session:
        StudyRepository(session).keep(study_id, "a", "first", "1")
    with database.transaction() as session:
        StudyRepository(session).cancel(study_id)
    with database.transaction() as session:
        assert not StudyRepository(session).keep(study_id, "a", "second", "2")
    assert claim(database, "b") is None
    canceled = row(database, study_id)
    assert (canceled.status, canceled.done_runs) == (StudyStatus.CANCELED, 1)
    with database.transaction() as session:
        assert session.scalars(sa.select(RunRow.key)).all() == ["first"]


def test_what_is_over_is_not_canceled(database: Database) -> None:
    study_id = add(database)
    claim(database, "a")
    with database.transaction() as session:
        StudyRepository(session).fail(study_id, "a", "it rained")
    with database.transaction() as session:
        StudyRepository(session).cancel(study_id)
    assert (row(database, study_id).status, row(database, study_id).error) == (StudyStatus.FAILED, "it rained")
    with database.transaction() as session:
        assert StudyRepository(session).count() == {"failed": 1}


def test_pages_hold_every_study_once_though_moments_are_the_same(database: Database) -> None:
    ids = {add(database) for _ in range(7)}
    with database.transaction() as session:
        session.execute(sa.update(StudyRow).values(created_at=datetime(2026, 1, 1, tzinfo=UTC)))
    seen: list[str] = []
    before = None
    with database.transaction() as session:
        while page := list(islice(StudyRepository(session).newest(before=before), 3)):
            seen += [study.id for study in page]
            before = page[-1]
    assert len(seen) == len(ids)
    assert set(seen) == ids


def test_some_stores_have_their_share_of_the_queue(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "MOST_OPEN", 2)
    with database.writing() as session:
        queue = StudyRepository(session)
        first = queue.add("radius", "{}", ["a"]).id
        queue.add("radius", "{}", ["a"])
        with pytest.raises(TooManyOpenError, match="2 studies of the same stores"):
            queue.add("radius", "{}", ["a"])
        for others in (None, ["b"], ["a", "b"]):
            queue.add("radius", "{}", others)
        queue.cancel(first)
        queue.add("radius", "{}", ["a"])
