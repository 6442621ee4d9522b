"""Serves the pages and the files they are made of. A page holds no data: its scripts fetch that from the API."""

import gzip
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from service.auth import LOGGED_IN
from service.pages.render import HERE, render

STATIC_DIR = HERE / "static"
"""Scripts, styles and the vendored libraries, to be served at ``/static``."""

MODULE_TYPES = {".js": "text/javascript", ".mjs": "text/javascript"}

router = APIRouter(include_in_schema=False, dependencies=[LOGGED_IN])


@router.head("/")
@router.get("/", response_class=HTMLResponse)
def show_home(request: Request) -> HTMLResponse:
    """The fleets there are, and where to begin."""
    return render(request, "home.html", name="home")


@router.head("/board")
@router.get("/board", response_class=HTMLResponse)
def choose_board(request: Request) -> HTMLResponse:
    """The fleets there are, to choose one's board."""
    return render(request, "home.html", name="board")


@router.head("/board/{fleet_id}")
@router.get("/board/{fleet_id}", response_class=HTMLResponse)
def show_board(request: Request, fleet_id: str) -> HTMLResponse:
    """The dispatch board of one fleet."""
    return render(request, "board.html", {"fleet_id": fleet_id}, name="board")


@router.head("/plans")
@router.get("/plans", response_class=HTMLResponse)
def show_plans(request: Request) -> HTMLResponse:
    """One-shot plans, one at a time."""
    return render(request, "plans.html", name="plans")


@router.head("/radius")
@router.get("/radius", response_class=HTMLResponse)
def show_radius(request: Request) -> HTMLResponse:
    """The radius studio."""
    return render(request, "radius.html", name="radius")


@router.head("/carbon")
@router.get("/carbon", response_class=HTMLResponse)
def show_carbon(request: Request) -> HTMLResponse:
    """The carbon report."""
    return render(request, "carbon.html", name="carbon")


class _PageFiles(StaticFiles):
    """Static files that a browser asks for again after an upgrade, and that are modules on every machine.

    A versioned vendor folder never changes, so it is kept for a year. The type of ``.mjs`` is set here because the
    system's own table may not know it, and a browser refuses a module of another type.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        fixed = path.replace("\\", "/").startswith("vendor/")
        if fixed and isinstance(response, FileResponse) and _takes_gzip(Headers(scope=scope)):
            response = await _packed(response)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fixed else "no-cache"
        kind = MODULE_TYPES.get(Path(path).suffix)
        if kind and response.status_code == 200:  # noqa: PLR2004 - OK
            response.headers["Content-Type"] = f"{kind}; charset=utf-8"
        return response


def _takes_gzip(asked: Headers) -> bool:
    return "gzip" in asked.get("accept-encoding", "") and "range" not in asked


async def _packed(response: FileResponse) -> Response:
    """The same file compressed, which is done once: a map library keeps the event loop busy for 50 ms otherwise."""
    body = await run_in_threadpool(_pack, str(response.path))
    kept = {name: value for name, value in response.headers.items() if name not in {"content-length", "accept-ranges"}}
    return Response(body, response.status_code, {**kept, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"})


@cache
def _pack(path: str) -> bytes:
    return gzip.compress(Path(path).read_bytes(), mtime=0)


def static_files() -> StaticFiles:
    """The application to mount at ``/static``."""
    return _PageFiles(directory=STATIC_DIR)
