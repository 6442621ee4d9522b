"""A fleet fed with events over HTTP, as a store's system would feed it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

import dispatch
import maps

Json = dict[str, Any]
WAIT_S = 60.0


def peak(orders: int, riders: int, drones: int, seed: int = 3) -> dispatch.PlanRequest:
    """A dinner peak in the bundled city that begins now: some orders are late already, some have half an hour."""
    made = dispatch.dinner_peak(
        maps.bundled_map(), maps.bundled_people(), orders=orders, riders=riders, drones=drones, seed=seed
    )
    shift = datetime.now(UTC) - made.now
    moments = ("placed_at", "ready_at", "promised_at")
    moved = [order.model_copy(update={name: getattr(order, name) + shift for name in moments}) for order in made.orders]
    off = {"free_at": None, "shift_end_at": None}
    return made.model_copy(
        update={
            "now": made.now + shift,
            "orders": moved,
            "riders": [rider.model_copy(update=off) for rider in made.riders],
            "drones": [drone.model_copy(update=off) for drone in made.drones],
        }
    )


class Fleet:
    """A fleet on a server.

    Args:
        server: its address.
        fleet_id: of the fleet.
    """

    def __init__(self, server: str, fleet_id: str) -> None:
        self.id, self.server = fleet_id, server
        self._client = httpx.Client(base_url=server, timeout=60, trust_env=False)
        self._sent = 0

    def close(self) -> None:
        self._client.close()

    def make(self, stores: list[Json], **setup: Any) -> None:
        """Make the fleet on the bundled city."""
        asked = {"id": self.id, "setup": {"stores": stores, "travel": {"kind": "map", "name": "coquimbo"}, **setup}}
        answer = self._client.post("/v1/fleets", json=asked)
        assert answer.status_code == 201, answer.text

    def send(self, store_id: str, *events: Json) -> None:
        """Tell what happened now."""
        now = datetime.now(UTC)
        told = [
            {"id": f"{self.id}-{self._sent + i}", "at": (now + timedelta(milliseconds=i)).isoformat(), **event}
            for i, event in enumerate(events)
        ]
        self._sent += len(told)
        for first in range(0, len(told), 200):
            answer = self._client.post(f"/v1/stores/{store_id}/events", json={"events": told[first : first + 200]})
            assert answer.status_code in {200, 202, 207}, answer.text
            refused = [line for line in answer.json()["events"] if line["status"] == "refused"]
            assert refused == []

    def had_orders(self, store_id: str, location: tuple[float, float]) -> None:
        """Tell of thirty orders of the last ten minutes, all cancelled: a history to expect more from."""
        now, told = datetime.now(UTC), list[Json]()
        for number in range(30):
            placed_at = now - timedelta(seconds=20 * number)
            order: Json = {"id": f"o{number}", "store_id": store_id, "location": location, "mass_kg": 1.0}
            order |= {"placed_at": placed_at.isoformat(), "ready_at": placed_at.isoformat()}
            order["promised_at"] = (placed_at + timedelta(minutes=30)).isoformat()
            told += [
                {"kind": "order_placed", "order": order},
                {"kind": "order_cancelled", "order_id": f"o{number}"},
            ]
        self.send(store_id, *told)

    def plan(self) -> Json:
        answer = self._client.get(f"/v1/fleets/{self.id}/plan")
        return answer.json() if answer.status_code == 200 else {}

    def price(self, order_id: str, vehicle_id: str) -> Json:
        """What it would cost to give the order to this vehicle."""
        asked = {"order_id": order_id, "vehicle_id": vehicle_id}
        answer = self._client.post(f"/v1/fleets/{self.id}/plan:price", json=asked)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def until(self, what: Callable[[Json], bool]) -> Json:
        """The plan, once ``what`` is true of it."""
        end_s = time.monotonic() + WAIT_S
        while time.monotonic() < end_s:
            plan = self.plan()
            if plan and what(plan):
                return plan
            time.sleep(0.2)
        raise AssertionError(f"not within {WAIT_S:g} s; the plan: {str(self.plan())[:2_000]}")


def fed_fleet(server: str, fleet_id: str = "la-serena", orders: int = 40, riders: int = 8, drones: int = 2) -> Fleet:
    """A fleet with its vehicles on, its orders placed, one of them too heavy for anyone, and some trips on the road."""
    request = peak(orders, riders, drones)
    fleet = Fleet(server, fleet_id)
    stores = [store.model_dump(mode="json") | {"id": f"{fleet_id}-{store.id}"} for store in request.stores]
    fleet.make(stores, work=200, patience={"busy": 0})
    store_id = stores[0]["id"]
    of_here = {"store_id": store_id}
    fleet.send(
        store_id,
        *({"kind": "rider_on", "rider": rider.model_dump(mode="json") | of_here} for rider in request.riders),
        *({"kind": "drone_on", "drone": drone.model_dump(mode="json") | of_here} for drone in request.drones),
    )
    placed = [order.model_dump(mode="json") | of_here for order in request.orders]
    placed[0]["mass_kg"] = 45.0
    fleet.send(store_id, *({"kind": "order_placed", "order": order} for order in placed))
    plan = fleet.until(lambda found: len(found["orders"]) == orders and len(found["trips"]) > 0)
    fleet.send(store_id, *({"kind": "trip_left", "trip_id": life["trip"]["id"]} for life in plan["trips"]))
    fleet.until(lambda found: any(life["left_at"] for life in found["trips"]))
    return fleet
