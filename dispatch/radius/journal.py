"""The file of finished runs: each is added at once and kept, so that a study that stopped goes on where it was.

``runs.jsonl`` holds one JSON document a line: first the study's world by its hash, then the runs as they finished. A
run is written with one call, and the disk waited for (``fsync``), before it counts. So a kill leaves whole lines and at
most a torn one at the end, which is cut off when the file is opened again.
"""

import json
import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Protocol, Self

from pydantic import ValidationError

from dispatch.radius.faults import StudyError
from dispatch.radius.setting import Setting
from dispatch.record import Record
from dispatch.twin import DayResult, World

FORMAT = 1
JOURNAL = "runs.jsonl"
"""Name of the file."""


class Task(Record):
    """One run to make: a setting and a seed."""

    setting: Setting
    seed: int


class Kept(Protocol):
    """Where finished runs of one world are kept: a ``Journal``, or a table."""

    @property
    def world_sha256(self) -> str:
        """Hash of the world whose runs these are."""

    def get(self, task: Task) -> DayResult | None:
        """The result of a run, None if it is not finished."""

    def add(self, task: Task, day: DayResult) -> None:
        """Keep a finished run, for good when this returns."""


def world_key(world: World) -> str:
    """Hash of a world before any setting."""
    return sha256(world.model_dump_json().encode()).hexdigest()


def run_key(world_sha256: str, task: Task) -> str:
    """Hash of world, setting and seed."""
    return sha256(f"{world_sha256}\n{task.setting.model_dump_json()}\n{task.seed}".encode()).hexdigest()


class Head(Record):
    """First line of the file: which world its runs are of."""

    format: int
    world: str
    sha256: str


class Run(Record):
    """One finished run; ``key`` is the hash of its world, setting and seed."""

    key: str
    setting: Setting
    seed: int
    day: DayResult


class Journal:
    """The finished runs of one world in one folder; one process at a time has it open.

    Args:
        folder: where the file is, or will be; it must exist.
        world: the world before any setting.

    Attributes:
        said: what a reader should know about what was found in the file, in sentences.

    Raises:
        StudyError: if the folder's runs are of another world, are being written by another process, or cannot be
            read or written.
    """

    def __init__(self, folder: Path, world: World) -> None:
        self.path = folder / JOURNAL
        self.said: list[str] = []
        self._head = Head(format=FORMAT, world=world.name, sha256=world_key(world))
        self._days: dict[str, DayResult] = {}
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            self._lock()
            self._read()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._days)

    def close(self) -> None:
        """Close the file, which lets go of its lock. Safe to call twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    @property
    def world_sha256(self) -> str:
        """Hash of the world whose runs these are."""
        return self._head.sha256

    def get(self, task: Task) -> DayResult | None:
        """The result of a run, None if it is not finished."""
        return self._days.get(self.key(task))

    def add(self, task: Task, day: DayResult) -> None:
        """Keep a finished run; one that is kept already stays as it is.

        Raises:
            StudyError: if it cannot be written; nothing of it is left then.
        """
        key = self.key(task)
        if key not in self._days:
            self._append(Run(key=key, setting=task.setting, seed=task.seed, day=day))
            self._days[key] = day

    def key(self, task: Task) -> str:
        """Hash of world, setting and seed."""
        return run_key(self._head.sha256, task)

    def _lock(self) -> None:
        if sys.platform == "win32":
            return
        import fcntl  # noqa: PLC0415 - not there on Windows, where one has to take care oneself

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StudyError(
                f"{self.path}: another study is writing it; wait until it is done, or give another folder"
            ) from None

    def _read(self) -> None:
        """Take in what is there, cut off a torn end, and begin a new file with its head."""
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(self._file, whole)
            self.said.append(
                f"{self.path}: dropped {len(content) - whole} bytes of a run that was cut off while it was written; "
                "that run is made again"
            )
        head, *lines = content[:whole].split(b"\n")[:-1] or [b""]
        if not head:
            self._append(self._head)
            return
        self._check_head(head)
        for number, line in enumerate(lines, start=2):
            self._take(number, line)

    def _check_head(self, line: bytes) -> None:
        try:
            head = Head.model_validate_json(line)
        except ValidationError:
            raise StudyError(f"{self.path}: is no file of runs; give another folder") from None
        if head.format != FORMAT:
            raise StudyError(f"{self.path}: its format is {head.format}, not {FORMAT}; give another folder")
        if head.sha256 != self._head.sha256:
            raise StudyError(
                f"{self.path}: holds runs of another world ({head.world!r}, sha256 {head.sha256[:12]}, not "
                f"{self._head.world!r}, sha256 {self._head.sha256[:12]}); give another folder, or that world"
            )

    def _take(self, number: int, line: bytes) -> None:
        try:
            run = Run.model_validate_json(line)
            sound = run.key == self.key(Task(setting=run.setting, seed=run.seed))
        except ValidationError:
            sound = False
        if not sound:
            self.said.append(
                f"{self.path}, line {number}: is no run of this world; it is left out, and made again if needed"
            )
        elif self._days.setdefault(run.key, run.day) != run.day:
            raise StudyError(
                f"{self.path}, line {number}: another result of the same run is above it ({run.setting.label}, seed "
                f"{run.seed}); the two were made by different versions: give another folder"
            )

    def _append(self, record: Record) -> None:
        line = (json.dumps(record.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":")) + "\n").encode()
        size = os.fstat(self._file).st_size
        try:
            written = 0
            while written < len(line):
                written += os.write(self._file, line[written:])
            os.fsync(self._file)
        except OSError as error:
            os.ftruncate(self._file, size)
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> StudyError:
        return StudyError(f"{self.path}: cannot be written ({error.strerror}); give another folder")
