"""Keys, scopes, sessions and limits over real HTTP; what would be solved stays unsolved here."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from service import keyhouse
from service.auth.limits import MAX_BUCKETS, Buckets, address_of
from service.auth.session import COOKIE, Sessions
from service.db.database import Database
from service.db.models import FleetRow, KeyRow, StoreRow
from service.db.plans import PlanRepository
from service.files import UsageError
from service.keyring import KeyRing, KeyRingError, SealError, new_key
from service.keys import Caller, Scope, register
from service.keys.secret import new_secret, read_secret
from service.problems import CrossSite, Forbidden, Misdirected, NotFound, TooMany, Unauthenticated
from service.settings import Settings
from tests.service.documents import example
from tests.service.postgres import fresh_database
from tests.service.server import Running, bearer, is_problem, running_without_workers

ANSWER = {"plan": "{}", "geojson": "{}", "carbon": "{}"}
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_without_workers(Settings(data_dir=tmp_path_factory.mktemp("data"))) as started:
        with started.app.state.database.transaction() as session:
            session.add(FleetRow(id="fleet", created_at=sa.func.now(), setup="{}", term=0))
            session.flush()
            session.add_all(StoreRow(id=store, fleet_id="fleet") for store in ("a", "b"))
        yield started


def test_a_key_of_one_store_sees_the_plans_of_no_other(server: Running) -> None:
    database = server.app.state.database
    with database.transaction() as session:
        plans = PlanRepository(session)
        own, foreign, both, nobodys = (plans.add("{}", ANSWER, stores=of).id for of in (["a"], ["b"], ["a", "b"], []))
    bound = server.key(Scope.PLANS_READ, Scope.CARBON_READ, stores=["a"])
    listed = server.client.get("/v1/plans", headers=bound).json()["plans"]
    assert [line["id"] for line in listed] == [own]
    everything = {line["id"] for line in server.client.get("/v1/plans").json()["plans"]}
    assert {own, foreign, both, nobodys} <= everything
    for part in ("", "/geojson", "/carbon", "/orders/o/label", "/orders/o/label.svg"):
        for plan_id in (foreign, both, nobodys, "never"):
            answer = server.client.get(f"/v1/plans/{plan_id}{part}", headers=bound)
            assert is_problem(answer, NotFound)
            assert answer.json()["detail"] == f"no plan has the id {plan_id!r}; GET /v1/plans lists them"
    assert server.client.get(f"/v1/plans/{own}/geojson", headers=bound).status_code == 200


@pytest.mark.parametrize("path", ["/v1/plans", "/v1/quotes", "/v1/plans:check"])
def test_a_key_of_one_store_plans_for_no_other(server: Running, path: str) -> None:
    taken = example()
    order = taken["orders"].pop()
    document = {
        "/v1/plans": taken,
        "/v1/quotes": {"request": taken, "order": order},
        "/v1/plans:check": {"request": taken, "trips": []},
    }[path]
    answer = server.client.post(path, json=document, headers=server.key(Scope.PLANS_WRITE, stores=["a"]))
    assert is_problem(answer, Forbidden)
    assert "'store'" in answer.json()["detail"]
    unsolved = server.client.post(path, json=document, headers=server.key(Scope.PLANS_WRITE, stores=["store", "a"]))
    assert unsolved.status_code == 503, "there are no workers here"


def test_a_caller_sees_what_its_key_is_bound_to() -> None:
    bound = Caller("k", frozenset({Scope.PLANS_READ}), frozenset({"a", "b"}))
    assert bound.sees_all(["a", "b"])
    assert not bound.sees_all(["a", "c"])
    assert bound.may(Scope.PLANS_READ)
    assert not bound.may(Scope.ADMIN)
    assert Caller("k", frozenset({Scope.ADMIN})).may(Scope.PERSONAL_READ)


def test_keys_are_made_listed_and_revoked(server: Running) -> None:
    document = {"name": "till", "scopes": ["plans:read"], "stores": ["a"]}
    made = server.client.post("/v1/keys", json=document)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    shown = made.json()
    key = bearer(shown.pop("key"))
    assert server.client.get("/v1/plans", headers=key).status_code == 200
    listed = server.client.get("/v1/keys").json()["keys"]
    assert shown in listed
    assert not any("key" in line or "hash" in line for line in listed)
    at = made.headers["location"]
    assert server.client.delete(at).status_code == 204
    refused = server.client.get("/v1/plans", headers=key)
    assert is_problem(refused, Unauthenticated)
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    assert is_problem(server.client.delete(at), NotFound), "once is for good"


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"name": "x", "scopes": ["plans:eat"]}, "$.scopes[0]"),
        ({"name": "x", "scopes": []}, "$.scopes"),
        ({"name": "", "scopes": ["admin"]}, "$.name"),
        ({"name": " ", "scopes": ["admin"]}, "$.name"),
        ({"name": "\x1b[2Ja", "scopes": ["admin"]}, "$.name"),
        ({"name": "x", "scopes": ["plans:read"], "stores": ["a", " "]}, "$.stores[1]"),
        ({"name": "x", "scopes": ["admin"], "stores": ["a"]}, "$.stores"),
    ],
)
def test_keys_that_cannot_be(server: Running, document: dict[str, Any], path: str) -> None:
    errors = server.client.post("/v1/keys", json=document).json()["errors"]
    assert errors[0]["path"] == path


def test_keys_of_the_command_line_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWIFTLEAF_DATA_DIR", str(tmp_path))
    for name, scopes, stores, said in (
        ("", [Scope.PLANS_READ], None, "--name: .*not ''"),
        ("  ", [Scope.PLANS_READ], None, "--name: is blank"),
        ("x" * 101, [Scope.PLANS_READ], None, "at most 100 characters"),
        ("x", [Scope.PLANS_READ], ["a", ""], "--store: .*not ''"),
    ):
        with pytest.raises(UsageError, match=said):
            keyhouse.create(name, scopes, stores)
    assert keyhouse.lines() == []
    made, missing = keyhouse.create("x", [Scope.PLANS_READ], ["a"])
    assert (made.stores, missing) == (["a"], ["a"]), "a key may be there before its store"


def test_only_the_hash_of_a_secret_is_stored(server: Running) -> None:
    made = register.create(server.app.state.database, "x", [Scope.PLANS_READ], None)
    secret = read_secret(made.key)
    assert secret is not None
    assert len(secret.secret) == 43, "32 bytes in base64"
    with server.app.state.database.transaction() as session:
        row = session.get(KeyRow, made.id)
        assert secret.secret not in str(vars(row))
        assert row.hash == secret.hash
    assert secret.fits(row.hash)
    assert not new_secret().fits(row.hash)
    assert not secret.fits(None)


@pytest.mark.parametrize("sent", ["", "Bearer", "Basic YTpi", "Bearer sl_x_y", "Bearer sl_aaaaaaaaaaaa_" + "a" * 43])
def test_what_is_no_key_is_401(server: Running, sent: str) -> None:
    assert is_problem(
        httpx.get(f"{server.url}v1/plans", headers={"Authorization": sent}, trust_env=False), Unauthenticated
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_one_first_key_for_many_servers(kind: str, tmp_path: Path) -> None:
    url = fresh_database() if kind == "postgresql" else f"sqlite:///{tmp_path}/x.db"
    databases = [Database(url) for _ in range(6)]
    databases[0].migrate()
    with ThreadPoolExecutor(6) as pool:
        made = [secret for secret in pool.map(register.create_first, databases) if secret]
    assert len(made) == 1
    assert register.create_first(databases[0]) is None
    caller = register.holder(databases[0], made[0])
    assert caller is not None
    assert caller.may(Scope.ADMIN)
    for database in databases:
        database.close()


@pytest.fixture
def browser(server: Running) -> Iterator[httpx.Client]:
    """What keeps cookies and says from where it sends."""
    server.app.state.login_attempts = Buckets(0.1, 10)
    with httpx.Client(base_url=server.url, trust_env=False, headers=HERE) as client:
        yield client


def log_in(server: Running, browser: httpx.Client, *scopes: Scope, to: str = "/") -> httpx.Response:
    key = server.key(*scopes)["Authorization"].removeprefix("Bearer ")
    return browser.post("/login", data={"key": f" {key}\n", "next": to})


def test_a_page_leads_to_the_login_and_back(server: Running, browser: httpx.Client) -> None:
    away = browser.get("/?plan=7&x=%2F")
    assert (away.status_code, away.headers["location"]) == (303, "/login?next=/%3Fplan%3D7%26x%3D%252F")
    form = browser.get(away.headers["location"])
    assert form.status_code == 200
    assert 'value="/?plan=7&amp;x=%2F"' in form.text
    back = log_in(server, browser, Scope.PLANS_READ, to="/?plan=7&x=%2F")
    assert (back.status_code, back.headers["location"]) == (303, "/?plan=7&x=%2F")
    assert browser.get("/").status_code == 200
    assert browser.get("/v1/plans").status_code == 200
    assert is_problem(browser.get("/v1/keys"), Forbidden), "a session may do what its key may"
    assert browser.get("/login").status_code == 303, "logged in already"
    stolen = {COOKIE: browser.cookies[COOKIE]}
    with httpx.Client(base_url=server.url, trust_env=False, cookies=stolen) as thief:
        assert thief.get("/v1/plans").status_code == 200
        assert browser.post("/logout").headers["location"] == "/login"
        assert is_problem(thief.get("/v1/plans"), Unauthenticated), "a session ends wherever its cookie is"
    assert browser.get("/").status_code == 303
    assert is_problem(browser.get("/v1/plans"), Unauthenticated)


def test_the_cookie_is_for_this_server_and_no_script(server: Running, browser: httpx.Client) -> None:
    cookie = SimpleCookie(log_in(server, browser, Scope.PLANS_READ).headers["set-cookie"])[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert int(cookie["max-age"]) == 12 * 3_600
    assert "sl_" not in cookie.value


def test_over_https_the_cookie_is_secure_and_the_hosts_own(tmp_path: Path) -> None:
    """Behind a proxy that ends TLS the scheme comes from X-Forwarded-Proto."""
    with (
        running_without_workers(Settings(data_dir=tmp_path)) as server,
        httpx.Client(base_url=server.url, trust_env=False, headers=HERE | {"X-Forwarded-Proto": "https"}) as browser,
    ):
        sent = log_in(server, browser, Scope.PLANS_READ).headers["set-cookie"]
        assert sent.startswith(f"__Host-{COOKIE}=")
        assert "; Secure" in sent
        pair = sent.partition(";")[0]
        assert browser.get("/v1/plans", headers={"Cookie": pair}).status_code == 200


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "", "/\n/evil.example"])
def test_the_login_leads_to_no_other_site(server: Running, browser: httpx.Client, to: str) -> None:
    assert log_in(server, browser, Scope.PLANS_READ, to=to).headers["location"] == "/"


def test_a_revoked_key_ends_its_sessions_and_a_changed_cookie_is_none(server: Running, browser: httpx.Client) -> None:
    made = register.create(server.app.state.database, "x", [Scope.PLANS_READ], None)
    browser.post("/login", data={"key": made.key})
    assert browser.get("/v1/plans").status_code == 200
    token = browser.cookies[COOKIE]
    browser.cookies[COOKIE] = token[:-6] + "AAAA=="
    assert is_problem(browser.get("/v1/plans"), Unauthenticated)
    browser.cookies.clear()
    browser.cookies[COOKIE] = token
    assert browser.get("/v1/plans").status_code == 200
    server.client.delete(f"/v1/keys/{made.id}")
    assert is_problem(browser.get("/v1/plans"), Unauthenticated)


def test_a_session_ends_by_itself(server: Running, browser: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    log_in(server, browser, Scope.PLANS_READ)
    assert browser.get("/v1/plans").status_code == 200
    later = time.time() + 12 * 3_600 + 61
    monkeypatch.setattr("time.time", lambda: later)
    assert is_problem(browser.get("/v1/plans"), Unauthenticated)


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "{url}"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "{url}"}, False),
    ],
)
def test_a_cookie_changes_nothing_for_another_sites_page(
    server: Running, browser: httpx.Client, headers: dict[str, str], passes: bool
) -> None:
    log_in(server, browser, Scope.ADMIN)
    del browser.headers["Sec-Fetch-Site"]
    sent = {name: value.format(url=server.url.rstrip("/")) for name, value in headers.items()}
    document = {"name": "x", "scopes": ["plans:read"]}
    answers = [
        browser.post("/v1/keys", json=document, headers=sent),
        browser.delete("/v1/keys/none", headers=sent),
        browser.post("/login", data={"key": "none"}, headers=sent),
        browser.post("/logout", headers=sent),
    ]
    assert [is_problem(answer, CrossSite) for answer in answers] == [not passes] * 4
    assert browser.get("/v1/plans", headers=sent).status_code == (401 if passes else 200)


def test_a_key_in_the_header_needs_no_origin(server: Running) -> None:
    sent = {"Sec-Fetch-Site": "cross-site", "Origin": "http://shop.example"}
    made = server.client.post("/v1/keys", json={"name": "x", "scopes": ["plans:read"]}, headers=sent)
    assert made.status_code == 201


def test_login_attempts_are_limited(browser: httpx.Client) -> None:
    answers = [browser.post("/login", data={"key": "sl_wrong"}) for _ in range(12)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10
    assert "Try again in" in answers[-1].text


def test_a_form_that_is_none_is_refused(browser: httpx.Client) -> None:
    assert browser.post("/login", content=b"\xff\xfe=%%").status_code == 401
    assert browser.post("/login", content=b"x" * 5_000).status_code == 413


def test_keys_and_addresses_have_limits_of_their_own(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, key_rate_per_s=0.01, key_burst=3, address_rate_per_s=0.01, address_burst=10)
    with running_without_workers(settings) as server:
        one, two = server.key(Scope.PLANS_READ), server.key(Scope.PLANS_READ)
        answers = [httpx.get(f"{server.url}v1/plans", headers=one, trust_env=False) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert is_problem(answers[-1], TooMany)
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 100
        assert "0.01 a second" in answers[-1].json()["detail"]
        assert answers[-1].headers["x-content-type-options"] == "nosniff"
        others = [httpx.get(f"{server.url}v1/plans", headers=two, trust_env=False) for _ in range(4)]
        assert [answer.status_code for answer in others] == [200, 200, 200, 429]
        rest = [httpx.get(f"{server.url}login", trust_env=False).status_code for _ in range(3)]
        assert rest == [200, 200, 429]
        assert httpx.get(f"{server.url}healthz", trust_env=False).status_code == 200


def test_wrong_keys_are_limited_and_right_ones_beside_them_are_not(tmp_path: Path) -> None:
    with running_without_workers(Settings(data_dir=tmp_path)) as server:
        wrong = [server.client.get("/v1/plans", headers=bearer("sl_x")).status_code for _ in range(70)]
        assert wrong[:60] == [401] * 60
        assert wrong[-1] == 429
        assert server.client.get("/v1/plans").status_code == 200


def test_buckets_fill_at_their_rate_and_forget_the_oldest() -> None:
    now = 0.0
    buckets = Buckets(2.0, 3, lambda: now)
    assert [buckets.wait_s("a") for _ in range(4)] == [0, 0, 0, 0.5]
    now = 0.5
    assert [buckets.wait_s("a"), buckets.wait_s("a")] == [0, 0.5]
    now = 100.0
    assert [buckets.wait_s("a") for _ in range(4)] == [0, 0, 0, 0.5]
    for number in range(MAX_BUCKETS):
        buckets.wait_s(str(number))
    assert buckets.wait_s("a") == 0


def test_an_ipv6_site_is_one_address() -> None:
    assert address_of("2001:db8:1:2::9") == address_of("2001:db8:1:2:3::4") == "2001:db8:1:2::/64"
    assert address_of("::ffff:10.0.0.1") == address_of("10.0.0.1") == "10.0.0.1"
    assert address_of(None) == "unknown"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])  # noqa: S104 - refused
def test_without_keys_it_listens_to_this_machine_alone(host: str) -> None:
    with pytest.raises(ValidationError, match="SWIFTLEAF_AUTH=keys"):
        Settings(auth="off", host=host)
    assert Settings(auth="off", host="::1").auth == "off"


def test_without_keys_only_this_machines_names_and_pages_are_answered(tmp_path: Path) -> None:
    with running_without_workers(Settings(data_dir=tmp_path, auth="off")) as server:
        client = server.client
        assert "authorization" not in client.headers
        assert client.get("/v1/keys").status_code == client.get("/").status_code == 200
        port = client.base_url.port
        assert client.get("/v1/plans", headers={"Host": f"localhost:{port}"}).status_code == 200
        for foreign in ("evil.example", f"evil.example:{port}", "localhost.evil.example", "[", ""):
            assert is_problem(client.get("/v1/plans", headers={"Host": foreign}), Misdirected)
        document = {"name": "x", "scopes": ["plans:read"]}
        assert client.post("/v1/keys", json=document).status_code == 201
        stranger = client.post("/v1/keys", json=document, headers={"Origin": "http://evil.example"})
        assert is_problem(stranger, CrossSite)


def test_a_key_ring_rotates_and_keeps_what_it_must(tmp_path: Path) -> None:
    file = tmp_path / "new" / "x.keys"
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(KeyRing.read, [file] * 8))
    token = rings[0].seal(b"hello")
    assert {ring.open(token) for ring in rings} == {b"hello"}, "whoever is first makes the key of all"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["x.keys"]
    newer = KeyRing.read(file).rotate(file)
    assert newer.open(token) == b"hello"
    again = newer.reseal(token)
    assert newer.retire(file, 1).open(again) == b"hello"
    with pytest.raises(SealError):
        KeyRing.read(file).open(token)
    assert KeyRing.read_fresh(file, max_age_s=3_600).open(again) == b"hello"
    KeyRing.read_fresh(file, max_age_s=-1)
    assert len(file.read_text().split()) == 2


@pytest.mark.parametrize("text", ["", "short", "ü"])
def test_a_file_of_no_keys_is_told_by_name_and_not_by_content(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.keys"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(KeyRingError, match=r"x\.keys") as caught:
        KeyRing.read(file)
    assert not text or text not in str(caught.value)


def test_servers_that_share_session_keys_share_sessions(tmp_path: Path) -> None:
    shared = f"{new_key()},{new_key()}"
    one, two = (Sessions(Settings(data_dir=tmp_path / name, session_keys=shared)) for name in "ab")
    token = one._ring.seal(b"key")
    assert two._ring.open(token) == b"key"
    assert not list(tmp_path.iterdir())
    assert shared not in repr(Settings(session_keys=shared))
