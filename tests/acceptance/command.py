"""Runs ``swiftleaf`` as its users do: the console script, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(sys.executable).with_name("swiftleaf")


def swiftleaf(*arguments: str, folder: Path, code: int = 0, given: bytes = b"") -> subprocess.CompletedProcess[str]:
    """Run ``swiftleaf ARGUMENTS`` in ``folder``; check the exit code, and that nobody is shown a traceback."""
    environment = os.environ | {"SWIFTLEAF_DATA_DIR": str(folder / "data"), "COLUMNS": "200", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [SCRIPT, *arguments], cwd=folder, env=environment, input=given, capture_output=True, timeout=120, check=False
    )
    said = subprocess.CompletedProcess(arguments, done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in said.stdout + said.stderr, said.stderr
    assert said.returncode == code, said.stdout + said.stderr
    return said
