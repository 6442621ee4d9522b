"""Asks a server once, in a process of its own: its traces go wherever the environment says."""

import sys
from pathlib import Path

from service.settings import Settings
from tests.service.server import running_without_workers

if __name__ == "__main__":
    with running_without_workers(Settings(data_dir=Path(sys.argv[1]), port=0)) as server:
        assert server.client.get("/v1/plans").status_code == 200
        assert server.client.get("/v1/plans", params={"limit": "secret-word"}).status_code == 422
