"""``/v1/stores/{store}/orders/{order}/customer``: the person behind an order."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from service.api.body import Body, parse
from service.api.documents import json_body
from service.api.state import KNOWN_PARAMETERS, DatabaseOf, SealerOf
from service.auth import CallerOf, Scope, needs, no_store, see_store
from service.db.persons import PersonRepository
from service.privacy.person import Person
from service.problems import InvalidRequest, NotFound, NotJson, TooLarge, responses

router = APIRouter(
    prefix="/v1/stores/{store_id}/orders/{order_id:path}/customer",  # ids may have a slash
    tags=["persons"],
    dependencies=[KNOWN_PARAMETERS],
)

PERSON_EXAMPLE: dict[str, Any] = {"name": "Ana Rojas", "phone": "+56 9 5555 0123", "door": "Tower B, floor 7, bell 702"}

StoreId = Annotated[str, Path(max_length=100)]
OrderId = Annotated[str, Path(max_length=100)]


class KnownPerson(BaseModel):
    """A person as this caller may see; ``masked`` for a key without ``personal:read``."""

    masked: bool
    name: str | None = None
    phone: str | None = None
    door: str | None = None
    note: str | None = None


@router.put(
    "",
    status_code=204,
    dependencies=[needs(Scope.PERSONAL_WRITE)],
    openapi_extra=json_body(Person, PERSON_EXAMPLE),
    responses=responses(NotJson, NotFound, TooLarge, InvalidRequest),
)
async def tell_person(
    store_id: StoreId, order_id: OrderId, body: Body, caller: CallerOf, database: DatabaseOf, sealer: SealerOf
) -> None:
    """Tell who is behind an order, in place of what was told before. It is sealed, and erased after the retention time.

    The order itself need not be there yet. Nothing of this is in a plan, an event, a report or the ledger.
    """
    see_store(caller, store_id)
    person = parse(Person, body)
    sealed = sealer.seal(person.model_dump_json(exclude_none=True).encode())

    def write() -> None:
        with database.writing() as session:
            persons = PersonRepository(session)
            if not persons.has_store(store_id):
                raise no_store(store_id)
            persons.put(store_id, order_id, sealed)

    await run_in_threadpool(write)


@router.get("", dependencies=[needs(Scope.LIVE_READ)], responses=responses(NotFound))
def read_person(
    store_id: StoreId, order_id: OrderId, response: Response, caller: CallerOf, database: DatabaseOf, sealer: SealerOf
) -> KnownPerson:
    """Who is behind an order: as told for a key that has ``personal:read`` too, masked for any other."""
    see_store(caller, store_id)
    with database.transaction() as session:
        persons = PersonRepository(session)
        if not persons.has_store(store_id):
            raise no_store(store_id)
        row = persons.get(store_id, order_id)
    if row is None:
        raise _nobody(order_id)
    person = Person.model_validate_json(sealer.open(row.sealed))
    masked = not caller.may(Scope.PERSONAL_READ)
    response.headers["Cache-Control"] = "no-store"
    return KnownPerson(masked=masked, **(person.masked() if masked else person).model_dump())


@router.delete("", status_code=204, dependencies=[needs(Scope.PERSONAL_WRITE)], responses=responses(NotFound))
def erase_person(store_id: StoreId, order_id: OrderId, caller: CallerOf, database: DatabaseOf) -> None:
    """Erase who is behind an order, for good."""
    see_store(caller, store_id)
    with database.writing() as session:
        persons = PersonRepository(session)
        if not persons.has_store(store_id):
            raise no_store(store_id)
        if not persons.erase(order_id, store_id):
            raise _nobody(order_id)


def _nobody(order_id: str) -> NotFound:
    return NotFound(f"nobody is known behind order {order_id[:80]!r}")
