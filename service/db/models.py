"""The tables."""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware moment, stored as UTC; SQLite keeps no offset of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: UTC."""
        del dialect
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database: aware, in UTC."""
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of every table."""


class Status(StrEnum):
    """How far a plan has come."""

    SOLVING = "solving"
    DONE = "done"
    FAILED = "failed"


class PlanRow(Base):
    """One planning request and what became of it.

    Documents are kept as JSON text and served as they are. ``plan``, ``geojson`` and ``carbon`` are there once the
    status is ``done``, ``error`` (a sentence) once it is ``failed``.
    """

    __tablename__ = "plans"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    status: Mapped[str] = mapped_column(String(8), index=True)
    request: Mapped[str] = mapped_column(Text)
    plan: Mapped[str | None] = mapped_column(Text)
    geojson: Mapped[str | None] = mapped_column(Text)
    carbon: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
