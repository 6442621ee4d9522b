"""With the ``otel`` extra and two variables in the environment, traces leave; what a request said does not."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class _Collector(BaseHTTPRequestHandler):
    """Takes everything in."""

    taken: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.taken.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_traces_leave_without_what_was_said(tmp_path: Path) -> None:
    class Collector(_Collector):
        taken: list[tuple[str, bytes]] = []  # noqa: RUF012 - one list a test

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        environment = os.environ | {
            "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
        }
        command = [sys.executable, "-m", "tests.acceptance.traced", str(tmp_path)]
        subprocess.run(command, env=environment, cwd=ROOT, check=True, timeout=120)
        collector.shutdown()
    spans = b"".join(body for path, body in Collector.taken if path == "/v1/traces")
    assert b"/v1/plans" in spans
    assert b"secret-word" not in b"".join(body for path, body in Collector.taken if path != "/v1/traces")
