"""States rather than counts, read when they are asked for: workers, live fleets of this process, the database."""

from collections.abc import Iterable

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.db.database import Database, DatabaseError
from service.db.decisions import DecisionRepository
from service.db.models import StudyStatus, WebhookRow
from service.db.studies import StudyRepository
from service.live.house import Live
from service.live.plan import LivePlan
from service.solve import Workers
from service.telemetry.counts import REGISTRY

STATES = {
    "swiftleaf_workers": "Worker processes that the scheduler knows.",
    "swiftleaf_workers_capacity": "Tasks that are run at a time.",
    "swiftleaf_workers_queue": "Tasks that wait for their turn at a worker.",
    "swiftleaf_stream_subscribers": "Open streams of decisions.",
    "swiftleaf_fleet_orders_late": "Open orders of a fleet that are late as things are.",
    "swiftleaf_fleet_orders_open": "Orders of a fleet that are not at their end.",
    "swiftleaf_fleet_orders_unserved": "Open orders of a fleet that nobody can bring as things are.",
    "swiftleaf_fleet_on_time_share": "Share of the last 24 hours' delivered orders that were on time.",
    "swiftleaf_studies": "Studies by status.",
    "swiftleaf_webhooks": "Webhooks by status: well, failing (it is tried again), disabled.",
    "swiftleaf_database_up": "1 if the database answered this scrape.",
}
"""Names and meanings of what ``Scrape`` reads; each with the label ``fleet`` or ``status`` where it says so."""


class Scrape(Collector):
    """The states of one server at this moment.

    Args:
        database: of the server; if it does not answer, its figures are missing, not zero.
        workers: of the server.
        live: of the server.
    """

    def __init__(self, database: Database, workers: Workers, live: Live) -> None:
        self._database, self._workers, self._live = database, workers, live

    def collect(self) -> Iterable[Metric]:
        """Read everything."""
        yield _one("swiftleaf_workers", self._workers.count())
        yield _one("swiftleaf_workers_capacity", self._workers.capacity)
        yield _one("swiftleaf_workers_queue", self._workers.waiting)
        yield _one("swiftleaf_stream_subscribers", self._live.feeds.subscribers)
        try:
            families = [*self._fleets(), self._studies(), self._webhooks()]
        except DatabaseError:
            families = []
        yield _one("swiftleaf_database_up", int(bool(families)))
        yield from families

    def _fleets(self) -> list[GaugeMetricFamily]:
        """The live plans of the fleets that this process dispatches."""
        late, unserved, still_open, on_time = (
            GaugeMetricFamily(name, STATES[name], labels=("fleet",))
            for name in (
                "swiftleaf_fleet_orders_late",
                "swiftleaf_fleet_orders_unserved",
                "swiftleaf_fleet_orders_open",
                "swiftleaf_fleet_on_time_share",
            )
        )
        for fleet_id in sorted(self._live.keeper.fleets):
            with self._database.transaction() as session:
                row = DecisionRepository(session, fleet_id).plan()
            if row is None:
                continue
            plan = LivePlan.model_validate_json(row.document)
            orders = [order for order in plan.orders if order.ended_at is None]
            still_open.add_metric((fleet_id,), len(orders))
            late.add_metric((fleet_id,), sum(1 for order in orders if order.late_s))
            unserved.add_metric((fleet_id,), sum(1 for order in orders if order.code is not None))
            if plan.day.on_time_share is not None:
                on_time.add_metric((fleet_id,), plan.day.on_time_share)
        return [still_open, late, unserved, on_time]

    def _studies(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily("swiftleaf_studies", STATES["swiftleaf_studies"], labels=("status",))
        with self._database.transaction() as session:
            counts = StudyRepository(session).count()
        for status in StudyStatus:
            family.add_metric((status,), counts.get(status, 0))
        return family

    def _webhooks(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily("swiftleaf_webhooks", STATES["swiftleaf_webhooks"], labels=("status",))
        disabled = WebhookRow.disabled_at.is_not(None)
        status = sa.case((disabled, "disabled"), (WebhookRow.failures > 0, "failing"), else_="well").label("status")
        with self._database.transaction() as session:
            rows = session.execute(sa.select(status, sa.func.count()).group_by(status)).all()
        counts = {row[0]: row[1] for row in rows}
        for name in ("well", "failing", "disabled"):
            family.add_metric((name,), counts.get(name, 0))
        return family


def exposition(scrape: Scrape) -> bytes:
    """Everything in Prometheus' text format."""
    states = CollectorRegistry()
    states.register(scrape)
    return generate_latest(REGISTRY) + generate_latest(states)


def _one(name: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, STATES[name], value=value)
