"""``/metrics``: what Prometheus asks for."""

from fastapi import APIRouter, Response

from service.api.state import DatabaseOf, LiveOf, WorkersOf
from service.auth import OF_ALL_STORES, Scope, needs
from service.telemetry.scrape import Scrape, exposition

router = APIRouter(tags=["health"])

TEXT = "text/plain; version=0.0.4; charset=utf-8"


@router.get(
    "/metrics",
    dependencies=[needs(Scope.OPS_READ), OF_ALL_STORES],
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "The figures"}},
)
def read_metrics(database: DatabaseOf, workers: WorkersOf, live: LiveOf) -> Response:
    """The figures of this process in Prometheus' text format; ``service/docs/grafana.json`` shows them."""
    return Response(exposition(Scrape(database, workers, live)), media_type=TEXT)
