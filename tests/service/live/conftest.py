"""An empty database of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.db.database import Database
from tests.service.postgres import fresh_database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/swiftleaf.db" if request.param == "sqlite" else fresh_database())
    opened.migrate()
    yield opened
    opened.close()
