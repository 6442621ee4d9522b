"""Every command and every example of the README, run as written but for the installer in front of it."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
INSTALL = "python3 -m pip install uv && "
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]
SERVERS = [INSTALL + "uv run swiftleaf demo", "uv run swiftleaf serve --port 8000 --map out/mycity.osm.pbf"]
SELF = INSTALL + "uv run pytest"
CURLS = [command for command in COMMANDS if command.startswith("curl")]
KEYS = [command for command in COMMANDS if command.startswith("KEY=$(")]
PLAIN = [command for command in COMMANDS if command not in {*SERVERS, *CURLS, *KEYS, SELF}]


PREPARING = [command for command in PLAIN if "demo --once" in command or "mycity" in command]
"""What makes the files that the server and the curl commands want."""


def run(command: str, folder: Path, environment: dict[str, str]) -> str:
    """Run a command in a shell, in this environment in place of the one that ``uv run`` would make."""
    here = re.sub(r"^uv run (--extra \w+ )?", "", command.removeprefix(INSTALL))
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", here],
        cwd=folder,
        env=environment | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def words(command: str) -> list[str]:
    """The command for this environment: its own ``swiftleaf`` or ``python`` in place of ``uv run``'s."""
    tool, *rest = shlex.split(command.removeprefix(INSTALL).removeprefix("uv run "))
    here = {"swiftleaf": str(Path(sys.executable).parent / "swiftleaf"), "python": sys.executable}
    return [here.get(tool, tool), *rest]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the repository's root to the commands, and takes what they write."""
    folder = tmp_path_factory.mktemp("readme")
    for name in ("maps", "tests"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.fixture(scope="module")
def environment(folder: Path) -> dict[str, str]:
    return os.environ | {"SWIFTLEAF_DATA_DIR": str(folder / "data"), "PYTHONPATH": str(ROOT)}


def test_the_readme_is_read() -> None:
    assert SELF in COMMANDS
    assert all(server in COMMANDS for server in SERVERS)
    assert len(PLAIN) >= 6
    assert len(CURLS) >= 3
    assert len(KEYS) == 1


@pytest.mark.timeout(900)  # together they plan, simulate and measure for a minute or two
def test_plain_commands_succeed_in_their_order(folder: Path, environment: dict[str, str]) -> None:
    for command in PLAIN:
        run(command, folder, environment)


@pytest.fixture
def server(request: pytest.FixtureRequest, folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """The address that a server prints, started by the README's command; stopped as a person would, by Ctrl-C."""
    if "mycity" in request.param and not (folder / "out").exists():
        for preparing in PREPARING:
            run(preparing, folder, environment)
    command = [word.replace("8000", "0") for word in words(request.param)]
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = ""
    try:
        for line in process.stdout:
            printed += line
            if found := re.search(r"(?:answers|page) at (http://[\w.]+:\d+)", line):
                yield found[1]
                break
        else:
            pytest.fail(f"the server stopped without an address\n{printed}")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        process.stdout.close()


@pytest.mark.parametrize("server", SERVERS[:1], indirect=True)
def test_the_demo_serves_a_page_with_its_plan(server: str) -> None:
    with urlopen(server + "/v1/plans", timeout=30) as answer:  # noqa: S310 - our own address
        assert b'"done"' in answer.read()
    with urlopen(server + "/", timeout=30) as page:  # noqa: S310 - our own address
        assert b"<html" in page.read()


@pytest.mark.parametrize("server", SERVERS[1:], indirect=True)
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_commands_get_their_answers(server: str, folder: Path, environment: dict[str, str]) -> None:
    key = run(KEYS[0].removeprefix("KEY=$(").removesuffix(")"), folder, environment).strip()
    for command in CURLS:
        asked = command.replace("localhost:8000", server) + " --fail-with-body"
        run(asked, folder, environment | {"KEY": key})


def test_the_python_examples_run_one_after_the_other(environment: dict[str, str], folder: Path) -> None:
    example = "".join(re.findall(r"```python\n(.*?)```", README, re.DOTALL))
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "served=60" in done.stdout
    assert "kind='quoted'" in done.stdout
