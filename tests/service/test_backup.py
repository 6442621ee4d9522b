"""A backup that is taken while the server writes, and what comes back from it."""

import hashlib
import json
import sqlite3
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pytest

from service import backup as saving
from service.db.database import Database
from service.db.plans import PlanRepository
from service.files import UsageError
from service.keys import Scope, register
from service.settings import Settings

WRITES = 400
DOCUMENT = '{"filler":"' + "x" * 4_000 + '"}'


def written(database: Database, number: int) -> str:
    with database.transaction() as session:
        return PlanRepository(session).add(DOCUMENT, {"plan": str(number), "geojson": "{}", "carbon": "{}"}).id


def test_a_backup_during_writes_holds_one_moment_and_comes_back_whole(tmp_path: Path) -> None:
    old, new = Settings(data_dir=tmp_path / "old"), Settings(data_dir=tmp_path / "new")
    database = Database(old.database)
    database.migrate()
    secret = register.create(database, "till", [Scope.PLANS_READ], None)
    (old.data_dir / "sealing.keys").write_text("a secret\n")
    (old.data_dir / "sealing.keys").chmod(0o600)
    (old.data_dir / "maps").mkdir()
    (old.data_dir / "maps" / "town.osm").write_text("<osm/>")
    (old.data_dir / "ledger.jsonl").write_text("one\ntwo\n")
    ids = [written(database, number) for number in range(WRITES)]
    stop = threading.Event()

    def write_on() -> None:
        while not stop.is_set():
            ids.append(written(database, len(ids)))

    writer = threading.Thread(target=write_on)
    writer.start()
    before = len(ids)
    names = saving.backup(old, tmp_path / "saved.tar.gz")
    after = len(ids)
    stop.set()
    writer.join()
    database.close()
    assert set(names) == {"swiftleaf.db", "sealing.keys", "maps/town.osm", "ledger.jsonl"}
    assert after > before, "nobody wrote meanwhile"
    assert saving.restore(new, tmp_path / "saved.tar.gz") == names
    assert (new.data_dir / "sealing.keys").read_text() == "a secret\n"
    assert [each for each in (new.data_dir, *new.data_dir.glob("*.*")) if each.stat().st_mode & 0o077] == []
    assert (tmp_path / "saved.tar.gz").stat().st_mode & 0o077 == 0
    restored = Database(new.database)
    restored.migrate()
    with restored.transaction() as session:
        found = [row[0] for row in PlanRepository(session).done()]
    assert before <= len(found) <= after
    assert sorted(found) == sorted(ids[: len(found)])
    caller = register.named(restored, secret.id, "a session")
    assert caller is not None
    assert caller.scopes == {Scope.PLANS_READ}
    restored.close()
    assert not list(tmp_path.rglob(".backup-*"))
    assert not list(tmp_path.rglob(".restore-*"))


def saved(folder: Path) -> tuple[Settings, Path]:
    settings = Settings(data_dir=folder / "data")
    database = Database(settings.database)
    database.migrate()
    database.close()
    saving.backup(settings, folder / "saved.tar.gz")
    return settings, folder / "saved.tar.gz"


def test_nothing_is_written_over(tmp_path: Path) -> None:
    settings, archive = saved(tmp_path)
    with pytest.raises(UsageError, match="exists already"):
        saving.backup(settings, archive)
    with pytest.raises(UsageError, match="is there already"):
        saving.restore(settings, archive)


def test_a_damaged_archive_changes_nothing(tmp_path: Path) -> None:
    _, archive = saved(tmp_path)
    whole = archive.read_bytes()
    fresh = Settings(data_dir=tmp_path / "fresh")
    for content in (b"", b"no archive", whole[: len(whole) // 2]):
        archive.write_bytes(content)
        with pytest.raises(UsageError, match="saved"):
            saving.restore(fresh, archive)
    inside = tmp_path / "inside"
    archive.write_bytes(whole)
    with tarfile.open(archive) as opened:
        opened.extractall(inside, filter="data")
    with closing(sqlite3.connect(inside / "swiftleaf.db")) as database:
        database.execute("DELETE FROM alembic_version")
        database.commit()
    with tarfile.open(archive, "w:gz") as made:
        for path in inside.iterdir():
            made.add(path, path.name)
    with pytest.raises(UsageError, match="is damaged"):
        saving.restore(fresh, archive)
    assert not list(fresh.data_dir.iterdir())


def test_an_archive_takes_nothing_from_outside_the_folder(tmp_path: Path) -> None:
    _, archive = saved(tmp_path)
    inside, victim = tmp_path / "inside", tmp_path / "victim"
    victim.write_text("mine")
    with tarfile.open(archive) as opened:
        opened.extractall(inside, filter="data")
    manifest = json.loads((inside / "manifest.json").read_text())
    manifest["sha256"]["../../victim"] = hashlib.sha256(b"mine").hexdigest()
    (inside / "manifest.json").write_text(json.dumps(manifest))
    with tarfile.open(archive, "w:gz") as made:
        for path in inside.iterdir():
            made.add(path, path.name)
    with pytest.raises(UsageError, match=r"is damaged \(\.\./\.\./victim\)"):
        saving.restore(Settings(data_dir=tmp_path / "fresh"), archive)
    assert victim.read_text() == "mine"


def test_where_there_is_nothing_to_save_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no database"):
        saving.backup(Settings(data_dir=tmp_path), tmp_path / "saved")
    with pytest.raises(UsageError, match="pg_dump"):
        saving.backup(Settings(data_dir=tmp_path, database_url="postgresql://x/y"), tmp_path / "saved")
