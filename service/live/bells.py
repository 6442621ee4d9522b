"""Wakes those who wait for news of a fleet: within this process at once, and across processes by ``NOTIFY``.

A bell says only that there may be something to read. Whoever is missed by one looks for itself every ``POLL_S``, so
that nothing hangs on a bell but how soon it is read.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from service.db.database import Database, DatabaseError

CHANNEL = "swiftleaf"
POLL_S = 0.5
"""How often one who waits looks without a bell."""
MEND_S = 1.0
"""Between two attempts to listen again."""


def events_of(fleet_id: str) -> str:
    """The bell for events that wait to be handled."""
    return f"events {fleet_id}"


def decisions_of(fleet_id: str) -> str:
    """The bell for decisions and a new plan."""
    return f"decisions {fleet_id}"


class Bells:
    """The bells of one process.

    Args:
        database: whose ``NOTIFY`` rings the bells of other processes, where it has that.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hung: dict[str, list[Callable[[], object]]] = defaultdict(list)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._wire = threading.Thread(target=self._listen, name="bells", daemon=True)

    def start(self) -> None:
        """Hear other processes."""
        if self._database.notifies:
            self._wire.start()

    def close(self) -> None:
        """Stop hearing them."""
        self._stopping.set()
        if self._wire.is_alive():
            self._wire.join(5)

    @contextmanager
    def hung(self, bell: str, call: Callable[[], object]) -> Iterator[None]:
        """Have ``call`` called, from any thread, whenever ``bell`` is rung within the block."""
        with self._lock:
            self._hung[bell].append(call)
        try:
            yield
        finally:
            with self._lock:
                self._hung[bell].remove(call)
                if not self._hung[bell]:
                    del self._hung[bell]

    def announce(self, session: Session, bell: str) -> None:
        """Ring in every other process once the transaction is committed."""
        if self._database.notifies:
            session.execute(sa.select(sa.func.pg_notify(CHANNEL, bell)))

    def ring(self, bell: str) -> None:
        """Ring in this process; call it after the commit."""
        with self._lock:
            calls = tuple(self._hung.get(bell, ()))
        for call in calls:
            with suppress(RuntimeError):  # an event loop that was closed hears nothing more
                call()

    def _listen(self) -> None:
        log = structlog.get_logger()
        while not self._stopping.is_set():
            try:
                with self._database.listening(CHANNEL) as connection:
                    while not self._stopping.is_set():
                        for note in connection.notifies(timeout=1.0):
                            self.ring(note.payload)
            except DatabaseError as error:
                log.warning("bells.deaf", error=str(error))
                time.sleep(MEND_S)
