"""``swiftleaf doctor`` from outside."""

import platform
from pathlib import Path

from tests.acceptance.command import swiftleaf


def test_doctor_reports_on_everything(tmp_path: Path) -> None:
    lines = swiftleaf("doctor", folder=tmp_path).stdout.splitlines()
    subjects = [line.removeprefix("ok   ").split(":")[0] for line in lines[:-1]]
    rooms = [f"package {room}" for room in ("carbon", "dispatch", "maps", "service")]
    assert subjects == ["versions", *rooms, "map", "carbon factors", "database", "workers"]
    assert platform.python_version() in lines[0]
    assert "coquimbo" in lines[5]
    assert str(tmp_path / "data") in lines[7]
    assert "solved a tiny problem" in lines[8]
    assert lines[-1] == "All is well."
