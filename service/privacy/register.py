"""What operators do with persons' data: give out, erase, seal anew."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from pydantic_core import from_json
from sqlalchemy.orm import Session

from service.db.answers import KEPT
from service.db.database import Database
from service.db.models import EventRow, PersonRow, PlanRow, StoreRow, WebhookRow
from service.db.persons import PersonRepository
from service.privacy.person import Person, rounded
from service.privacy.sealing import Sealer


def export(
    database: Database, sealer: Sealer, order_id: str, store_id: str | None = None, *, masked: bool = False
) -> dict[str, Any]:
    """Everything that is known of the person behind an order, as JSON values.

    Beside what was told of the person it lists each event and plan that names the order's id, with the place of
    delivery: they hold nothing else of a person.

    Args:
        database: where to look.
        sealer: opens what is sealed.
        order_id: of the order.
        store_id: of one store; None is all of them.
        masked: hide what is sensitive and round the places, to give it to others than the person.

    Raises:
        SealError: if what is sealed cannot be opened any more.
    """
    with database.transaction() as session:
        persons = [
            _person(row, sealer, masked=masked) for row in PersonRepository(session).of_order(order_id, store_id)
        ]
        mentions = [
            {"seq": row.seq, "fleet": row.fleet_id, "taken_at": row.taken_at.isoformat(), "event": event}
            for row, event in _events(session, order_id, store_id)
        ]
        asked = session.execute(
            sa.select(PlanRow.id, PlanRow.request).where(PlanRow.request.contains(_quoted(order_id), autoescape=True))
        )
        plans = [
            {"plan": plan_id, "location": order["location"]}
            for plan_id, request in asked
            for order in from_json(request).get("orders", ())
            if order.get("id") == order_id and store_id in {None, order.get("store_id")}
        ]
    found = {"order": order_id, "persons": persons, "events": mentions, "plans": plans}
    return _rounded(found) if masked else found


def erase(database: Database, order_id: str, store_id: str | None = None) -> int:
    """Forget the persons behind an order; returns how many there were."""
    with database.writing() as session:
        return PersonRepository(session).erase(order_id, store_id)


def rotate(database: Database, sealer: Sealer) -> int:
    """Seal everything with a new key; returns how many things were sealed anew.

    Answers that are kept for retries are as they were. So the old keys stay until those that they may have sealed are
    gone: the first rotation a day after the last one forgets all but the newest of them.

    Raises:
        SealError: if something cannot be opened with the keys there are; then nothing was changed.
    """
    settled = sealer.age_s() > KEPT.total_seconds()
    with database.writing() as session:
        persons = PersonRepository(session).locked()
        webhooks = list(session.scalars(sa.select(WebhookRow).with_for_update()))
        sealer.rotate()  # behind the locks, so that of two rotations at once the second begins where the first ended
        for person in persons:
            person.sealed = sealer.reseal(person.sealed)
        for webhook in webhooks:
            webhook.secret = sealer.reseal(webhook.secret)
    if settled:
        sealer.retire()
    return len(persons) + len(webhooks)


def _person(row: PersonRow, sealer: Sealer, *, masked: bool) -> dict[str, Any]:
    person = Person.model_validate_json(sealer.open(row.sealed))
    shown = person.masked() if masked else person
    return {"store": row.store_id, "told_at": row.taken_at.isoformat(), **shown.model_dump(exclude_none=True)}


def _events(session: Session, order_id: str, store_id: str | None) -> Iterator[tuple[EventRow, dict[str, Any]]]:
    """The events about an order; of one store, those of an order that was placed there."""
    query = sa.select(EventRow).where(EventRow.document.contains(_quoted(order_id), autoescape=True))
    if store_id is not None:
        query = query.join(StoreRow, StoreRow.fleet_id == EventRow.fleet_id).where(StoreRow.id == store_id)
    placed_at = None
    for row in session.scalars(query.order_by(EventRow.seq)):
        event = from_json(row.document)
        if _names(event, order_id):
            at = event["order"]["store_id"] if "order" in event else placed_at
            placed_at = placed_at or at
            if store_id is None or at in {None, store_id}:
                yield row, event


def _quoted(text: str) -> str:
    """A text as it stands in a document."""
    return json.dumps(text, ensure_ascii=False)


def _rounded(found: Any) -> Any:  # noqa: ANN401 - of any JSON
    """The same with every place rounded, how deep it may lie."""
    if isinstance(found, list):
        return [_rounded(each) for each in found]
    if isinstance(found, dict):
        return {name: rounded(each) if name == "location" and each else _rounded(each) for name, each in found.items()}
    return found


def _names(event: dict[str, Any], order_id: str) -> bool:
    """Whether an event is about the order: its own, or one of a trip's."""
    return order_id in {event.get("order_id"), (event.get("order") or {}).get("id"), *event.get("order_ids", ())}
