"""What a dispatcher is made for."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

import maps
from dispatch.faults import Fault, RequestError, refuse_contradictions
from dispatch.forecast.history import zone_of
from dispatch.online.hold import Patience
from dispatch.planner import refuse_regions
from dispatch.record import Record, Whole
from dispatch.request import MAX_STORES, Airspace, MapTravel, MatrixTravel, PlanRequest, Rates, Store, Travel
from dispatch.travel import Travel as MeasuredTravel

ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""A setup is the same at any time; a request has one."""


def _known_zone(name: str) -> str:
    zone_of(name)
    return name


Timezone = Annotated[str, Field(max_length=60), AfterValidator(_known_zone)]


class Setup(Record):
    """The stores of a dispatcher, their prices and its habits.

    Attributes:
        stores: that it dispatches.
        travel: how vehicles travel, on a map or straight; a matrix cannot know tomorrow's addresses.
        rates: the prices.
        airspace: where drones fly.
        patience: how long trips wait.
        margin_s: trips are planned to arrive so much before the promise.
        work: iterations of the search at each plan.
        in_rounds: plan on ticks only, for all that happened since the last one, rather than on every event.
        silence_s: a vehicle that is so much behind with its news is overdue.
        vanished_s: one that has been overdue for so long is not expected any more, nor is what it carries.
        timezone: an IANA name or an offset: whose days and hours count for what is learnt from the dispatcher's own
            orders, once there is a week of them. Null: nothing is, and orders are expected to come as they came lately.
    """

    stores: Annotated[list[Store], Field(min_length=1, max_length=MAX_STORES)]
    travel: Travel = MapTravel()
    rates: Rates = Rates()
    airspace: Airspace | None = None
    patience: Patience = Patience()
    margin_s: Whole = 0
    work: Annotated[int, Field(ge=1, le=10_000_000)] = 1_000
    in_rounds: bool = False
    silence_s: Whole = 900
    vanished_s: Whole = 3_600
    timezone: Timezone | None = None


def refuse_setup(setup: Setup, networks: dict[str, maps.StreetNetwork] | None) -> None:
    """Raise a ``RequestError`` for a setup that no event could be planned with."""
    MeasuredTravel.of(refuse_contradicting(setup), networks)


def refuse_contradicting(setup: Setup) -> PlanRequest:
    """A setup as a request without orders; raises a ``RequestError`` for what does not fit together. Reads no map."""
    if isinstance(setup.travel, MatrixTravel):
        text = "a matrix knows no address but its own; a dispatcher travels by 'map' or 'straight'"
        raise RequestError([Fault(path="$.travel.kind", text=text)])
    request = PlanRequest(
        now=ANY_TIME, stores=setup.stores, travel=setup.travel, rates=setup.rates, airspace=setup.airspace
    )
    refuse_contradictions(request)
    refuse_regions(request)
    return request
