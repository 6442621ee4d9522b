"""The first key, on a terminal; and keys by the command line."""

import os
import pty
import re
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from service.hosting import _hand_over
from service.keys.secret import new_secret
from service.settings import Settings
from tests.acceptance.command import SCRIPT, swiftleaf
from tests.service.server import bearer

KEY = re.compile(r"sl_[a-z0-9]{12}_[A-Za-z0-9_-]{43}")


def test_the_first_key_is_shown_once_on_the_terminal_and_logs_in(tmp_path: Path) -> None:
    environment = os.environ | {"SWIFTLEAF_DATA_DIR": str(tmp_path / "data"), "SWIFTLEAF_WORKERS": "1"}
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [SCRIPT, "serve", "--port", "0"],
        cwd=tmp_path,
        env=environment,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as server:
        os.close(theirs)
        printed = ""
        while not re.search(r"makes another one\.\s", printed):
            printed += os.read(ours, 4_096).decode()
        os.close(ours)
        (key,) = KEY.findall(printed)
        address = re.search(r"answers at (http://\S+?)/ ", printed)
        assert address is not None
        assert f"{address[1]}/login" in printed
        with httpx.Client(base_url=address[1], timeout=30, trust_env=False) as client:
            assert client.get("/v1/plans").status_code == 401
            assert client.get("/v1/plans", headers=bearer(key)).status_code == 200
            assert client.post("/login", data={"key": key}, headers={"Origin": address[1]}).status_code == 303
            assert client.get("/").status_code == 200
        os.killpg(server.pid, signal.SIGINT)
        server.wait(60)
    kept = [
        path for path in tmp_path.rglob("*") if path.is_file() and key.split("_", 2)[2] in path.read_text("latin-1")
    ]
    assert kept == [], "it is on the terminal and nowhere else"


def test_without_a_terminal_the_first_key_is_left_to_its_owner_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = new_secret()
    _hand_over(first, "http://127.0.0.1:1/", Settings(data_dir=tmp_path / "new"))
    file = tmp_path / "new" / "admin.key"
    assert file.read_text() == f"{first.text}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    said = capsys.readouterr().out
    assert str(file) in said
    assert first.secret not in said


def test_keys_by_the_command_line(tmp_path: Path) -> None:
    made = swiftleaf(
        "key", "create", "--scope", "plans:write", "--scope", "plans:read", "--store", "a", folder=tmp_path
    )
    key = made.stdout.strip()
    assert KEY.fullmatch(key)
    key_id = key.split("_")[1]
    listed = swiftleaf("key", "list", folder=tmp_path).stdout
    assert f"{key_id}  " in listed
    assert "plans:read plans:write  a" in listed
    assert "revoked" not in listed
    assert KEY.search(listed) is None
    swiftleaf("key", "revoke", key_id, folder=tmp_path)
    assert "revoked" in swiftleaf("key", "list", folder=tmp_path).stdout
    assert "key list" in swiftleaf("key", "revoke", key_id, folder=tmp_path, code=2).stderr
    assert "--store" in swiftleaf("key", "create", "--scope", "admin", "--store", "a", folder=tmp_path, code=2).stderr
    assert "nobody is known" in swiftleaf("privacy", "erase", "order", folder=tmp_path, code=2).stderr
    assert "0 sealed anew" in swiftleaf("privacy", "rotate", folder=tmp_path).stdout
