"""Renders a page: in which language, how light, and with which page marked in the navigation."""

import json
import posixpath
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from service.auth import Caller
from service.keys.caller import CALLER

HERE = Path(__file__).parent
LANGUAGES = {"en": "English", "zh": "中文"}
"""Their own names by BCP 47 tag; the first is for those who ask for none of them."""

LANGUAGE_COOKIE, THEME_COOKIE = "swiftleaf_language", "swiftleaf_theme"
THEMES = ("light", "dark")
YEAR_S = 31_536_000
FRAME = "js/frame.js"
"""The script that every page has."""

IMPORTED = re.compile(r"""^(?:import|export|\}) ?[^"';]*from "(\.[^"]+)";""", re.MULTILINE)

templates = Jinja2Templates(directory=HERE / "templates")


class Room(NamedTuple):
    """A page of the navigation: its name, its path, and its icon as an SVG path on 20 by 20."""

    name: str
    path: str
    icon: str


ROOMS = (
    Room("board", "/board", "M3 4h14v12H3zM3 8.5h14M8 8.5V16"),
    Room("plans", "/plans", "M5 5.5a2 2 0 1 0 0-.1M15 14.5a2 2 0 1 0 0-.1M6.8 6.5c6 1 .5 6 6.4 7.4"),
    Room("radius", "/radius", "M10 10h.01M10 3a7 7 0 1 0 .01 0M10 6.5a3.5 3.5 0 1 0 .01 0"),
    Room("carbon", "/carbon", "M3 17h14M5 14v-4M10 14V4M15 14V8"),
)


@cache
def modules(entry: str) -> tuple[str, ...]:
    """A page's script, the frame's, and what they come to import, so that the browser asks for all at once.

    The vendored ones come first, for they are large.

    Args:
        entry: path of the page's script under ``static/``.
    """
    found, waiting = dict[str, None](), [entry, FRAME]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path] = None
        if not path.startswith("vendor/"):
            named = IMPORTED.findall((HERE / "static" / path).read_text(encoding="utf-8"))
            waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(path), each)) for each in named]
    return tuple(sorted(found, key=lambda path: not path.startswith("vendor/")))


templates.env.filters["modules"] = modules


@cache
def texts(language: str) -> dict[str, Any]:
    """Every sentence of the pages in one language; the scripts read the same ones from the page.

    Args:
        language: one of ``LANGUAGES``.
    """
    found: dict[str, Any] = json.loads((HERE / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    return found


def language_of(request: Request) -> str:
    """The language that ``?lang=`` or the cookie names, else the one that the browser likes best of those there are."""
    for asked in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if asked in LANGUAGES:
            return str(asked)
    wanted = []
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, weight = part.partition(";q=")
        try:
            wanted.append((float(weight or 1), tag.strip().partition("-")[0].lower()))
        except ValueError:
            continue
    liked = [tag for weight, tag in sorted(wanted, key=lambda each: -each[0]) if weight > 0 and tag in LANGUAGES]
    return liked[0] if liked else next(iter(LANGUAGES))


def render(
    request: Request,
    template: str,
    shown: Mapping[str, Any] | None = None,
    *,
    name: str = "",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Render a page. A language that was asked for by ``?lang=`` is kept in a cookie.

    Args:
        request: that asks for it.
        template: file in ``templates/``.
        shown: what the template shows beside the frame.
        name: of the page: ``page_`` and this is its title in the texts, and the room of the same name is marked.
        status: of the answer.
        headers: of the answer.
    """
    language = language_of(request)
    theme = request.cookies.get(THEME_COOKIE)
    caller = request.scope.get(CALLER)
    frame = {
        "language": language,
        "texts": texts(language),
        "theme": theme if theme in THEMES else None,
        "title": texts(language).get(f"page_{name}", ""),
        "rooms": [{**room._asdict(), "here": room.name == name} for room in ROOMS],
        "tongues": [
            {"tag": tag, "name": own_name, "href": "?" + request.url.include_query_params(lang=tag).query}
            for tag, own_name in LANGUAGES.items()
            if tag != language
        ],
        "logged_in": isinstance(caller, Caller) and caller.by_cookie,
    }
    kept = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie", "Content-Language": language}
    answer = templates.TemplateResponse(
        request, template, {**frame, **(shown or {})}, status, {**kept, **(headers or {})}
    )
    if request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, path="/", samesite="lax")
    return answer
