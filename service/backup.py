"""What ``swiftleaf backup`` and ``restore`` do: one archive of a data folder, taken while the server writes.

The database is copied page by page with SQLite's own backup, which gives one moment of it whoever writes meanwhile.
The other files of the folder (keys, maps, ledgers) are only ever replaced whole or appended to, so they are copied as
they are, after the database: what it refers to is there.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from service.files import UsageError
from service.settings import Settings

DATABASE = "swiftleaf.db"
MANIFEST = "manifest.json"
OWNER_ONLY = 0o600
PAGES, PAUSE_S = 2_000, 0.002
"""So many pages are copied at a time, and a breath is drawn between, so that writers get their turn."""
LEFT_OUT = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", "admin.key")


def backup(settings: Settings, out: Path) -> list[str]:
    """Write the data folder into a new archive; returns the names of its files.

    Raises:
        UsageError: if the database is not SQLite, there is none, or the archive cannot be written.
    """
    folder = _folder(settings)
    source = folder / DATABASE
    if not source.is_file():
        raise UsageError(f"{source}: there is no database; set SWIFTLEAF_DATA_DIR to the folder of the server")
    if out.exists():
        raise UsageError(f"{out}: exists already; give another name")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as made:
            copy = Path(made) / DATABASE
            _copy_database(source, copy)
            files = {DATABASE: copy} | {
                str(path.relative_to(folder)): path
                for path in sorted(folder.rglob("*"))
                if path.is_file()
                and path.name not in LEFT_OUT
                and not path.relative_to(folder).parts[0].startswith(".")
            }
            part = out.with_name(out.name + ".part")
            with (
                os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "wb") as raw,
                tarfile.open(fileobj=raw, mode="w:gz") as archive,
            ):
                sums = {name: _add(archive, name, path) for name, path in files.items()}
                _add_text(archive, MANIFEST, json.dumps({"swiftleaf": version("swiftleaf"), "sha256": sums}, indent=2))
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.replace(out)
    except (OSError, sqlite3.Error) as error:
        out.with_name(out.name + ".part").unlink(missing_ok=True)
        raise UsageError(f"{out}: the backup cannot be made ({error}); nothing was written") from None
    return list(files)


def restore(settings: Settings, archive_file: Path) -> list[str]:
    """Bring a data folder back from an archive; returns the names of its files.

    Raises:
        UsageError: if there is a database already, or the archive is none of ours or damaged. Nothing is changed then.
    """
    folder = _folder(settings)
    if (folder / DATABASE).exists():
        raise UsageError(f"{folder / DATABASE}: is there already; set SWIFTLEAF_DATA_DIR to an empty folder")
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as made:
            inside = Path(made)
            with tarfile.open(archive_file, mode="r:gz") as archive:
                archive.extractall(inside, filter="data")
            names = _verified(inside, archive_file)
            taken = [name for name in names if (folder / name).exists()]
            if taken:
                raise UsageError(f"{folder / taken[0]}: is there already; set SWIFTLEAF_DATA_DIR to an empty folder")
            # The database comes last: a folder with a database is one that was restored to the end.
            for name in sorted(names, key=lambda name: name == DATABASE):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.move(inside / name, folder / name)
    except (OSError, tarfile.TarError, EOFError) as error:
        raise UsageError(f"{archive_file}: cannot be restored ({error}); give an archive of swiftleaf backup") from None
    return names


def _folder(settings: Settings) -> Path:
    if settings.database_url is not None:
        raise UsageError(
            "SWIFTLEAF_DATABASE_URL is set: that database is backed up by its own tools, PostgreSQL by pg_dump and "
            "pg_restore; keep the keys of SWIFTLEAF_SEALING_KEYS with it"
        )
    return settings.data_dir.absolute()


def _copy_database(source: Path, copy: Path) -> None:
    """Copy one moment of the database, and look whether it is sound."""
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as live,
        closing(sqlite3.connect(copy)) as made,
    ):
        # A read transaction holds the moment, so that writers do not make the copy begin again and again.
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        live.backup(made, pages=PAGES, progress=lambda *_: time.sleep(PAUSE_S))
        _check(made, source)


def _check(database: sqlite3.Connection, name: Path) -> None:
    (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise UsageError(f"{name}: the database is damaged ({found})")


def _add(archive: tarfile.TarFile, name: str, path: Path) -> str:
    """Add a file as long as it is now, for it may grow meanwhile; returns the hash of what was added."""
    content = path.read_bytes()
    info = archive.gettarinfo(str(path), name)
    info.size, info.mode = len(content), OWNER_ONLY
    archive.addfile(info, io.BytesIO(content))
    return hashlib.sha256(content).hexdigest()


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = len(text.encode()), OWNER_ONLY, int(time.time())
    archive.addfile(info, io.BytesIO(text.encode()))


def _verified(inside: Path, archive_file: Path) -> list[str]:
    """The files that the manifest names, each with the hash that it says."""
    try:
        sums: dict[str, str] = json.loads((inside / MANIFEST).read_text())["sha256"]
        database = inside / DATABASE
        damaged = [
            name
            for name, sum_ in sums.items()
            if not (inside / name).resolve().is_relative_to(inside.resolve())
            or hashlib.sha256((inside / name).read_bytes()).hexdigest() != sum_
        ]
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{archive_file}: is no backup of Swiftleaf; give an archive of swiftleaf backup") from None
    if damaged or DATABASE not in sums:
        raise UsageError(f"{archive_file}: is damaged ({', '.join(damaged) or 'no database'}); take an earlier one")
    with closing(sqlite3.connect(database)) as opened:
        _check(opened, archive_file)
    return list(sums)
