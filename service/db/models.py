"""The tables."""

from datetime import UTC, date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware moment, stored as UTC; SQLite keeps no offset of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: UTC, naive where the database knows no zones."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database: aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


Serial = BigInteger().with_variant(Integer, "sqlite")
"""A number that counts up; SQLite counts up in an INTEGER only."""


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


class PlanStoreRow(Base):
    """A store of a plan's request; a key that is bound to stores sees the plans of no others."""

    __tablename__ = "plan_stores"

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    store_id: Mapped[str] = mapped_column(String(100), primary_key=True)


class FleetRow(Base):
    """Stores that share riders and are dispatched together, and which process does so.

    ``setup`` is a ``dispatch.online.Setup`` as JSON. The process ``owner`` dispatches until ``leased_until``; every
    taking over counts ``term`` up, and a process whose term is over may write nothing more. From ``ended_at`` on nobody
    dispatches it; its events and decisions stay.
    """

    __tablename__ = "fleets"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    setup: Mapped[str] = mapped_column(Text)
    owner: Mapped[str | None] = mapped_column(String(64))
    term: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StoreRow(Base):
    """A store's time in a fleet, which is over once it is ``freed``; of the others a store has one at most."""

    __tablename__ = "stores"
    __table_args__ = (
        Index("ix_stores_taken", "id", unique=True, sqlite_where=text("NOT freed"), postgresql_where=text("NOT freed")),
    )

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    fleet_id: Mapped[str] = mapped_column(ForeignKey("fleets.id"), primary_key=True, index=True)
    freed: Mapped[bool] = mapped_column(default=False)


class EventRow(Base):
    """An event as it was taken in, for good. ``seq`` counts up over all fleets, in the sequence of arrival.

    ``document`` is a ``dispatch.online.Event`` as JSON, without any person's data. Once it is decided on, ``position``
    is its place in the fleet's log, which counts from 1 without a gap, ``handled_at`` says when that was and ``looks``
    where its plan was cut short. Both sequences are the same but for the events that the server itself writes.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("fleet_id", "event_id"),
        UniqueConstraint("fleet_id", "position"),
        Index("ix_events_fleet_seq", "fleet_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(Serial, primary_key=True)
    fleet_id: Mapped[str] = mapped_column(ForeignKey("fleets.id"))
    event_id: Mapped[str] = mapped_column(String(100))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    document: Mapped[str] = mapped_column(Text)
    position: Mapped[int | None] = mapped_column(BigInteger)
    looks: Mapped[int | None]
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DecisionRow(Base):
    """What was decided on an event, one row a decision. ``seq`` is what a stream of them is resumed by."""

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("event_seq", "number"),
        Index("ix_decisions_fleet_seq", "fleet_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(Serial, primary_key=True)
    fleet_id: Mapped[str] = mapped_column(ForeignKey("fleets.id"))
    event_seq: Mapped[int] = mapped_column(ForeignKey("events.seq"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    document: Mapped[str] = mapped_column(Text)


class LivePlanRow(Base):
    """A fleet's plan as it stands; ``revision`` is the ``position`` of the event it was made on."""

    __tablename__ = "live_plans"

    fleet_id: Mapped[str] = mapped_column(ForeignKey("fleets.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[str] = mapped_column(Text)


class OrderRow(Base):
    """An order of a store: a ``LiveOrder`` as JSON, as it was when it last changed hands or came to its end.

    It is written with the decisions that it follows from. ``placed`` is the ``position`` of the event that placed it.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("fleet_id", "placed"),
        Index("ix_orders_store_seq", "store_id", "seq"),
        Index("ix_orders_store_order", "store_id", "order_id"),
    )

    seq: Mapped[int] = mapped_column(Serial, primary_key=True)
    fleet_id: Mapped[str] = mapped_column(ForeignKey("fleets.id"))
    placed: Mapped[int] = mapped_column(BigInteger)
    store_id: Mapped[str] = mapped_column(String(100))
    order_id: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(10))
    document: Mapped[str] = mapped_column(Text)


class SnapshotRow(Base):
    """What a fleet's dispatcher knew after the event at ``position``, so that a take-over need not begin at the first.

    ``document`` is as ``service.live.snapshot`` wrote it in its ``format``; the events alone are the truth.
    """

    __tablename__ = "snapshots"

    fleet_id: Mapped[str] = mapped_column(ForeignKey("fleets.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    format: Mapped[str] = mapped_column(String(64))
    document: Mapped[bytes] = mapped_column(LargeBinary)


class KeyRow(Base):
    """An API key: the hash of its secret, what it may do and where: JSON lists, and null ``stores`` are all."""

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[str] = mapped_column(Text)
    stores: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class EndedSessionRow(Base):
    """A page's session that somebody logged out of, kept until it would have ended by itself."""

    __tablename__ = "ended_sessions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class AnswerRow(Base):
    """What was answered to a POST with an Idempotency-Key; ``status`` is null while it is being worked on.

    ``attempt`` names who works on it, and who was there to do so at ``seen_at``. ``headers`` is a JSON list of pairs,
    ``body`` sealed.
    """

    __tablename__ = "answers"

    key_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(255), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempt: Mapped[str] = mapped_column(String(32))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    headers: Mapped[str | None] = mapped_column(Text)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


class WebhookRow(Base):
    """Somebody who is told of decisions: ``kinds`` (JSON list, null is all) of a fleet, up to ``sent_seq`` so far.

    ``secret`` is sealed. It is disabled after too many failures in a row, and with the key that made or enabled it.
    """

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    fleet_id: Mapped[str] = mapped_column(ForeignKey("fleets.id"), index=True)
    key_id: Mapped[str] = mapped_column(String(16))
    url: Mapped[str] = mapped_column(Text)
    kinds: Mapped[str | None] = mapped_column(Text)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_seq: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text)


class PersonRow(Base):
    """What is known of the person behind an order of a store, sealed; gone once erased."""

    __tablename__ = "persons"

    store_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class PointsRow(Base):
    """An entry of a store's book of carbon points, for good. ``seq`` counts up over all books.

    ``document`` is a ``carbon.PointsEntry`` as JSON, ``sequence`` its place in the book. What stands beside them says
    where an entry belongs: ``order_id``, ``loop_id``, ``day`` and ``pseudonym`` are those of the act that the entry, or
    the award it is about, is for. ``box_on`` is when an award's box is due, or when one came back.
    """

    __tablename__ = "points"
    __table_args__ = (
        UniqueConstraint("store_id", "sequence"),
        Index("ix_points_store_order", "store_id", "order_id"),
        Index("ix_points_store_day", "store_id", "day"),
    )

    seq: Mapped[int] = mapped_column(Serial, primary_key=True)
    store_id: Mapped[str] = mapped_column(String(100))
    sequence: Mapped[int]
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(12))
    order_id: Mapped[str] = mapped_column(String(100))
    loop_id: Mapped[str | None] = mapped_column(String(100), index=True)
    day: Mapped[date] = mapped_column(Date)
    box_on: Mapped[date | None] = mapped_column(Date)
    pseudonym: Mapped[str | None] = mapped_column(String(128))
    document: Mapped[str] = mapped_column(Text)


class StudyStatus(StrEnum):
    """How far a study has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"


class StudyRow(Base):
    """A study that was asked for and what became of it; documents are JSON.

    ``stores`` are those that a key must see to see it: the stores that it is about, else those of the key that asked
    for it; null is all. The process ``owner`` makes it
    until ``leased_until``; no other may write to it meanwhile. ``all_runs`` is null where nobody can know.
    """

    __tablename__ = "studies"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    status: Mapped[str] = mapped_column(String(8), index=True)
    stores: Mapped[str | None] = mapped_column(Text)
    owner: Mapped[str | None] = mapped_column(String(64))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    request: Mapped[str] = mapped_column(Text)
    done_runs: Mapped[int] = mapped_column(default=0)
    all_runs: Mapped[int | None]
    result: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)


class RunRow(Base):
    """One finished run of a study, kept as it finishes so that it is never made twice."""

    __tablename__ = "runs"

    study_id: Mapped[str] = mapped_column(ForeignKey("studies.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    document: Mapped[str] = mapped_column(Text)
