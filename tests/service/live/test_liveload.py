"""Traffic for a live store: orders placed, trips ridden as they were decided, and nothing left over."""

import asyncio
from pathlib import Path

import pytest

import maps
from dispatch import peak
from service.files import UsageError
from service.keys import Scope
from service.liveload import Evening, ride
from service.load import Traffic
from service.settings import Settings
from tests.service.live.fleet import SETUP
from tests.service.server import running_without_workers

STORE = {"id": "centre", "location": list(maps.SAMPLE_STORE), "region": "CL"}
AT_SEA = {"id": "buoy", "location": [-72.5, -29.9], "region": "CL"}


@pytest.mark.timeout(120)
def test_orders_are_placed_and_trips_ridden_until_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pause lasts a hundredth of a second here, and goods are packed as they are ordered."""
    monkeypatch.setattr(peak, "PACKING_S", 0)
    monkeypatch.setattr(Evening, "_pause", lambda *_: asyncio.sleep(0.01))
    with running_without_workers(Settings(data_dir=tmp_path, port=0)) as server:
        setup = SETUP | {"stores": [STORE, AT_SEA]}
        server.client.post("/v1/fleets", json={"id": "f", "setup": setup}).raise_for_status()
        key = server.key(Scope.LIVE_READ, Scope.EVENTS_WRITE)["Authorization"].removeprefix("Bearer ")
        traffic = Traffic(server.url, rate_per_s=5.0, seconds=3.0, key=key, riders=15)
        tally = asyncio.run(ride(traffic, "centre"))
        text = tally.text()
        assert not tally.errors, text
        assert tally.orders == len(tally.quoted_s) == 15, text
        assert 0 < tally.on_time <= tally.delivered <= 15, text
        plan = server.client.get("/v1/fleets/f/plan").json()
        assert not plan["trips"]
        assert all(line["status"] in {"delivered", "cancelled"} for line in plan["orders"])
        for store, told in (("nowhere", "dispatches none"), ("buoy", "people of the bundled map")):
            with pytest.raises(UsageError, match=told):
                asyncio.run(ride(traffic, store))
        with pytest.raises(UsageError, match="live:read"):
            asyncio.run(ride(Traffic(server.url, 1.0, 1.0), "centre"))
    with pytest.raises(UsageError, match="no server answers"):
        asyncio.run(ride(Traffic("http://127.0.0.1:1", 1.0, 1.0), "centre"))
