"""``/login`` and ``/logout``: a key pasted once becomes the page's session."""

import math
from typing import Annotated
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from service.auth import LogInFirst, identify
from service.auth.limits import Buckets, address_of
from service.auth.session import Sessions
from service.keys import register
from service.keys.secret import read_secret
from service.pages.render import language_of, render, texts
from service.problems import TooLarge, Unauthenticated

router = APIRouter(include_in_schema=False)

MAX_FORM_BYTES = 4_096
ATTEMPTS_PER_S, ATTEMPTS = 0.1, 10
"""How many keys an address may try: so many at once, and so many a second."""

SEE_OTHER = 303


def install(app: FastAPI) -> None:
    """Make ``app`` lead to the login page where a page needs a session, and count the attempts there."""
    app.state.login_attempts = Buckets(ATTEMPTS_PER_S, ATTEMPTS)
    app.add_exception_handler(LogInFirst, _to_login)


async def _to_login(request: Request, _: Exception) -> Response:
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?next={quote(path, safe='/')}", SEE_OTHER, {"Cache-Control": "no-store"})


@router.get("/login", response_class=HTMLResponse)
async def show_login(request: Request, to: Annotated[str, Query(alias="next", max_length=2_000)] = "/") -> Response:
    """The form; straight on for who is logged in."""
    try:
        await identify(request)
    except Unauthenticated:
        return _form(request, to)
    return RedirectResponse(_own_path(to), SEE_OTHER)


@router.post("/login", response_class=HTMLResponse)
async def log_in(request: Request) -> Response:
    """Take a key for a session, and lead on to the page that was asked for."""
    sent = parse_qs((await _read_form(request)).decode("utf-8", "replace"))
    to = sent.get("next", ["/"])[0]
    wait_s = request.app.state.login_attempts.wait_s(address_of(request.client.host if request.client else None))
    if wait_s:
        seconds = max(1, math.ceil(wait_s))
        said = texts(language_of(request))["login_limited"]
        fault = said["one" if seconds == 1 and "one" in said else "other"].format(count=seconds)
        return _form(request, to, fault, 429, {"Retry-After": str(seconds)})
    secret = read_secret(sent.get("key", [""])[0])
    caller = await run_in_threadpool(register.holder, request.app.state.database, secret) if secret else None
    if caller is None:
        return _form(request, to, texts(language_of(request))["login_failed"], 401)
    answer = RedirectResponse(_own_path(to), SEE_OTHER, {"Cache-Control": "no-store"})
    _sessions(request).begin(request, answer, caller.key_id)
    return answer


@router.post("/logout")
def log_out(request: Request) -> Response:
    """End the session, here and wherever else its cookie is."""
    session = _sessions(request).of(request)
    if session is not None:
        register.log_out(request.app.state.database, session.id)
    answer = RedirectResponse("/login", SEE_OTHER, {"Cache-Control": "no-store"})
    _sessions(request).end(request, answer)
    return answer


def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


async def _read_form(request: Request) -> bytes:
    form = b""
    async for chunk in request.stream():
        form += chunk
        if len(form) > MAX_FORM_BYTES:
            raise TooLarge(f"a login form has {MAX_FORM_BYTES} bytes at most")
    return form


def _own_path(path: str) -> str:
    """The path if it leads to a page of this server, else the first page: no way out to another site."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if inside else "/"


def _form(
    request: Request, to: str, fault: str | None = None, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    shown = {"next": _own_path(to), "fault": fault}
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return render(request, "login.html", shown, name="login", status=status, headers=kept)
