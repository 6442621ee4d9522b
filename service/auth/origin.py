"""Whether a browser sent a request for a page of this very site.

A browser says so itself: ``Sec-Fetch-Site`` (W3C Fetch Metadata Request Headers) where the connection is trustworthy,
``Origin`` (Fetch standard) on every POST. No page can forge either. OWASP's Cross-Site Request Forgery Prevention Cheat
Sheet takes them in place of tokens; a request that has neither is refused here where a cookie would authorise it.
"""

import re

from starlette.requests import HTTPConnection

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""They change nothing (RFC 9110, section 9.2.1)."""

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
PORT = re.compile(r":\d+$")


def is_same_site(request: HTTPConnection) -> bool | None:
    """Whether a page of this host, or the user, sent it; None if the request does not say."""
    fetched = request.headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is not None:
        return origin.lower().partition("://")[2] == request.headers.get("host", "").lower()
    return None


def is_local(request: HTTPConnection) -> bool:
    """Whether it is addressed to this machine by a name that no stranger's DNS can point here."""
    host = request.headers.get("host", "").lower()
    return PORT.sub("", host) in LOCAL_NAMES
