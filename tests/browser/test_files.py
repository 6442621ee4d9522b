"""The files of the page, without a browser: vendored ones untouched, sentences complete, types right."""

import hashlib
import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx
import pytest
from fastapi import FastAPI

import dispatch
from service.pages import STATIC_DIR, router, static_files
from service.pages.render import LANGUAGES
from service.settings import Settings

PAGES = STATIC_DIR.parent
SUFFIXES = {".js", ".css", ".html", ".svg", ".py"}
OWN_FILES = [path for path in sorted(PAGES.rglob("*")) if path.suffix in SUFFIXES and "vendor" not in path.parts]
VENDORED = sorted((STATIC_DIR / "vendor").iterdir())
HARMLESS = {"http://www.w3.org/2000/svg", "https://www.openstreetmap.org/copyright"}
"""A namespace, and the link that the licence of the map asks for; neither is fetched."""


def get(path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """Ask an application that has nothing but the page."""
    app = FastAPI()
    app.state.settings = Settings(auth="off")
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
    licence = (folder / "LICENSE.txt").read_text()
    permits = ("Redistribution and use in source and binary forms", "Permission is hereby granted", "Permission to use")
    assert any(words in licence for words in permits)


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


def texts(language: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((PAGES / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    return found


def test_every_sentence_is_there_and_is_used() -> None:
    known = leaves(texts("en"))
    code = "\n".join(path.read_text() for path in OWN_FILES)
    asked = set(re.findall(r"say\(\s*\"([\w.]+)\"", code)) | set(re.findall(r"\btexts\.(\w+)", code))
    assert asked - known - {"js"} == set()
    groups = (*re.findall(r"say\(`([\w.]+)\$\{", code), *re.findall(r"texts\[\"(\w+)\" ~", code))
    words = set(re.findall(r"\"(\w+)\"", code))
    unused = {key for key in known - asked - words if not key.startswith(groups)}
    assert unused == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences_with_the_same_places(language: str) -> None:
    mine, english = (dict(flat(texts(each))) for each in (language, "en"))
    assert set(mine) == set(english)
    places = {key: set(re.findall(r"{(\w+)}", text)) for key, text in mine.items()}
    assert {key for key in english if places[key] - set(re.findall(r"{(\w+)}", english[key]))} == set()
    assert all(mine.values())


def test_chinese_is_chinese() -> None:
    same = {"brand", "home_title", "planned_for"}
    plain = {key: text for key, text in flat(texts("zh")) if not re.search(r"[\u4e00-\u9fff]", text)}
    assert set(plain) <= same


def flat(found: dict[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each sentence by its dotted path; of a plural, its ``other``."""
    for key, value in found.items():
        if isinstance(value, dict) and "other" in value:
            yield prefix + key, value["other"]
        elif isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value)


PATHS = ["/", "/board", "/board/some", "/plans", "/radius", "/carbon"]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_speaks_the_language_that_is_asked_for(path: str) -> None:
    chinese = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
    assert '<html lang="zh"' in get(path, chinese).text
    assert '<html lang="en"' in get(path, {"Accept-Language": "fr, en;q=0.2, zh;q=0.1"}).text
    assert '<html lang="en"' in get(path, {"Accept-Language": "fr;q=x"}).text
    assert '<html lang="en"' in get(path, {**chinese, "Cookie": "swiftleaf_language=en"}).text
    switched = get(f"{path}?lang=zh&plan=1", {"Cookie": "swiftleaf_language=en"})
    assert '<html lang="zh"' in switched.text
    assert 'href="?plan=1&amp;lang=en"' in switched.text
    assert switched.cookies["swiftleaf_language"] == "zh"


def test_a_page_keeps_the_theme_that_was_chosen() -> None:
    assert 'data-theme="dark"' in get("/plans", {"Cookie": "swiftleaf_theme=dark"}).text
    assert "data-theme" not in get("/plans", {"Cookie": 'swiftleaf_theme="><script>'}).text


def test_every_reason_packaging_and_cost_term_has_words() -> None:
    known = leaves(json.loads((PAGES / "texts" / "en.json").read_text(encoding="utf-8")))
    assert {f"reasons.{code}" for code in dispatch.Reason} <= known
    assert {f"packaging_names.{name}" for name in dispatch.Packaging} <= known
    assert {f"cost_{term}" for term in dispatch.Cost.model_fields if term != "total"} <= known


@pytest.mark.parametrize("path", PATHS)
def test_a_page_runs_no_inline_script_and_has_no_inline_style(path: str) -> None:
    page = get(path)
    assert page.status_code == 200
    assert '<html lang="en">' in page.text
    assert not re.search(r"<style|\sstyle=", page.text)
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page.text, re.DOTALL)
    assert all("src=" in attributes or 'type="application/json"' in attributes for attributes, _ in scripts)
    assert json.loads(next(body for attributes, body in scripts if 'id="texts"' in attributes))["brand"] == "Swiftleaf"
    assert not re.search(r"\son\w+=", page.text)


@pytest.mark.parametrize("path", PATHS)
def test_all_files_that_a_page_names_are_served(path: str) -> None:
    named = set(re.findall(r"(?:src|href)=\"(/static/[^\"]+)\"", get(path).text))
    assert len(named) >= 5
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


def test_vendored_files_are_compressed_once_and_are_the_same() -> None:
    path = "/static/vendor/maplibre-gl-6.17.0/maplibre-gl.mjs"
    plain, packed = (get(path, headers={"Accept-Encoding": coding}) for coding in ("identity", "gzip"))
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 3
    assert packed.content == plain.content
    assert packed.headers["content-type"] == plain.headers["content-type"]
    assert get(path, headers={"Range": "bytes=0-9"}).status_code == 206


@pytest.mark.parametrize("path", PATHS)
def test_a_page_names_all_modules_that_it_comes_to(path: str) -> None:
    page = get(path).text
    named = re.findall(r"<link rel=\"modulepreload\" href=\"/static/([^\"]+)\"", page)
    entries = re.findall(r"<script type=\"module\" src=\"/static/([^\"]+)\"", page)
    reached = {posixpath.normpath(each) for each in entries}
    for each in sorted(reached | set(named)):
        if not each.startswith("vendor/"):
            code = (STATIC_DIR / each).read_text(encoding="utf-8")
            imported = re.findall(r"from \"(\.[^\"]+)\"", code)
            reached |= {posixpath.normpath(posixpath.join(posixpath.dirname(each), other)) for other in imported}
    assert reached == set(named)


def test_a_missing_file_is_not_found_and_not_kept() -> None:
    answer = get("/static/vendor/none.js")
    assert answer.status_code == 404
    assert "cache-control" not in answer.headers
