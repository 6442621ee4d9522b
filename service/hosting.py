"""The commands that start the server."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from service.db.database import Database, DatabaseError
from service.db.plans import PlanRepository
from service.demo import Demo
from service.files import UsageError
from service.keys.register import create_first
from service.keys.secret import Secret
from service.port import listen, url_of
from service.server import serve
from service.settings import Settings
from service.solve import awaited

FIRST_KEY_FILE = "admin.key"
"""Where the first key is left in the data folder, for its owner alone, if there is no terminal to show it on."""


def say(line: str) -> None:
    """Tell the person who started the server; at once, even through a pipe."""
    print(line, flush=True)  # noqa: T201 - this is what it is for


def host(settings: Settings) -> None:
    """Serve the API and the pages until interrupted. Raises ``UsageError`` if that cannot be done."""
    bound = listen(settings.host, settings.port)
    try:
        first = _first_key(settings) if settings.auth == "keys" else None
    except DatabaseError as error:
        bound.close()
        raise UsageError(str(error)) from None

    def ready() -> None:
        say(f"Swiftleaf answers at {url_of(bound)} (Ctrl-C stops it)")
        if first is not None:
            _hand_over(first, url_of(bound), settings)

    say("Starting the server ...")
    waits = f"Listening at {url_of(bound)}; waiting for {awaited(settings.scheduler)} ..."
    serve(settings, bound, ready, on_listening=lambda: say(waits))


def _first_key(settings: Settings) -> Secret | None:
    """An admin key if the database has none yet."""
    with _opened(settings.database) as database:
        return create_first(database)


def _hand_over(first: Secret, url: str, settings: Settings) -> None:
    """Show the first key to the person at the terminal; where nobody is, output is a log, so leave it in a file."""
    if sys.stdout.isatty():
        say(f"\nThis is the admin key, shown this once: {first.text}")
        say(f"Paste it at {url}login, or send it as `Authorization: Bearer ...`.")
        say("If it gets lost, `swiftleaf key create --scope admin` makes another one.\n")
        return
    file = settings.data_dir / FIRST_KEY_FILE
    file.unlink(missing_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(f"{first.text}\n")
    say(f"The admin key is in {file}; paste it at {url}login, put it into safe keeping and remove the file.")


def host_demo(settings: Settings, demo: Demo) -> None:
    """The same with the demo's plan in the database, on the next free port if the wanted one is taken."""
    bound = listen(settings.host, settings.port, next_free=True)
    number = bound.getsockname()[1]
    if settings.port not in {0, number}:
        say(f"Port {settings.port} is taken; using {number}.")
    try:
        _store(settings.database, demo)
    except DatabaseError as error:
        bound.close()
        raise UsageError(str(error)) from None
    say("Starting the server ...")
    ready = f"The plan is on the page at {url_of(bound)} (Ctrl-C stops the server)"
    serve(settings, bound, lambda: say(ready), access_log=False)


def _store(url: str, demo: Demo) -> None:
    with _opened(url) as database, database.transaction() as session:
        stores = [store.id for store in demo.request.stores]
        PlanRepository(session).add(demo.request.model_dump_json(), demo.documents(), stores=stores)


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    """The database at ``url``, brought to the newest revision, for a moment."""
    database = Database(url)
    try:
        database.migrate()
        yield database
    finally:
        database.close()
