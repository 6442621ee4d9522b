"""Finds out who sent a request: by ``Authorization: Bearer``, or by a page's session cookie."""

from typing import Any

from fastapi.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from service.keys import register
from service.keys.caller import ANYONE, CALLER, Caller
from service.keys.secret import read_secret
from service.problems import Unauthenticated

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="swiftleaf"'}
REFUSED_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="swiftleaf", error="invalid_token"'}
"""RFC 6750, section 3: no error code where no key was sent at all."""

HOW = "send `Authorization: Bearer sl_...`; `swiftleaf key create` makes a key"


async def identify(request: HTTPConnection) -> Caller:
    """Who sent the request; asks the database once a request.

    Raises:
        Unauthenticated: if nobody is named, or the key is unknown or revoked; which of the two is not said.
    """
    known: Any = request.scope.get(CALLER)
    if known is None:
        try:
            known = await _find(request)
        except Unauthenticated as error:
            known = error
        request.scope[CALLER] = known
    if isinstance(known, Unauthenticated):
        raise known
    caller: Caller = known
    return caller


async def _find(request: HTTPConnection) -> Caller:
    state = request.app.state
    if state.settings.auth == "off":
        return ANYONE
    kind, _, credentials = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        secret = read_secret(credentials)
        caller = await run_in_threadpool(register.holder, state.database, secret) if secret else None
        if caller is None:
            raise Unauthenticated(
                f"this key is not valid here (mistyped, of another server, or revoked): {HOW}",
                headers=REFUSED_CHALLENGE,
            )
        return caller
    session = state.sessions.of(request)
    caller = await run_in_threadpool(register.named, state.database, session.key_id, session.id) if session else None
    if caller is None:
        raise Unauthenticated(f"this needs a key: {HOW}", headers=CHALLENGE)
    return caller
