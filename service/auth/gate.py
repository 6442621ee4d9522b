"""What every request passes before a route sees it: limits, who it is, and that no other site's page sent it."""

import math

from fastapi_problem.error import StatusProblem
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from service.auth.identify import identify
from service.auth.limits import Buckets, address_of
from service.auth.origin import SAFE_METHODS, is_local, is_same_site
from service.db.database import DatabaseError
from service.foreseen import problem_of
from service.keys.caller import Caller
from service.problems import CrossSite, Misdirected, TooMany, Unauthenticated, respond
from service.settings import Settings

OPEN = ("/healthz", "/readyz", "/static/", "/problems/")
"""What anybody may ask for as often as he likes: it costs next to nothing, and a probe must never be refused."""

LOGIN = ("/login", "/logout")
"""Forms that change what the browser may do; another site's page must not send them either."""

FAILURES_PER_S, FAILURES = 0.5, 60
"""How many wrong keys an address may send: so many at once, and so many a second."""


class Gate:
    """ASGI middleware that lets a request through or answers it with a problem.

    Args:
        app: what answers.
        settings: the limits, and whether keys are asked for.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._open = settings.auth == "off"
        self._keys = Buckets(settings.key_rate_per_s, settings.key_burst)
        self._addresses = Buckets(settings.address_rate_per_s, settings.address_burst)
        self._failures = Buckets(FAILURES_PER_S, FAILURES)

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Check the request, then pass it on."""
        if scope["type"] != "http" or scope["path"].startswith(OPEN):
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        try:
            await self._check(request)
        except (StatusProblem, DatabaseError) as error:
            answer = respond(error if isinstance(error, StatusProblem) else problem_of(error))
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _check(self, request: HTTPConnection) -> None:
        address = address_of(request.client.host if request.client else None)
        _take(self._addresses, address, "this address")
        if self._open and not is_local(request):
            raise Misdirected(
                "a server without keys answers to localhost, 127.0.0.1 and [::1] only; set SWIFTLEAF_AUTH=keys"
            )
        caller = None
        if self._open or "authorization" in request.headers or "cookie" in request.headers:
            caller = await self._identify(request, address)
        if caller is not None and not self._open:
            _take(self._keys, caller.key_id, f"key {caller.key_id}")
        self._refuse_other_sites(request, caller)

    async def _identify(self, request: HTTPConnection, address: str) -> Caller | None:
        """Who it is; None, told by the route if it minds, without a valid key."""
        try:
            return await identify(request)
        except Unauthenticated:
            if "authorization" in request.headers:
                _take(self._failures, address, "wrong keys from this address")
            return None

    def _refuse_other_sites(self, request: HTTPConnection, caller: Caller | None) -> None:
        if request.scope["method"] in SAFE_METHODS:
            return
        same = is_same_site(request)
        by_browser = request.scope["path"] in LOGIN or (caller is not None and caller.by_cookie)
        if same is False if self._open else (by_browser and not same):
            raise CrossSite(
                "a browser sent this for a page of another site, or does not say for which; "
                "programs send their key as `Authorization: Bearer sl_...`"
            )


def _take(buckets: Buckets, name: str, whose: str) -> None:
    wait_s = buckets.wait_s(name)
    if wait_s:
        raise TooMany(
            f"{whose}: more than {buckets.per_s:g} a second, after {buckets.burst} at once",
            headers={"Retry-After": str(max(1, math.ceil(wait_s)))},
        )
