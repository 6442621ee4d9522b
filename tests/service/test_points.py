"""Books of carbon points: kept in either database, entered and read over HTTP, each store its own."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from carbon import DuplicateAwardError, PointsBook
from service import points
from service.api.points import AWARD_EXAMPLE
from service.db.database import Database
from service.db.models import FleetRow, PointsRow, StoreRow
from service.db.plans import PlanRepository
from service.db.points import PointsRepository
from service.keys import Scope
from service.points import ENTRY, ToEnter
from service.settings import Settings
from tests.service.postgres import fresh_database
from tests.service.server import Running, running

Json = dict[str, Any]
BOX = "reusable_box_returned"
DAY = date(2026, 11, 20)


def award(order: str = "o1", *, behaviour: str = "no_cutlery", turn: str | None = None, **act: Any) -> Json:
    document: Json = json.loads(json.dumps(AWARD_EXAMPLE))
    document["rule"]["baseline"]["behaviour"] = behaviour
    document["act"] |= {"order_id": order} | act
    if turn is not None:
        document["rule"]["baseline"]["behaviour"] = BOX
        document["act"] |= {"loop_id": turn, "return_due_on": "2026-11-22"}
    return document


def back(turn: str, on: str = "2026-11-21") -> Json:
    return {"kind": "box_returned", "loop_id": turn, "returned_on": on}


def revocation(order: str = "o1", behaviour: str = "no_cutlery") -> Json:
    why = {"revoked_on": "2026-11-21", "reason": "cutlery was packed after all"}
    return {"kind": "revocation", "order_id": order, "behaviour": behaviour, "period": "2026-11"} | why


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/swiftleaf.db" if request.param == "sqlite" else fresh_database())
    opened.migrate()
    yield opened
    opened.close()


def enter(database: Database, document: Json, store: str = "a") -> PointsRow:
    with database.writing() as session:
        return points.enter(PointsRepository(session, store), ToEnter.model_validate_json(json.dumps(document)).root)[0]


def book(database: Database, store: str = "a") -> PointsBook:
    with database.transaction() as session:
        return PointsBook.replay(map(ENTRY.validate_json, PointsRepository(session, store).documents()))


def test_a_book_is_rebuilt_from_its_entries(database: Database) -> None:
    for document in (award("o1"), award("o2", turn="box/1"), back("box/1"), revocation("o1")):
        enter(database, document)
    enter(database, award("o1"), "b")
    rebuilt = book(database)
    assert [entry.kind for entry in rebuilt.entries] == ["award", "award", "box_returned", "revocation"]
    stated = rebuilt.statement()
    assert (stated.awards, stated.revoked, stated.points) == (1, 1, 8)
    with database.transaction() as session:
        repository = PointsRepository(session, "a")
        rows = repository.after(0, 9)
        assert [(row.sequence, row.order_id, row.loop_id) for row in rows] == [
            (0, "o1", None),
            (1, "o2", "box/1"),
            (2, "o2", "box/1"),
            (3, "o1", None),
        ]
        assert {(row.day, row.pseudonym) for row in rows} == {(DAY, AWARD_EXAMPLE["act"]["consumer"]["pseudonym"])}
        assert [row.sequence for row in repository.after(rows[1].seq, 1)] == [2]
        assert len(list(repository.documents((date(2026, 11, 1), DAY)))) == 4
        assert list(repository.documents((date(2026, 12, 1), date(2026, 12, 31)))) == []
        assert list(repository.documents(pseudonym="0" * 32)) == []
        assert len(list(PointsRepository(session, "b").documents())) == 1


def test_the_same_again_is_the_entry_that_is_there(database: Database) -> None:
    documents = (award("o1", turn="box/1"), back("box/1"), revocation("o1", BOX))
    first = [enter(database, document).seq for document in documents]
    assert [enter(database, document).seq for document in documents] == first
    assert len(book(database).entries) == 3


def test_an_act_and_a_turn_of_a_box_earn_once(database: Database) -> None:
    enter(database, award("o1"))
    enter(database, award("o1", turn="box/1"))
    with pytest.raises(DuplicateAwardError, match=r"entry 0, by Shop"):
        enter(database, award("o1", period="2026"))
    with pytest.raises(DuplicateAwardError, match="entry 1"):
        enter(database, award("o2", turn="box/1"))
    with pytest.raises(DuplicateAwardError, match="another store's book"):
        enter(database, award("o2", turn="box/1"), "b")
    assert len(book(database).entries) == 2


def test_boxes_that_are_late_or_lost_are_revoked_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "MOST_OVERDUE", 2)
    for number in range(5):
        enter(database, award(f"o{number}", turn=f"box/{number}"))
    enter(database, back("box/0", "2026-11-22"))  # on its day
    enter(database, back("box/1", "2026-11-23"))
    enter(database, revocation("o2", BOX))
    enter(database, award("p", turn="box/p"), "b")

    def overdue(on: date) -> tuple[list[str], bool]:
        with database.writing() as session:
            rows, more = points.revoke_overdue(PointsRepository(session, "a"), on)
        return [row.order_id for row in rows], more

    assert overdue(date(2026, 11, 22)) == ([], False)
    assert overdue(date(2026, 11, 23)) == (["o1", "o3"], True)
    assert overdue(date(2026, 11, 23)) == (["o4"], False)
    assert overdue(date(2026, 11, 30)) == ([], False)
    assert book(database).statement().awards == 1
    assert book(database, "b").statement().awards == 1


def test_many_at_once_leave_a_book_without_a_gap(database: Database) -> None:
    """Twenty at a time, each act sent twice."""
    documents = [award(f"o{number // 2}") for number in range(60)]
    with ThreadPoolExecutor(20) as pool:
        rows = list(pool.map(lambda document: enter(database, document), documents))
    assert sorted({row.sequence for row in rows}) == list(range(30))
    assert len(book(database).entries) == 30


def test_a_book_that_was_tampered_with_takes_nothing_more(database: Database) -> None:
    enter(database, award("o1"))
    with database.writing() as session:
        document = session.scalars(sa.select(PointsRow.document)).one()
        session.execute(sa.update(PointsRow).values(document=document.replace('"points":8', '"points":800')))
    with pytest.raises(points.DamagedError, match="entry 0 is not what its inputs give"):
        enter(database, award("o2"))
    with pytest.raises(points.DamagedError):
        points.statement([document.replace('"points":8', '"points":"many"')], 1)


def test_days_of_a_period() -> None:
    assert points.days_of("2024-02") == (date(2024, 2, 1), date(2024, 2, 29))
    assert points.days_of("2026") == (date(2026, 1, 1), date(2026, 12, 31))
    assert points.days_of("2026-11-20") == (DAY, DAY)
    for none in ("2026-13", "2026-02-30", "0000"):
        with pytest.raises(ValueError):  # noqa: PT011 - whatever the calendar says
            points.days_of(none)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(Settings(data_dir=tmp_path_factory.mktemp("points"), port=0, workers=1)) as started:
        with started.app.state.database.transaction() as session:
            session.add(FleetRow(id="closed", created_at=sa.func.now(), setup="{}", term=0, owner="nobody"))
            session.flush()
            session.add_all(StoreRow(id=f"s{number}", fleet_id="closed") for number in range(9))
            PlanRepository(session).add("{}", stores=["planned"])
        yield started


def post(server: Running, store: str, document: object, **headers: str) -> httpx.Response:
    return server.client.post("/v1/carbon/points", params={"store": store}, json=document, headers=headers)


def test_points_over_http(server: Running) -> None:
    made = post(server, "s0", AWARD_EXAMPLE)
    assert made.status_code == 201, made.text
    assert made.json()["entry"]["points"] == 8
    assert made.json()["entry"]["avoided"]["value_gco2e"] == 12
    again = post(server, "s0", AWARD_EXAMPLE)
    assert (again.status_code, again.json()) == (200, made.json())
    assert post(server, "s0", award("o2", turn="turn/1")).status_code == 201
    assert post(server, "s0", back("turn/1")).json()["entry"]["kind"] == "box_returned"
    assert post(server, "s0", revocation("order-1")).status_code == 201
    read = server.client.get("/v1/carbon/points", params={"store": "s0", "limit": 3}).json()
    assert [line["entry"]["sequence"] for line in read["entries"]] == [0, 1, 2]
    rest = server.client.get("/v1/carbon/points", params={"store": "s0", "after": read["next"]}).json()
    assert [line["entry"]["kind"] for line in rest["entries"]] == ["revocation"]
    assert rest["next"] is None
    asked = {"store": "s0", "period": "2026-11"}
    stated = server.client.get("/v1/carbon/points/statement", params=asked).json()
    assert (stated["awards"], stated["revoked"], stated["points"], stated["credited_gco2e"]) == (1, 1, 8, 8.0)
    empty = server.client.get("/v1/carbon/points/statement", params=asked | {"period": "2025"}).json()
    assert (empty["awards"], empty["points"]) == (0, 0)
    assert post(server, "planned", award()).status_code == 201, "a store that is only planned for has a book too"


def test_an_idempotency_key_gets_the_first_answer(server: Running) -> None:
    first, second = (post(server, "s1", award(), **{"Idempotency-Key": "till-7/1"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["idempotency-replayed"] == "true"
    assert first.content == second.content
    other = post(server, "s1", award("o2"), **{"Idempotency-Key": "till-7/1"})
    assert other.json()["type"] == "/problems/idempotency-key-reused"


def test_overdue_boxes_over_http(server: Running) -> None:
    post(server, "s2", award("o1", turn="late/1"))
    answer = server.client.post("/v1/carbon/points:overdue", params={"store": "s2"}, json={"on": "2026-11-23"})
    assert answer.status_code == 200, answer.text
    (line,) = answer.json()["entries"]
    assert line["entry"]["reason"] == "box late/1 was not back by 2026-11-22"
    assert answer.json()["more"] is False


TOMORROW = (datetime.now(UTC).date() + timedelta(days=3)).isoformat()


@pytest.mark.parametrize(
    ("document", "path", "text"),
    [
        (award(amount=-1), "$.act.amount", "-1"),
        (award(amount=2), "$.act.amount", "credits at most 1"),
        (award(done_on="2027-01-02"), "$.act.done_on", "2026-11"),
        (award(period="2026-12"), "$.act.done_on", "not in period '2026-12'"),
        (award(order_id="o" * 101), "$.act.order_id", "over 100 characters"),
        (award(order_id="o\0"), "$.act.order_id", "cannot be seen"),
        (award(done_on=TOMORROW, period=TOMORROW[:4]), "$.act.done_on", "is ahead of the server's day"),
        (award(behaviour=BOX), "$.act.loop_id", "needs the turn"),
        (award(colour="red"), "$.act.colour", "no such field"),
        (award(project={"lower_gco2e": 2, "value_gco2e": 1, "upper_gco2e": 0}), "$", "outside 2"),
        (AWARD_EXAMPLE | {"rule": AWARD_EXAMPLE["rule"] | {"is_default": True}}, "$.rule.is_default", "for nothing"),
        (AWARD_EXAMPLE | {"rule": AWARD_EXAMPLE["rule"] | {"version": "x" * 20_000}}, "$", "at most 20000"),
        (back("never/1"), "$.loop_id", "enter the award first"),
        (revocation("never"), "$", "nothing was awarded for order 'never'"),
        (revocation() | {"reason": ""}, "$.reason", "at least 1 character"),
        ({"kind": "gift"}, "$.kind", "award"),
        ([], "$", "Input"),
    ],
)
def test_what_cannot_be_entered_names_the_field_and_the_way_out(
    server: Running, document: object, path: str, text: str
) -> None:
    answer = post(server, "s3", document)
    assert answer.status_code == 422, answer.text
    (fault, *_) = answer.json()["errors"]
    assert (fault["path"], text in fault["text"]) == (path, True), fault


def test_credited_twice_is_409(server: Running) -> None:
    post(server, "s4", award("o1"))
    answer = post(server, "s4", award("o1", period="2026"))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/credited")
    assert "one act earns once" in answer.json()["detail"]


@pytest.mark.parametrize("period", ["2026-13", "26", "2026-02-30"])
def test_no_such_period(server: Running, period: str) -> None:
    answer = server.client.get("/v1/carbon/points/statement", params={"store": "s0", "period": period})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "query.period")


def test_a_key_of_one_store_neither_sees_nor_fills_the_book_of_another(server: Running) -> None:
    bound = server.key(Scope.CARBON_READ, Scope.CARBON_WRITE, stores=["s5", "nowhere"])
    for store in ("s0", "nowhere", "s0\x1b"):
        answers = [
            post(server, store, award(), **bound),
            server.client.post(
                "/v1/carbon/points:overdue", params={"store": store}, json={"on": "2026-11-23"}, headers=bound
            ),
            *(
                server.client.get(f"/v1/carbon/points{part}", params={"store": store}, headers=bound)
                for part in ("", "/statement")
            ),
        ]
        assert [answer.status_code for answer in answers] == [404] * 4
    assert post(server, "s5", award(), **bound).status_code == 201
    reader = server.key(Scope.CARBON_READ)
    assert post(server, "s5", award("o2"), **reader).json()["detail"].count("carbon:write") == 1


def test_nothing_of_points_reaches_a_report(server: Running) -> None:
    assert server.client.get("/v1/carbon/stores").json()["stores"] == ["planned", *(f"s{n}" for n in range(9))]
    asked = {"from": "2026-11-20", "to": "2026-11-20", "store": "s0"}
    assert "points" not in server.client.get("/v1/carbon/figures", params=asked).text
