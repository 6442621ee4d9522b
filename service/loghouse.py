"""What the command line does with a fleet's log. Every mistake of the user leaves as a ``UsageError``."""

from pathlib import Path

from dispatch import RequestError
from dispatch.online import Log, LogError
from service.atlas import Atlas, networks_of
from service.files import UsageError, check_writable, fault_lines
from service.keyhouse import opened
from service.live.careful import dispatcher_of
from service.live.replay import Difference, first_difference, read_entries, read_setup
from service.settings import read_settings


def replay(fleet_id: str, out: Path | None) -> Difference | int:
    """Decide a fleet's log again, and write it as JSON lines to ``out`` if that is given.

    Returns:
        The first difference, or how many events gave the same bytes.
    """
    settings = read_settings()
    with opened() as database:
        setup = read_setup(database, fleet_id)
        if setup is None:
            raise UsageError(f"no fleet has the id {fleet_id!r}; GET /v1/fleets lists them")
        if out is not None:
            check_writable(str(out))
        try:
            dispatcher = dispatcher_of(setup, networks_of(setup, Atlas(settings.map_files)))
        except RequestError as error:
            way_out = "a map of your own is named by SWIFTLEAF_MAPS, as the server has it"
            raise UsageError(*fault_lines(f"fleet {fleet_id}", error.faults), way_out) from None
        try:
            if out is not None:
                out.unlink(missing_ok=True)
                with Log(out) as log:
                    for entry in read_entries(database, fleet_id):
                        log.append(entry.event, entry.looks, entry.decisions)
            return first_difference(dispatcher, read_entries(database, fleet_id))
        except LogError as error:
            raise UsageError(str(error)) from None
