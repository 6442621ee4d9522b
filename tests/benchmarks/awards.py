"""Points that are given while a server or its database is killed: ledger C, the one that a server itself writes."""

import threading
import time

import httpx

from service.api.points import AWARD_EXAMPLE
from tests.acceptance.serving import Server

POINTS = "/v1/carbon/points"
NORTH = {"store": "north"}
PAUSE_S = 0.02


class Awards:
    """Gives points for one order after another until the server is gone or it is stopped."""

    def __init__(self, server: Server, prefix: str) -> None:
        self.acknowledged: set[str] = set()
        self._client, self._prefix = server.client, prefix
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._give, daemon=True)
        self._thread.start()

    def stop(self) -> set[str]:
        """End; returns the orders for which points were acknowledged."""
        self._stopping.set()
        self._thread.join(60)
        return self.acknowledged

    def _give(self) -> None:
        number = 0
        while not self._stopping.wait(PAUSE_S):
            order_id = f"{self._prefix}{number}"
            try:
                answer = self._client.post(
                    POINTS, params=NORTH, json=AWARD_EXAMPLE | {"act": AWARD_EXAMPLE["act"] | {"order_id": order_id}}
                )
            except (httpx.HTTPError, RuntimeError):  # the client is closed under it
                return
            if answer.is_success:
                self.acknowledged.add(order_id)
            number += 1


def verified(server: Server, acknowledged: set[str]) -> tuple[str, bool]:
    """What the ledger is like after the kills, and whether that is well: every entry as computed anew, none lost."""
    found: list[str] = []
    after: int | None = 0
    while after is not None:
        page = server.client.get(POINTS, params=NORTH | {"after": after, "limit": 1_000}).raise_for_status().json()
        found += [each["entry"]["act"]["order_id"] for each in page["entries"]]
        after = page["next"]
    began_s = time.perf_counter()
    answer = server.client.get(f"{POINTS}/statement", params=NORTH, timeout=300)
    took_s = time.perf_counter() - began_s
    whole = answer.is_success and answer.json()["awards"] == len(found)
    missing, twice = len(acknowledged - set(found)), len(found) - len(set(found))
    told = f"{'verifies' if whole else answer.text[:80]} in {took_s:.1f} s"
    return f"{told}, {missing} of {len(acknowledged)} lost, {twice} twice", whole and missing == twice == 0
