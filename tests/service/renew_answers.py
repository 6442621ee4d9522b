"""Asks a server for the answers that the API's document shows: ``uv run python -m tests.service.renew_answers``."""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import service
from service.app import create_app
from service.keys.secret import TEXT
from service.settings import Settings
from tests.service.real import ENDLESS, House, house_in

ANSWERS = Path(service.__file__).parent / "docs" / "answers.json"
SHOWN = 2
"""So many objects of a list are shown."""
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")


def cut_short(value: Any) -> Any:
    """The answer with the first of its lists' objects only, and no secret, though it opens nothing any more."""
    if isinstance(value, list):
        return [cut_short(each) for each in (value[:SHOWN] if value and isinstance(value[0], dict) else value)]
    if isinstance(value, dict):
        return {name: cut_short(each) for name, each in value.items()}
    if isinstance(value, str):
        return SECRET.sub("whsec_" + 43 * "A" + "=", TEXT.sub(lambda key: f"sl_{key[1]}_" + 43 * "A", value))
    return value


def answers_of(house: House, path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    """What a request that succeeds is answered with, by status; the same again, if that has another one."""
    real = house.real(operation["operationId"])
    json_ones = [
        status
        for status, said in operation["responses"].items()
        if status.startswith("2") and any(name.endswith("json") for name in said.get("content", {}))
    ]
    found = {}
    for _ in json_ones:
        body = {"content" if isinstance(real.body, bytes) else "json": real.body}
        headers, query = dict(real.headers), dict(real.query)
        answer = house.server.client.request(method, path.format(**real.path), params=query, headers=headers, **body)
        answer.raise_for_status()
        found[str(answer.status_code)] = cut_short(answer.json())
    return found


def renew() -> None:
    """Write the answers down."""
    document = create_app(Settings(port=0)).openapi()
    found = {}
    with tempfile.TemporaryDirectory() as folder, house_in(Path(folder)) as house:
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if operation["operationId"] not in ENDLESS:
                    found[operation["operationId"]] = answers_of(house, path, method, operation)
    shown = {name: answers for name, answers in found.items() if answers}
    ANSWERS.write_text(json.dumps(shown, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    renew()
