"""What a route declares: the scope that its caller needs."""

from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer, SecurityScopes

from service.auth.identify import identify
from service.auth.session import COOKIE
from service.keys.caller import Caller
from service.keys.scopes import Scope
from service.problems import Forbidden, NotFound, Unauthenticated

BEARER = HTTPBearer(auto_error=False, scheme_name="key", description="An API key: `Authorization: Bearer sl_...`.")
SESSION = APIKeyCookie(
    name=COOKIE, auto_error=False, scheme_name="session", description="A page's session, made at `/login`."
)


async def _require(
    request: Request,
    wanted: SecurityScopes,
    _bearer: Annotated[object, Depends(BEARER)],  # both are here for the OpenAPI document; `identify` reads them
    _session: Annotated[object, Depends(SESSION)],
) -> Caller:
    caller = await identify(request)
    for scope in wanted.scopes:
        demand(caller, Scope(scope))
    return caller


def needs(scope: Scope | str) -> Any:  # noqa: ANN401 - as FastAPI types what it takes here
    """For a route's or router's ``dependencies``: refuses who has no valid key (401) or lacks the scope (403).

    Raises:
        ValueError: if there is no such scope.
    """
    return Security(_require, scopes=[Scope(scope).value])


def demand(caller: Caller, scope: Scope) -> None:
    """Refuse a caller without the scope: for a route whose body decides what it needs. Raises ``Forbidden``."""
    if not caller.may(scope):
        raise Forbidden(
            f"key {caller.key_id} lacks the scope {scope}; it has "
            f"{', '.join(sorted(caller.scopes)) or 'none'}. Ask an admin for a key that has it",
        )


async def _caller(request: Request) -> Caller:
    return await identify(request)


CallerOf = Annotated[Caller, Depends(_caller)]
"""Who calls, for a route that has its ``needs``."""


class LogInFirst(Exception):  # noqa: N818 - it is no error, it is a way
    """Raised when a page is asked for without a session; answered with the way to the login page."""


async def _log_in_first(request: Request) -> None:
    try:
        await identify(request)
    except Unauthenticated:
        raise LogInFirst from None


async def _of_all_stores(caller: CallerOf) -> None:
    if caller.stores is not None:
        raise Forbidden(
            f"key {caller.key_id} is bound to stores, and this tells of all of them; take a key of all stores"
        )


OF_ALL_STORES = Depends(_of_all_stores)
"""For the ``dependencies`` of what tells of the whole server: refuses a key that is bound to stores (403)."""


LOGGED_IN = Depends(_log_in_first)
"""For a page's ``dependencies``: sends who has no session to ``/login``, and back once he has."""


def see_store(caller: Caller, store: str) -> None:
    """Refuse a store that is not the caller's, in the very words of one that is not there. Raises ``NotFound``."""
    if not caller.sees(store):
        raise no_store(store)


def no_store(store: str) -> NotFound:
    """The problem of a store that is not there, or not there for this caller."""
    return NotFound(f"no store has the id {store[:80]!r}; GET /v1/stores lists them")


def own_stores(caller: Caller, stores: list[str]) -> None:
    """Refuse a document that speaks of stores which the caller's key is not bound to. Raises ``Forbidden``.

    It names those of the caller's own document, whether or not they are anywhere else.
    """
    foreign = [store for store in stores if not caller.sees(store)]
    if foreign:
        raise Forbidden(
            f"key {caller.key_id} is bound to other stores than {', '.join(repr(store[:80]) for store in foreign[:5])}"
        )
