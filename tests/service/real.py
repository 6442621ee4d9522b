"""A request that is answered with a 2xx for every operation of the API, on a server that has one of everything."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import carbon
from service.api.documents import CHECK_EXAMPLE, PLAN_EXAMPLE, QUOTE_EXAMPLE
from service.api.exchange import SHIPMENT_EXAMPLE
from service.api.persons import PERSON_EXAMPLE
from service.api.points import AWARD_EXAMPLE
from service.settings import Settings
from tests.dispatch.radius import toy
from tests.service.live.fleet import FLEET, Json, order, rider, stamp, wait_for
from tests.service.server import Running, running

STUDY: Json = {
    "kind": "radius",
    "world": toy.world().model_dump(mode="json"),
    "orders_per_day": 5,
    "radii_m": [900],
    "riders": [1],
    "seeds": 1,
}
"""The least that a worker finds something about."""

VILLAGE = b"""<?xml version="1.0"?><osm version="0.6">
<node id="1" lat="-29.90" lon="-71.25"/><node id="2" lat="-29.91" lon="-71.25"/><node id="3" lat="-29.91" lon="-71.24"/>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
<way id="2"><nd ref="3"/><nd ref="1"/><tag k="highway" v="residential"/></way></osm>"""

ENDLESS = frozenset({"stream_decisions"})
"""Operations without a request here: this one's answer never ends, and tests/service/live/test_stream.py reads it."""


class Real(NamedTuple):
    """A request but for its method and address, whose ``{names}`` are in ``path``; ``body`` is JSON, or bytes."""

    path: Mapping[str, str] = MappingProxyType({})
    query: Mapping[str, Any] = MappingProxyType({})
    body: Any = None
    headers: Mapping[str, str] = MappingProxyType({})


@dataclass
class House:
    """A server with one of everything, and the names of it.

    Attributes:
        server: that runs.
        names: values of the parameters in addresses.
    """

    server: Running
    names: dict[str, str]
    _numbers: Iterator[int] = field(default_factory=count)

    def real(self, operation: str) -> Real:
        """A request that succeeds, once; what it deletes is made for it."""
        make = REAL.get(operation)
        return make(self) if make else Real(self.names)

    def made(self, address: str, body: Json, **query: Any) -> Json:
        """What a POST is answered with."""
        answer = self.server.client.post(address, json=body, params=query)
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def another(self, name: str) -> str:
        """A name that nothing has yet."""
        return f"{name}-{next(self._numbers)}"


def _of(**query: Any) -> Callable[[House], Real]:
    return lambda house: Real(house.names, query)


def _with(body: Any, **query: Any) -> Callable[[House], Real]:
    return lambda house: Real(house.names, query, body)


def _of_order(order_id: str) -> Callable[[House], Real]:
    return lambda house: Real(house.names | {"order_id": order_id})


def _new_fleet(house: House) -> Real:
    name = house.another("fleet")
    store = {"id": name, "location": [-71.25, -29.90], "region": "CL"}
    return Real(body={"id": name, "setup": {"stores": [store], "travel": {"kind": "straight"}}})


def _ended_fleet(house: House) -> Real:
    return Real({"fleet_id": house.made("/v1/fleets", _new_fleet(house).body)["id"]})


def _new_map(house: House) -> Real:
    return Real({"file_name": f"{house.another('village')}.osm"}, body=VILLAGE)


def _sent_map(house: House) -> Real:
    sent = _new_map(house)
    house.server.client.put(f"/v1/maps/{sent.path['file_name']}", content=sent.body).raise_for_status()
    return Real(sent.path)


def _new_events(house: House) -> Real:
    return Real(house.names, body={"events": [rider(house.another("rider")), order(house.another("order"))]})


def _new_study(house: House) -> Real:
    return Real(house.names | {"study_id": house.made("/v1/studies", STUDY)["id"]})


def _new_webhook(house: House) -> Real:
    return Real(house.names | {"webhook_id": house.made("/v1/fleets/fleet/webhooks", WEBHOOK)["id"]})


def _new_key(house: House) -> Real:
    return Real({"key_id": house.made("/v1/keys", KEY)["id"]})


def _new_award(house: House) -> Real:
    act = AWARD_EXAMPLE["act"] | {"order_id": house.another("order")}
    return Real(query={"store": "north"}, body=AWARD_EXAMPLE | {"act": act})


def _new_person(house: House) -> Real:
    order_id = house.another("order")
    address = f"/v1/stores/north/orders/{order_id}/customer"
    house.server.client.put(address, json=PERSON_EXAMPLE).raise_for_status()
    return Real({"store_id": "north", "order_id": order_id})


KEY: Json = {"name": "checkout", "scopes": ["events:write", "live:read"]}
WEBHOOK: Json = {"url": "http://127.0.0.1:9/told"}
PERIOD = {"from": "2026-11-20", "to": "2026-11-20", "store": "store"}
COMPANY = {"company_name": "Shop", "company_id": "urn:company:shop"}
PLACE = {"lon": -71.2463, "lat": -29.8981}

REAL: dict[str, Callable[[House], Real]] = {
    "make_plan": _with(PLAN_EXAMPLE, time_limit_s=0.05),
    "check_plan": _with(CHECK_EXAMPLE),
    "make_quote": _with(QUOTE_EXAMPLE),
    "list_plans": _of(limit=2),
    "read_figures": _of(**PERIOD),
    "read_report": _of(**PERIOD),
    "book_ridden": _with({"day": "2026-11-20"}),
    "enter_points": _new_award,
    "read_points": _of(store="north", limit=2),
    "revoke_overdue_points": _with({"on": "2026-11-22"}, store="north"),
    "read_points_statement": _of(store="north", period="2026-11"),
    "read_area": _of(**PLACE, radius_m=60),
    "send_map": _new_map,
    "drop_map": _sent_map,
    "read_streets": _of(**PLACE, radius_m=60),
    "start_study": _with(STUDY),
    "list_studies": _of(limit=2),
    "cancel_study": _new_study,
    "make_fleet": _new_fleet,
    "end_fleet": _ended_fleet,
    "take_events": _new_events,
    "read_events": _of(limit=3),
    "read_decisions": _of(limit=3),
    "change_live_plan": lambda house: Real(
        house.names, body={"changes": [{"do": "hurry", "order_id": "waiting"}]}, headers={"If-Match": "*"}
    ),
    "find_live_mend": _of(order_id="waiting"),
    "price_live_move": _with({"order_id": "waiting", "vehicle_id": "ben"}),
    "make_webhook": _with(WEBHOOK),
    "drop_webhook": _new_webhook,
    "export_exchange": _of(**PERIOD, **COMPANY),
    "check_exchange": _with(SHIPMENT_EXAMPLE),
    "make_key": _with(KEY),
    "revoke_key": _new_key,
    "tell_person": _with(PERSON_EXAMPLE),
    "read_person": _new_person,
    "erase_person": _new_person,
    "read_label": _of_order("order-1"),
    "draw_label": _of_order("order-1"),
    "read_live_label": _of_order("delivered"),
    "draw_live_label": _of_order("delivered"),
}
"""What takes more than the names in its address, by operation."""


@contextmanager
def house_in(folder: Path, **settings: Any) -> Iterator[House]:
    """A server with a plan, a fleet that was out once, a webhook, a study that is done, carbon points and a ledger."""
    with running(Settings(data_dir=folder, port=0, workers=1, webhook_private=True, **settings)) as server:
        names = {"store_id": "north", "fleet_id": "fleet", "order_id": "waiting", "name": "coquimbo"}
        made = House(server, names | {"format_name": "json"})
        made.names["plan_id"] = made.made("/v1/plans", PLAN_EXAMPLE, time_limit_s=0.05)["id"]
        made.names["study_id"] = made.made("/v1/studies", STUDY)["id"]
        made.made("/v1/fleets", FLEET)
        made.names["webhook_id"] = made.made("/v1/fleets/fleet/webhooks", WEBHOOK)["id"]
        made.made("/v1/stores/north/events", {"events": [rider("ana"), rider("ben"), order("delivered")]})
        trip = wait_for(lambda: made.server.client.get("/v1/fleets/fleet/plan").json()["trips"])[0]["trip"]
        ride = [{"kind": "trip_left"}, {"kind": "stop_done", "order_id": "delivered"}, {"kind": "trip_returned"}]
        done = [{"id": each["kind"], "at": stamp(), "trip_id": trip["id"]} | each for each in ride]
        waiting = order("waiting", ready_s=7_200, promised_at=stamp(9_000))
        made.made("/v1/stores/north/events", {"events": [*done, waiting]})
        made.made("/v1/carbon/points", _box(), store="north")
        carbon.Ledger(server.app.state.settings.ledger_file).append("note", {"text": "opened"})
        study = f"/v1/studies/{made.names['study_id']}"
        wait_for(lambda: server.client.get(study).json()["status"] == "done", 60)
        yield made


def _box() -> Json:
    """An award for a box that was not brought back in time."""
    rule = AWARD_EXAMPLE["rule"]
    baseline = rule["baseline"] | {"behaviour": "reusable_box_returned"}
    act = AWARD_EXAMPLE["act"] | {"order_id": "delivered", "loop_id": "box-1", "return_due_on": "2026-11-21"}
    return AWARD_EXAMPLE | {"act": act, "rule": rule | {"baseline": baseline}}
