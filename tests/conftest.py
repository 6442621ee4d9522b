"""The sequence of the tests; and what hypothesis draws: new examples for a developer, the same ones in CI."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, database=None)
if os.environ.get("CI"):
    settings.load_profile("ci")

LONGEST = ("test_readme.py", "acceptance", "browser", "service")
"""Files and folders whose tests start servers and commands; with these last, one process would wait for the other."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, each file still in its own sequence."""
    here = Path(__file__).parent
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.relative_to(here).parts[0], len(ranks)))
