"""Writes the API's document down: ``uv run python -m tests.service.renew_openapi``."""

import json

from tests.service.test_openapi import SNAPSHOT, document

if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(document(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
