"""The API keys in the database: hashes of secrets, never secrets."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.db.models import KeyRow

FIRST_KEY = 0x5317F1EAF + 1
"""The number of the PostgreSQL advisory lock that is held while the first key is made."""


class KeyRepository:
    """Keys within one transaction.

    Args:
        session: of ``Database.transaction``.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, key_id: str, name: str, hashed: str, scopes: Iterable[str], stores: Iterable[str] | None) -> KeyRow:
        """Insert a key; ``stores`` of None are all."""
        row = KeyRow(
            id=key_id,
            name=name,
            hash=hashed,
            scopes=json.dumps(sorted(scopes)),
            stores=None if stores is None else json.dumps(sorted(stores)),
            created_at=datetime.now(UTC),
        )
        self._session.add(row)
        self._session.flush()
        return row

    def get(self, key_id: str) -> KeyRow | None:
        """The row, revoked or not, or None."""
        return self._session.get(KeyRow, key_id)

    def all(self, behind: KeyRow | None = None, limit: int | None = None) -> list[KeyRow]:
        """Every key, the oldest first, or those newer than ``behind``."""
        query = sa.select(KeyRow).order_by(KeyRow.created_at, KeyRow.id).limit(limit)
        if behind is not None:
            later = sa.and_(KeyRow.created_at == behind.created_at, KeyRow.id > behind.id)
            query = query.where(sa.or_(KeyRow.created_at > behind.created_at, later))
        return list(self._session.scalars(query))

    def revoke(self, key_id: str) -> bool:
        """Make the key worthless for good; whether it was there and valid until now."""
        valid = sa.update(KeyRow).where(KeyRow.id == key_id, KeyRow.revoked_at.is_(None))
        return self._session.scalar(valid.values(revoked_at=datetime.now(UTC)).returning(KeyRow.id)) is not None

    def add_first(self, key_id: str, name: str, hashed: str, scope: str) -> bool:
        """Insert the key unless another valid one has its ``scope``; whether it was inserted.

        Of several servers that start on one database at once, one inserts. The transaction must be one of
        ``Database.writing``.
        """
        if self._session.get_bind().dialect.name == "postgresql":
            self._session.execute(sa.select(sa.func.pg_advisory_xact_lock(FIRST_KEY)))
        valid = sa.select(KeyRow.scopes).where(KeyRow.revoked_at.is_(None))
        if any(scope in json.loads(scopes) for scopes in self._session.scalars(valid)):
            return False
        self.add(key_id, name, hashed, [scope], None)
        return True
