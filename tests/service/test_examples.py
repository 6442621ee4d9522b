"""The examples for operators: files that parse, whose commands and settings exist."""

import configparser
from pathlib import Path

import typer
import yaml

import service
from service.cli import app
from service.settings import Settings

DOCS = Path(service.__file__).parent / "docs"
SETTINGS = {f"SWIFTLEAF_{name.upper()}" for name in Settings.model_fields} | {"SWIFTLEAF_CACHE_DIR"}


def refuse_unknown(words: list[str]) -> None:
    """Fail if a ``swiftleaf`` command line names a command or an option that is not there."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert words[1] in commands
    options = {option for parameter in commands[words[1]].params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_the_unit_starts_what_there_is_and_waits_for_the_longest_search() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # names of settings are in capitals
    unit.read(DOCS / "swiftleaf.service")
    run = unit["Service"]
    refuse_unknown(run["ExecStart"].split())
    assert int(run["TimeoutStopSec"]) > Settings(port=0).max_time_limit_s + 5
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_the_compose_file_starts_what_there_is() -> None:
    file = yaml.safe_load((DOCS / "compose.yaml").read_text())
    started = [each["command"] for each in file["services"].values() if "swiftleaf" in str(each.get("command"))]
    assert {words[1] for words in started if words[0].endswith("/swiftleaf")} == {"scheduler", "worker", "serve"}
    for words in started:
        if words[0].endswith("/swiftleaf"):
            refuse_unknown(words)
    for each in file["services"].values():
        named = (
            {name for name in each["environment"] if name.startswith("SWIFTLEAF_")} if "environment" in each else set()
        )
        assert named <= SETTINGS
        assert set(each.get("depends_on", ())) <= set(file["services"])


def test_the_book_names_commands_that_exist() -> None:
    for line in (DOCS / "operating.md").read_text().splitlines():
        if line.startswith("swiftleaf "):
            refuse_unknown(line.split())
