"""The log of a dispatcher: one event a line, as JSON, and what was decided on it below.

An event says how many lines follow it, so that one whose decisions a crash cut off is seen, and left out with them. The
events alone are the truth; the decisions are there to be recalled, and to be held against a replay.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Self

from pydantic import ValidationError

from dispatch.faults import DispatchError
from dispatch.online.decision import DECISIONS, Decision
from dispatch.online.dispatcher import Dispatcher
from dispatch.online.event import EVENTS, Cut, Event, EventBase

CUT = "cut"
"""The id of a ``Cut`` in a log; it stands below the event that it belongs to."""
MISPLACED = "a cut stands where it cannot; it follows its event at once"
HEAD = b'{"follow":'
FOLLOW = re.compile(rb'\{"follow":(\d{1,18}),')


class LogError(DispatchError):
    """Raised when a log cannot be read: the text names the file, the line and the fault."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An event, where its search was cut short if it was, and what was decided on it."""

    event: Event
    looks: int | None
    decisions: tuple[Decision, ...]


class Log:
    """Appends entries to a file, whole lines only; use it in a ``with``.

    An entry that a crash cut off at the end of the file is cut away before anything is appended.

    Args:
        path: made if it is not there.
    """

    def __init__(self, path: Path) -> None:
        path.touch()
        self._file: BinaryIO = path.open("rb+")
        whole = _whole(self._file.read())
        self._file.truncate(whole)
        self._file.seek(whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, event: Event, looks: int | None, decisions: Iterable[Decision]) -> None:
        """Append what happened, and flush it to the operating system."""
        lines = [b'{"decision":' + decision.model_dump_json().encode() + b"}" for decision in decisions]
        if looks is not None:
            cut = Cut(id=CUT, at=event.at, event_id=event.id, looks=looks)
            lines.insert(0, b'{"event":' + cut.model_dump_json().encode() + b"}")
        head = b'{"follow":%d,"event":%b}' % (len(lines), event.model_dump_json().encode())
        self._file.write(b"".join(line + b"\n" for line in [head, *lines]))
        self._file.flush()


def read_log(path: Path) -> Iterator[Entry]:
    """Read a log; a last entry that was cut off in the middle is left out.

    Raises:
        LogError: if the file cannot be read, a line is no event and no decision or stands where it cannot, or an event
            has more or fewer lines below it than it says.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LogError(f"{path}: cannot be read ({error.strerror}); give the path of a log") from None
    lines = data[: _whole(data)].splitlines()
    rest = enumerate(lines, start=1)
    above = "a log begins with an event"
    for begun, head in rest:
        event, follow = _item(path, begun, head)
        if follow is None or not isinstance(event, EventBase):
            raise LogError(f"{path}, line {begun}: {MISPLACED if isinstance(event, Cut) else above}")
        looks: int | None = None
        decisions: list[Decision] = []
        read, says = 0, f"the event on line {begun} says that {follow} lines follow it"
        for number, line in islice(rest, min(follow, len(lines))):
            item, begins = _item(path, number, line)
            if begins is not None:
                raise LogError(f"{path}, line {number}: {says}; only {read} stand before this event")
            if isinstance(item, Cut):
                if read or (item.id, item.event_id) != (CUT, event.id):
                    raise LogError(f"{path}, line {number}: {MISPLACED}")
                looks = item.looks
            elif not isinstance(item, EventBase):
                decisions.append(item)
            read += 1
        if read < follow:
            raise LogError(f"{path}, line {begun}: {says}; only {read} stand before the end")
        yield Entry(event, looks, tuple(decisions))
        above = f"{says}; this is one more"


def replay(dispatcher: Dispatcher, entries: Iterable[Entry]) -> Iterator[Entry]:
    """Give the events of ``entries`` to a fresh ``dispatcher``; yields them with what it decides now."""
    for entry in entries:
        yield Entry(entry.event, entry.looks, dispatcher.handle(entry.event, looks=entry.looks))


def _whole(data: bytes) -> int:
    """How many bytes of ``data`` are whole entries."""
    whole = data.rfind(b"\n") + 1
    start = data.rfind(HEAD, 0, whole)
    if start > 0:
        start = data.rfind(b"\n", 0, start) + 1
    found = FOLLOW.match(data, start) if start >= 0 else None
    if found is None:
        return whole
    return whole if data.count(b"\n", start, whole) > int(found[1]) else start


def _item(path: Path, number: int, line: bytes) -> tuple[Event | Decision, int | None]:
    """What a line says, and how many lines follow it; None for a decision or a cut within an entry."""
    where = f"{path}, line {number}"
    try:
        document = json.loads(line)
        if isinstance(document, dict):
            if document.keys() == {"decision"}:
                return DECISIONS.validate_python(document["decision"]), None
            if document.keys() - {"follow"} == {"event"}:
                event, follow = EVENTS.validate_python(document["event"]), document.get("follow")
                if type(follow) is int and follow >= 0:
                    return event, follow
                if isinstance(event, Cut) and "follow" not in document:
                    return event, None
                raise LogError(f"{where}: follow is {follow!r}; an event says how many lines follow it")
        raise LogError(f"{where}: neither an event nor a decision: {line[:80]!r}")
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise LogError(f"{where}: {field}: {first['msg']}") from None
    except ValueError as error:  # no JSON, no UTF-8, or a number of thousands of digits
        raise LogError(f"{where}: not JSON: {error}") from None
    except RecursionError:
        raise LogError(f"{where}: nested too deeply") from None
