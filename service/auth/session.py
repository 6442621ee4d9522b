"""A page's session: a cookie that names a key, sealed by this server.

The cookie holds the key's id, never its secret, and an id of its own. Both are looked up on every request: a revoked
key ends its sessions at once, and so does logging out, whoever else has the cookie. It is ``HttpOnly`` and
``SameSite=Lax``; over HTTPS it is ``Secure`` and bound to this very host by its name (RFC 6265bis, section 4.1.3.2:
``__Host-``).
"""

import time
from typing import NamedTuple
from uuid import uuid4

from starlette.requests import HTTPConnection
from starlette.responses import Response

from service.keyring import KeyRing, SealError
from service.settings import Settings

COOKIE = "swiftleaf_session"
HOUR_S = 3_600
DAY_S = 86_400

ROTATE_DAYS = 30
"""How old the newest signing key may be when a server starts; the one before it is still accepted."""


class Session(NamedTuple):
    """What a cookie holds: the key that began the session, and the session's own id."""

    key_id: str
    id: str


class Sessions:
    """Makes and reads the cookies.

    Args:
        settings: where the signing keys are, and how long a session lasts.

    Raises:
        KeyRingError: if the keys cannot be read or made.
    """

    def __init__(self, settings: Settings) -> None:
        self._max_age_s = int(settings.session_hours * HOUR_S)
        if settings.session_keys is None:
            self._ring = KeyRing.read_fresh(settings.data_dir / "session.keys", ROTATE_DAYS * DAY_S)
        else:
            given = settings.session_keys.get_secret_value()
            self._ring = KeyRing(given.replace(",", " ").split(), "SWIFTLEAF_SESSION_KEYS")

    def of(self, request: HTTPConnection) -> Session | None:
        """The session that a request names; None without a valid cookie. Whether it was ended, the database knows."""
        token = request.cookies.get(_name(request))
        try:
            held = self._ring.open(token.encode(), self._max_age_s).decode() if token else ""
        except SealError:
            return None
        key_id, _, session_id = held.partition(" ")
        return Session(key_id, session_id) if session_id else None

    def left_s(self, request: HTTPConnection) -> float:
        """How long the session of a request, which has one, goes on."""
        begun_at = self._ring.sealed_at(request.cookies[_name(request)].encode())
        return begun_at + self._max_age_s - time.time()

    def begin(self, request: HTTPConnection, response: Response, key_id: str) -> None:
        """Give the browser a session of this key."""
        response.set_cookie(
            _name(request),
            self._ring.seal(f"{key_id} {uuid4().hex}".encode()).decode(),
            max_age=self._max_age_s,
            path="/",
            secure=_secure(request),
            httponly=True,
            samesite="lax",
        )

    def end(self, request: HTTPConnection, response: Response) -> None:
        """Take the session from the browser."""
        response.delete_cookie(_name(request), path="/", secure=_secure(request), httponly=True, samesite="lax")


def _secure(request: HTTPConnection) -> bool:
    return request.url.scheme == "https"


def _name(request: HTTPConnection) -> str:
    return f"__Host-{COOKIE}" if _secure(request) else COOKIE
