"""Fleets and their events, keys and answers, webhooks, persons, carbon points, studies.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("key_id", sa.String(16), primary_key=True),
        sa.Column("idempotency_key", sa.String(255), primary_key=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.String(32), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers", sa.Text),
        sa.Column("body", sa.LargeBinary),
    )
    op.create_index("ix_answers_asked_at", "answers", ["asked_at"])
    op.create_table(
        "ended_sessions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_ended_sessions_ended_at", "ended_sessions", ["ended_at"])
    op.create_table(
        "fleets",
        sa.Column("id", sa.String(100), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("setup", sa.Text, nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("term", sa.Integer, nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("stores", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "points",
        sa.Column("seq", SERIAL, primary_key=True),
        sa.Column("store_id", sa.String(100), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("order_id", sa.String(100), nullable=False),
        sa.Column("loop_id", sa.String(100)),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("box_on", sa.Date),
        sa.Column("pseudonym", sa.String(128)),
        sa.Column("document", sa.Text, nullable=False),
        sa.UniqueConstraint("store_id", "sequence"),
    )
    op.create_index("ix_points_store_order", "points", ["store_id", "order_id"])
    op.create_index("ix_points_store_day", "points", ["store_id", "day"])
    op.create_index("ix_points_loop_id", "points", ["loop_id"])
    op.create_table(
        "studies",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("stores", sa.Text),
        sa.Column("owner", sa.String(64)),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("done_runs", sa.Integer, nullable=False),
        sa.Column("all_runs", sa.Integer),
        sa.Column("result", sa.Text),
        sa.Column("error", sa.Text),
    )
    op.create_index("ix_studies_created_at", "studies", ["created_at"])
    op.create_index("ix_studies_status", "studies", ["status"])
    op.create_table(
        "events",
        sa.Column("seq", SERIAL, primary_key=True),
        sa.Column("fleet_id", sa.String(100), sa.ForeignKey("fleets.id"), nullable=False),
        sa.Column("event_id", sa.String(100), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger),
        sa.Column("looks", sa.Integer),
        sa.Column("handled_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("fleet_id", "event_id"),
        sa.UniqueConstraint("fleet_id", "position"),
    )
    op.create_index("ix_events_fleet_seq", "events", ["fleet_id", "seq"])
    op.create_table(
        "live_plans",
        sa.Column("fleet_id", sa.String(100), sa.ForeignKey("fleets.id"), primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "orders",
        sa.Column("seq", SERIAL, primary_key=True),
        sa.Column("fleet_id", sa.String(100), sa.ForeignKey("fleets.id"), nullable=False),
        sa.Column("placed", sa.BigInteger, nullable=False),
        sa.Column("store_id", sa.String(100), nullable=False),
        sa.Column("order_id", sa.String(100), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.UniqueConstraint("fleet_id", "placed"),
    )
    op.create_index("ix_orders_store_seq", "orders", ["store_id", "seq"])
    op.create_index("ix_orders_store_order", "orders", ["store_id", "order_id"])
    op.create_table(
        "snapshots",
        sa.Column("fleet_id", sa.String(100), sa.ForeignKey("fleets.id"), primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("format", sa.String(64), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "plan_stores",
        sa.Column("plan_id", sa.String(32), sa.ForeignKey("plans.id"), primary_key=True),
        sa.Column("store_id", sa.String(100), primary_key=True),
    )
    op.create_table(
        "runs",
        sa.Column("study_id", sa.String(32), sa.ForeignKey("studies.id"), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "stores",
        sa.Column("id", sa.String(100), primary_key=True),
        sa.Column("fleet_id", sa.String(100), sa.ForeignKey("fleets.id"), primary_key=True),
        sa.Column("freed", sa.Boolean, nullable=False),
    )
    taken = sa.text("NOT freed")
    op.create_index("ix_stores_taken", "stores", ["id"], unique=True, sqlite_where=taken, postgresql_where=taken)
    op.create_index("ix_stores_fleet_id", "stores", ["fleet_id"])
    op.create_table(
        "persons",
        sa.Column("store_id", sa.String(100), primary_key=True),
        sa.Column("order_id", sa.String(100), primary_key=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_persons_taken_at", "persons", ["taken_at"])
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("fleet_id", sa.String(100), sa.ForeignKey("fleets.id"), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("kinds", sa.Text),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_seq", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text),
    )
    op.create_index("ix_webhooks_fleet_id", "webhooks", ["fleet_id"])
    op.create_table(
        "decisions",
        sa.Column("seq", SERIAL, primary_key=True),
        sa.Column("fleet_id", sa.String(100), sa.ForeignKey("fleets.id"), nullable=False),
        sa.Column("event_seq", SERIAL, sa.ForeignKey("events.seq"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.UniqueConstraint("event_seq", "number"),
    )
    op.create_index("ix_decisions_fleet_seq", "decisions", ["fleet_id", "seq"])


def downgrade() -> None:
    op.drop_table("decisions")
    op.drop_table("webhooks")
    op.drop_table("persons")
    op.drop_table("stores")
    op.drop_table("runs")
    op.drop_table("plan_stores")
    op.drop_table("orders")
    op.drop_table("snapshots")
    op.drop_table("live_plans")
    op.drop_table("events")
    op.drop_table("studies")
    op.drop_table("points")
    op.drop_table("keys")
    op.drop_table("fleets")
    op.drop_table("ended_sessions")
    op.drop_table("answers")
