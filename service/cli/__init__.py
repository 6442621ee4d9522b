"""The command line: ``swiftleaf``. A module here holds the commands of one subject."""

from service.cli import carbon, house, keys, ledger, live, maps, meals, planning, privacy, radius, running, siting, twin
from service.cli.app import app, main
from service.cli.carbon import ReportFormat
from service.cli.planning import EngineName

__all__ = [
    "EngineName",
    "ReportFormat",
    "app",
    "carbon",
    "house",
    "keys",
    "ledger",
    "live",
    "main",
    "maps",
    "meals",
    "planning",
    "privacy",
    "radius",
    "running",
    "siting",
    "twin",
]
