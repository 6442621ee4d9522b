from pathlib import Path

import pytest

from tests.maps.drawing import ROAD, Drawing, draw


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests neither read nor leave anything in the user's cache."""
    monkeypatch.setenv("SWIFTLEAF_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def drawn(tmp_path: Path) -> Drawing:
    return draw(tmp_path, "A----B", {"AB": ROAD})
