"""``swiftleaf serve`` in a process of its own, which a test may kill."""

import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx

from tests.acceptance.command import SCRIPT

ANSWERS = re.compile(rb"answers at (http://\S+/)")
LISTENS = re.compile(rb"Listening at (http://\S+/);")


class Server:
    """A server without keys, and a client of it.

    Args:
        folder: of its data; what it says goes to ``server.log`` there.
        warm: wait until plans can be made; else until everything but them is answered.
        settings: more of them, as in the environment, without ``SWIFTLEAF_``.
    """

    def __init__(self, folder: Path, *, warm: bool = True, **settings: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        given = {"DATA_DIR": folder / "data", "AUTH": "off", "WORKERS": 1, "ADDRESS_BURST": 100_000} | settings
        environment = os.environ | {f"SWIFTLEAF_{name}": str(value) for name, value in given.items()}
        self._log = (folder / "server.log").open("ab")
        self._process = subprocess.Popen(
            [SCRIPT, "serve", "--port", "0"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        said, line_of = b"", ANSWERS if warm else LISTENS
        while not line_of.search(said):
            line = self._process.stdout.readline()
            assert line, f"the server did not start:\n{(folder / 'server.log').read_text()}"
            said += line
        found = line_of.search(said)
        assert found is not None
        self.client = httpx.Client(base_url=found[1].decode(), timeout=30, trust_env=False)

    @property
    def pid(self) -> int:
        """Of the process that answers."""
        return self._process.pid

    def kill(self) -> None:
        """End it at once, workers and all, as a power cut would."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._end()

    def stop(self) -> int:
        """Ask it to end; returns its exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._end()

    def _end(self) -> int:
        code = self._process.wait(60)
        self.client.close()
        self._log.close()
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code
