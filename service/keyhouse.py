"""What the command line does with API keys. Every mistake of the user leaves as a ``UsageError``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydantic import ValidationError

from dispatch.faults import faults_of
from service.db.database import Database, DatabaseError
from service.db.keys import KeyRepository
from service.db.points import PointsRepository
from service.files import UsageError
from service.keys import Scope, register
from service.keys.register import KeyLine, KeyRequest, NewKey
from service.settings import read_settings


@contextmanager
def opened() -> Iterator[Database]:
    """The database of the settings, brought to the newest revision."""
    try:
        database = Database(read_settings().database)
        try:
            database.migrate()
            yield database
        finally:
            database.close()
    except DatabaseError as error:
        raise UsageError(str(error)) from None


def create(name: str, scopes: Sequence[Scope], stores: Sequence[str] | None) -> tuple[NewKey, list[str]]:
    """Make a key; without ``stores`` it sees all of them. Returns those of them that are not there yet, too."""
    if stores is not None and Scope.ADMIN in scopes:
        raise UsageError("an admin key is for all stores; leave --store out, or give other scopes")
    try:
        asked = KeyRequest(name=name, scopes=tuple(scopes), stores=stores and tuple(stores))
    except ValidationError as error:
        faults = [(fault.path[2:].partition("[")[0].removesuffix("s"), fault.text) for fault in faults_of(error)]
        raise UsageError(*(f"--{name}: {text}" for name, text in faults)) from None
    with opened() as database:
        with database.transaction() as session:
            missing = [store for store in asked.stores or () if not PointsRepository(session, store).has_store()]
        return register.create(database, name, scopes, stores), missing


def lines() -> list[KeyLine]:
    """Every key, the oldest first."""
    with opened() as database, database.transaction() as session:
        return [register.line(row) for row in KeyRepository(session).all()]


def revoke(key_id: str) -> None:
    """Make a key worthless for good."""
    with opened() as database:
        if not register.revoke(database, key_id):
            raise UsageError(f"no valid key has the id {key_id!r}; `swiftleaf key list` lists them")
