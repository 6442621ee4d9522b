"""Fleets, events, decisions and webhooks in the database, SQLite and PostgreSQL alike."""

import json
from datetime import UTC, datetime, timedelta

from dispatch.online import Rejected
from service.db.database import Database
from service.db.decisions import DecisionRepository
from service.db.events import EventRepository
from service.db.fleets import FleetRepository
from service.db.webhooks import WebhookRepository

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOON = timedelta(seconds=5)


def rejected(event_id: str) -> Rejected:
    return Rejected(at=NOW, event_id=event_id, field="id", text="no")


def found(database: Database) -> None:
    with database.writing() as session:
        FleetRepository(session).add("fleet", "{}", ["north", "south"])
        FleetRepository(session).add("other", "{}", ["east"])


def test_a_store_belongs_to_one_fleet(database: Database) -> None:
    found(database)
    with database.transaction() as session:
        fleets = FleetRepository(session)
        assert [row.id for row in fleets.all()] == ["fleet", "other"]
        assert fleets.taken(["north", "west", "east"]) == {"north": "fleet", "east": "other"}
        assert [row.id for row in fleets.stores("fleet")] == ["north", "south"]
        store = fleets.store("south")
        assert store is not None
        assert store.fleet_id == "fleet"
        assert (fleets.get("west"), fleets.store("west")) == (None, None)


def test_a_lease_is_claimed_by_who_has_seen_it_last(database: Database) -> None:
    found(database)
    with database.writing() as session:
        fleets = FleetRepository(session)
        (seen, _) = fleets.leases()
        lease = fleets.claim(seen, "a", NOW)
        assert lease is not None
        assert (lease.owner, lease.term, lease.until) == ("a", 1, NOW)
        assert fleets.claim(seen, "b", NOW) is None
    with database.writing() as session:
        fleets = FleetRepository(session)
        assert fleets.renew("a", NOW + SOON) == {"fleet": 1}
        assert fleets.claim(lease, "b", NOW) is None, "it was renewed since"
        fleets.give_back("a", "other")
        assert fleets.leases()[0].owner == "a"
        fleets.give_back("a")
        assert (fleets.leases()[0].owner, fleets.leases()[0].term) == (None, 1)


def test_events_keep_their_sequence_and_the_log_its_own(database: Database) -> None:
    found(database)
    with database.writing() as session:
        events = EventRepository(session, "fleet")
        seqs = events.add({f"e{i}": f'{{"n":{i}}}' for i in range(7)})
        EventRepository(session, "other").add({"e1": "{}"})
        assert list(seqs) == [f"e{i}" for i in range(7)]
        assert sorted(seqs.values()) == list(seqs.values())
        assert {each: row.seq for each, row in events.known(["e1", "x"]).items()} == {"e1": seqs["e1"]}
        assert events.add({}) == {}
    log = ["e1", "e0", "e3", "e2", "e4"]
    with database.writing() as session:
        events, decisions = EventRepository(session, "fleet"), DecisionRepository(session, "fleet")
        for position, event_id in enumerate(log, start=1):
            events.mark(seqs[event_id], position, None)
            decisions.add(seqs[event_id], [rejected(event_id)] * (position - 1))
        decisions.put_plan(4, "old")
        decisions.put_plan(5, "new")
    with database.transaction() as session:
        events, decisions = EventRepository(session, "fleet"), DecisionRepository(session, "fleet")
        assert [row.event_id for row in events.waiting(5)] == ["e5", "e6"]
        assert [row.event_id for row in events.after(seqs["e2"], 3)] == ["e3", "e4", "e5"]
        assert (events.are_handled([seqs["e0"], seqs["e4"]]), events.are_handled(list(seqs.values()))) == (True, False)
        handled = [(row.position, row.seq, len(decided)) for row, decided in events.handled(page=2)]
        assert handled == [(i + 1, seqs[event_id], i) for i, event_id in enumerate(log)]
        assert [(row.position, decided) for row, decided in events.handled(3, ["commit"])] == [(4, []), (5, [])]
        made = decisions.after(0, 100)
        assert [json.loads(row.document)["event_id"] for row in made] == ["e0"] + ["e3"] * 2 + ["e2"] * 3 + ["e4"] * 4
        assert decisions.last_seq() == made[-1].seq
        assert decisions.after(0, 100, ["commit"]) == []
        assert [row.seq for row in decisions.on([seqs["e3"]])] == [made[1].seq, made[2].seq]
        plan = decisions.plan()
        assert plan is not None
        assert (plan.revision, plan.document, decisions.revision()) == (5, "new", 5)
        assert DecisionRepository(session, "other").revision() == 0


def test_a_webhook_is_due_while_there_is_news_and_it_may_be_tried(database: Database) -> None:
    found(database)
    with database.writing() as session:
        webhooks = WebhookRepository(session)
        hook = webhooks.add("fleet", "key", "https://x.example/", ["commit"], b"sealed", 0)
        assert webhooks.due(["fleet", "other"]) == []
        seqs = EventRepository(session, "fleet").add({"e": "{}"})
        DecisionRepository(session, "fleet").add(seqs["e"], [rejected("e")])
        last = DecisionRepository(session, "fleet").last_seq()
        assert webhooks.due(["fleet", "other"]) == [hook.id]
        assert webhooks.due(["other"]) == webhooks.due([]) == []
        webhooks.failed(hook.id, "answered 500", timedelta(hours=1))
        assert webhooks.due(["fleet"]) == []
        webhooks.failed(hook.id, "answered 500", timedelta(seconds=-1))
        assert webhooks.due(["fleet"]) == [hook.id]
        webhooks.failed(hook.id, "answered 410", None)
        assert (webhooks.due(["fleet"]), webhooks.sent(hook.id, last)) == ([], False)
    with database.transaction() as session:
        (row,) = WebhookRepository(session).of("fleet")
        assert (row.failures, row.error, row.disabled_at is None) == (3, "answered 410", False)
    with database.writing() as session:
        webhooks = WebhookRepository(session)
        webhooks.enable(hook.id, "key")
        assert webhooks.due(["fleet"]) == [hook.id]
        assert (webhooks.sent(hook.id, last), webhooks.sent(hook.id, last - 1)) == (True, False)
        assert webhooks.due(["fleet"]) == []
    with database.writing() as session:
        webhooks = WebhookRepository(session)
        row_now = webhooks.get(hook.id)
        assert row_now is not None
        assert (row_now.sent_seq, row_now.failures, row_now.error) == (last, 0, None)
        assert (webhooks.drop("other", hook.id), webhooks.drop("fleet", hook.id)) == (False, True)
        assert webhooks.of("fleet") == []
