"""The doctor notices what is broken, and goes on."""

from pathlib import Path

import pytest

from service import solve
from service.doctor import ROOMS, examine, owner_of, owners
from service.settings import Settings


def test_each_import_name_is_ours_alone() -> None:
    assert owners() == {room: {"swiftleaf"} for room in ROOMS}


@pytest.mark.parametrize("owned", [{"carbon": {"swiftleaf", "carbon"}}, {"carbon": {"carbon"}}, {}])
def test_an_import_name_shared_or_lost_is_a_fault(owned: dict[str, set[str]]) -> None:
    finding = owner_of("carbon", owned)
    assert not finding.healthy
    assert "environment of its own" in finding.text


def test_a_package_that_shadows_ours_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "shadow_of_carbon"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    finding = owner_of("shadow_of_carbon", {"shadow_of_carbon": {"swiftleaf"}})
    assert not finding.healthy
    assert str(tmp_path) in finding.text


def test_what_is_broken_is_named_and_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solve, "CONNECT_S", 1.0)
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"not a map")
    settings = Settings(
        database_url="sqlite:////dev/null/x.db", scheduler="tcp://127.0.0.1:9", maps={"broken": broken}, workers=1
    )
    findings = {finding.subject: finding for finding in examine(settings)}
    assert [name for name, finding in findings.items() if not finding.healthy] == ["map broken", "database", "workers"]
    assert "SWIFTLEAF_DATA_DIR" in findings["database"].text
    assert "tcp://127.0.0.1:9" in findings["workers"].text
    assert "451,899 people" in findings["map"].text
