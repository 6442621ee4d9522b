"""Lists that are read on with a cursor give everything once, whatever the size of a page."""

from collections.abc import Iterator

import pytest

from service.auth import Scope
from service.db.plans import PlanRepository
from service.settings import Settings
from tests.service.live.fleet import SETUP, Json
from tests.service.postgres import fresh_database
from tests.service.server import Running, running_without_workers

MANY = 5


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with some of everything."""
    url = None if request.param == "sqlite" else fresh_database()
    with running_without_workers(Settings(data_dir=tmp_path_factory.mktemp("data"), database_url=url)) as started:
        for name in ("b", "A", "a.2", "a-1", "c"):  # databases sort these in their own ways
            stores = [SETUP["stores"][0] | {"id": f"{name} of {kind}"} for kind in ("old", "new")]
            asked = {"id": name, "setup": SETUP | {"stores": stores}}
            started.client.post("/v1/fleets", json=asked).raise_for_status()
            started.key(Scope.LIVE_READ)
        with started.app.state.database.writing() as session:
            plans = PlanRepository(session)
            rows = [plans.add("{}", stores=[f"s{i % 2}"]) for i in range(MANY)]
            for row in rows[1:4]:
                row.created_at = rows[0].created_at
        yield started


def walked(server: Running, path: str, limit: int, headers: dict[str, str] | None = None) -> list[str]:
    found: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        page = server.client.get(path, params={"limit": limit, **cursor}, headers=headers).json()
        (items,) = (value for value in page.values() if isinstance(value, list))
        assert len(items) <= limit
        found += items
        if page["next"] is None:
            return [item.get("id") or item["store"]["id"] for item in found]
        cursor = {"cursor": page["next"]}


@pytest.mark.parametrize("path", ["/v1/fleets", "/v1/stores", "/v1/keys", "/v1/plans"])
def test_every_page_size_gives_the_same_list(server: Running, path: str) -> None:
    whole = walked(server, path, 100)
    assert len(whole) >= MANY
    assert len(set(whole)) == len(whole)
    for limit in (1, 2, len(whole)):
        assert walked(server, path, limit) == whole
    if path in {"/v1/fleets", "/v1/stores"}:
        assert whole == sorted(whole)


@pytest.mark.parametrize("path", ["/v1/keys", "/v1/plans", "/v1/studies"])
def test_a_cursor_that_is_none_is_refused(server: Running, path: str) -> None:
    for cursor in ("nothing", "\0"):
        answer = server.client.get(path, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "query.cursor")


def test_a_bound_key_pages_through_its_own(server: Running) -> None:
    bound = server.key(Scope.PLANS_READ, Scope.LIVE_READ, stores=["s0", "a-1 of old", "a-1 of new", "c of new"])
    assert len(walked(server, "/v1/plans", 2, bound)) == 3
    assert walked(server, "/v1/fleets", 1, bound) == ["a-1"]
    assert walked(server, "/v1/stores", 1, bound) == ["a-1 of new", "a-1 of old", "c of new"]


def test_a_parameter_that_is_given_twice_is_refused_unless_it_may_be(server: Running) -> None:
    answer = server.client.get("/v1/plans?limit=1&status=done&status=failed")
    assert [fault["path"] for fault in answer.json()["errors"]] == ["query.status"]
    assert server.client.get("/v1/stores/a-1%20of%20new/orders?status=open&status=failed").status_code == 200
