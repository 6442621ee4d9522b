"""The files of the page, without a browser: vendored ones untouched, sentences complete, types right."""

import hashlib
import json
import re
from pathlib import Path

import anyio
import httpx
import pytest
from fastapi import FastAPI

import dispatch
from service.pages import STATIC_DIR, router, static_files

PAGES = STATIC_DIR.parent
SUFFIXES = {".js", ".css", ".html", ".svg"}
OWN_FILES = [path for path in sorted(PAGES.rglob("*")) if path.suffix in SUFFIXES and "vendor" not in path.parts]
VENDORED = sorted((STATIC_DIR / "vendor").iterdir())
HARMLESS = {"http://www.w3.org/2000/svg", "https://www.openstreetmap.org/copyright"}
"""A namespace, and the link that the licence of the map asks for; neither is fetched."""


def get(path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """Ask an application that has nothing but the page."""
    app = FastAPI()
    app.include_router(router)
    app.mount("/static", static_files())

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
            return await client.get(path, headers=headers)

    return anyio.run(ask)


@pytest.mark.parametrize("folder", VENDORED, ids=lambda folder: folder.name)
def test_vendored_files_are_what_their_checksums_say(folder: Path) -> None:
    lines = [line.split() for line in (folder / "SHA256SUMS").read_text().splitlines()]
    sums = {name: digest for digest, name in lines}
    assert set(sums) == {path.name for path in folder.iterdir()} - {"SHA256SUMS"}
    for name, expected in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == expected, name


@pytest.mark.parametrize("folder", VENDORED, ids=lambda folder: folder.name)
def test_vendored_files_carry_their_licence(folder: Path) -> None:
    assert "Redistribution and use in source and binary forms" in (folder / "LICENSE.txt").read_text()


@pytest.mark.parametrize("path", OWN_FILES, ids=lambda path: path.name)
def test_own_files_name_no_other_host(path: Path) -> None:
    assert set(re.findall(r"https?://[^\s\"'`<>)]+", path.read_text())) <= HARMLESS


def leaves(texts: dict[str, object], prefix: str = "") -> set[str]:
    """Dotted paths of all sentences; a plural is one sentence."""
    found = set()
    for key, value in texts.items():
        if isinstance(value, dict) and "other" not in value:
            found |= leaves(value, f"{prefix}{key}.")
        else:
            found.add(prefix + key)
    return found


@pytest.mark.parametrize("path", sorted((PAGES / "texts").glob("*.json")), ids=lambda path: path.stem)
def test_every_sentence_is_there_and_is_used(path: Path) -> None:
    known = leaves(json.loads(path.read_text(encoding="utf-8")))
    code = "\n".join(path.read_text() for path in OWN_FILES)
    asked = set(re.findall(r"say\(\s*\"([\w.]+)\"", code)) | set(re.findall(r"\btexts\.(\w+)", code))
    assert asked - known - {"js"} == set()
    groups = tuple(re.findall(r"say\(`([\w.]+)\$\{", code))
    words = set(re.findall(r"\"(\w+)\"", code))
    unused = {key for key in known - asked - words if not key.startswith(groups)}
    assert unused == set()


def test_every_reason_packaging_and_cost_term_has_words() -> None:
    known = leaves(json.loads((PAGES / "texts" / "en.json").read_text(encoding="utf-8")))
    assert {f"reasons.{code}" for code in dispatch.Reason} <= known
    assert {f"packaging_names.{name}" for name in dispatch.Packaging} <= known
    assert {f"cost_{term}" for term in dispatch.Cost.model_fields if term != "total"} <= known


def test_index_names_its_language_and_runs_no_inline_script() -> None:
    page = get("/")
    assert page.status_code == 200
    assert '<html lang="en">' in page.text
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page.text, re.DOTALL)
    assert all("src=" in attributes or 'type="application/json"' in attributes for attributes, _ in scripts)
    assert json.loads(next(body for attributes, body in scripts if 'id="texts"' in attributes))["brand"] == "Swiftleaf"
    assert not re.search(r"\son\w+=", page.text)


def test_all_files_that_the_index_names_are_served() -> None:
    named = set(re.findall(r"(?:src|href)=\"(/static/[^\"]+)\"", get("/").text))
    assert len(named) >= 6
    assert {path: get(path).status_code for path in named} == dict.fromkeys(named, 200)


@pytest.mark.parametrize("path", ["js/main.js", "vendor/maplibre-gl-6.17.0/maplibre-gl.mjs"])
def test_modules_have_a_type_that_browsers_accept(path: str) -> None:
    answer = get(f"/static/{path}")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


def test_own_files_are_asked_for_again_and_vendored_ones_kept() -> None:
    own = get("/static/js/main.js")
    assert own.headers["cache-control"] == "no-cache"
    assert get("/static/js/main.js", headers={"If-None-Match": own.headers["etag"]}).status_code == 304
    vendored = get("/static/vendor/maplibre-gl-6.17.0/maplibre-gl.css")
    assert "immutable" in vendored.headers["cache-control"]


def test_a_missing_file_is_not_found_and_not_kept() -> None:
    answer = get("/static/vendor/none.js")
    assert answer.status_code == 404
    assert "cache-control" not in answer.headers
