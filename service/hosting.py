"""The commands that start the server."""

from service import logs
from service.db.database import Database, DatabaseError
from service.db.plans import PlanRepository
from service.demo import Demo
from service.files import UsageError
from service.server import listen, serve, url_of
from service.settings import Settings


def say(line: str) -> None:
    """Tell the person who started the server; at once, even through a pipe."""
    print(line, flush=True)  # noqa: T201 - this is what it is for


def host(settings: Settings) -> None:
    """Serve the API and the page until interrupted. Raises ``UsageError`` if that cannot be done."""
    logs.configure()
    bound = listen(settings.host, settings.port)
    say("Starting the server ...")
    serve(settings, bound, lambda: say(f"Swiftleaf answers at {url_of(bound)} (Ctrl-C stops it)"))


def host_demo(settings: Settings, demo: Demo) -> None:
    """The same with the demo's plan in the database, on the next free port if the wanted one is taken."""
    logs.configure()
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
    database = Database(url)
    try:
        database.migrate()
        with database.transaction() as session:
            PlanRepository(session).add(demo.request.model_dump_json(), demo.documents())
    finally:
        database.close()
