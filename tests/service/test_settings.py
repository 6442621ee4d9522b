"""Settings: from the environment, checked, with defaults that bind to this machine alone."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings import BUNDLED_MAP, Settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SWIFTLEAF_{name.upper()}", raising=False)


def test_defaults() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.workers, settings.scheduler) == ("127.0.0.1", 8000, 2, None)
    assert settings.max_body_bytes == 16 * 1024 * 1024
    assert settings.max_time_limit_s == 30
    assert settings.database == f"sqlite:///{settings.data_dir / 'swiftleaf.db'}"
    assert settings.map_files == {}


def test_environment_and_options(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    city = tmp_path / "city.osm.pbf"
    city.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SWIFTLEAF_PORT", "9000")
    monkeypatch.setenv("SWIFTLEAF_MAPS", '{"city": "city.osm.pbf"}')
    assert Settings().port == 9000
    assert Settings(port=9001).port == 9001
    assert Settings().map_files == {"city": str(city)}
    assert Settings(database_url="sqlite://").database == "sqlite://"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("WORKERS", "0"),
        ("MAX_TIME_LIMIT_S", "inf"),
        ("MAPS", '{"a": "/nowhere.osm.pbf"}'),
        ("SCHEDULER", "host"),
        ("SCHEDULER", "tcp://host:99999"),
        ("SCHEDULER", "http://host:8786"),
    ],
)
def test_unusable_settings_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SWIFTLEAF_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_bundled_maps_name_is_taken() -> None:
    with pytest.raises(ValidationError, match="give your map another"):
        Settings(maps={BUNDLED_MAP: Path(__file__)})
