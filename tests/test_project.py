"""Truths about the project itself: its pins, its layers' names, its public names."""

import importlib
import inspect
import re
import tomllib
from pathlib import Path

import pytest

from service.doctor import owners

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("carbon", "dispatch", "maps", "service")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_both_lists_of_pins_are_the_same() -> None:
    pins = PROJECT["tool"]["uv"]["constraint-dependencies"]
    assert pins == (ROOT / "constraints.txt").read_text().split()
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+", pin) for pin in pins)


def test_every_requirement_is_pinned() -> None:
    asked = PROJECT["project"]["dependencies"] + [
        name for group in PROJECT["dependency-groups"].values() for name in group
    ]
    pinned = {pin.split("==")[0] for pin in (ROOT / "constraints.txt").read_text().split()}
    assert {re.split(r"[\[<>=; ]", name)[0] for name in asked} <= pinned


@pytest.mark.parametrize("room", ROOMS)
def test_each_import_name_belongs_to_swiftleaf_alone(room: str) -> None:
    assert owners()[room] == {"swiftleaf"}
    assert Path(str(importlib.import_module(room).__file__)).parent == ROOT / room


@pytest.mark.parametrize("room", ["carbon", "dispatch", "maps"])
def test_all_is_sorted_and_every_name_documented(room: str) -> None:
    module = importlib.import_module(room)
    constants_first = sorted(module.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert module.__all__ == constants_first
    for name in module.__all__:
        item = getattr(module, name)
        if inspect.isclass(item) or inspect.isfunction(item):
            assert item.__doc__, f"{room}.{name} has no docstring"


def test_ci_runs_the_readmes_test_command() -> None:
    command = "python3 -m pip install uv && uv run pytest"
    assert command in (ROOT / "README.md").read_text()
    assert f"\n{command}\n" in (ROOT / ".ci" / "run").read_text()


def test_the_top_level_is_the_designs() -> None:
    tracked = {
        path.name for path in ROOT.iterdir() if not path.name.startswith(".") and path.name not in {"uv.lock", "out"}
    }
    standing = {"LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "constraints.txt", "pyproject.toml", "README.md"}
    assert tracked - standing - {"dist", "htmlcov"} == {*ROOMS, "tests"}


def test_nothing_names_a_package_registry() -> None:
    """Addresses of registries belong to a lock file, which stays out of git."""
    hosts = re.compile("files" + r"\.pythonhosted|registry\." + r"npmjs|deb\." + "debian", re.IGNORECASE)
    text = (".py", ".toml", ".md", ".txt", ".html", ".js", ".css", ".yml", ".json")
    named = [
        path
        for folder in (*ROOMS, "tests", ".ci")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in text and "vendor" not in path.parts and hosts.search(path.read_text(errors="ignore"))
    ]
    assert named == []
