"""Serves the page and the files it is made of."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from starlette.responses import Response
from starlette.types import Scope

from service.auth import LOGGED_IN

HERE = Path(__file__).parent
STATIC_DIR = HERE / "static"
"""Scripts, styles and the vendored map library, to be served at ``/static``."""

LANGUAGE = "en"
MODULE_TYPES = {".js": "text/javascript", ".mjs": "text/javascript"}

router = APIRouter(include_in_schema=False)
templates = Jinja2Templates(directory=HERE / "templates")


@cache
def texts(language: str = LANGUAGE) -> dict[str, Any]:
    """Every sentence of the page in one language; the scripts read the same ones from the page.

    Args:
        language: BCP 47 tag of a file in ``texts/``.
    """
    found: dict[str, Any] = json.loads((HERE / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    return found


@router.head("/", dependencies=[LOGGED_IN])
@router.get("/", response_class=HTMLResponse, dependencies=[LOGGED_IN])
def index(request: Request) -> HTMLResponse:
    """Render the page. It holds no data: the scripts fetch the plan from the API."""
    return templates.TemplateResponse(
        request, "index.html", {"language": LANGUAGE, "texts": texts()}, headers={"Cache-Control": "no-cache"}
    )


class _PageFiles(StaticFiles):
    """Static files that a browser asks for again after an upgrade, and that are modules on every machine.

    A versioned vendor folder never changes, so it is kept for a year. The type of ``.mjs`` is set here because the
    system's own table may not know it, and a browser refuses a module of another type.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        fixed = path.replace("\\", "/").startswith("vendor/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fixed else "no-cache"
        kind = MODULE_TYPES.get(Path(path).suffix)
        if kind and response.status_code == 200:  # noqa: PLR2004 - OK
            response.headers["Content-Type"] = f"{kind}; charset=utf-8"
        return response


def static_files() -> StaticFiles:
    """The application to mount at ``/static``."""
    return _PageFiles(directory=STATIC_DIR)
