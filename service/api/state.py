"""What every route works with: settings, database, workers, and no parameter that it does not know."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated, get_args, get_origin

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant

from dispatch import Fault
from service.db.database import Database
from service.live.house import Live
from service.privacy import Sealer
from service.problems import NotFound, invalid
from service.settings import Settings
from service.solve import Workers
from service.studies.conductor import Conductor


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _workers(request: Request) -> Workers:
    workers: Workers = request.app.state.workers
    return workers


def _sealer(request: Request) -> Sealer:
    sealer: Sealer = request.app.state.sealer
    return sealer


def _live(request: Request) -> Live:
    live: Live = request.app.state.live
    return live


def _conductor(request: Request) -> Conductor:
    conductor: Conductor = request.app.state.conductor
    return conductor


def _hung_up(request: Request) -> Callable[[], Awaitable[bool]]:
    return request.is_disconnected


def _queries(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """The query parameters of a route and of all that it depends on, and whether each may be given again."""
    for field in dependant.query_params:
        kind = field.field_info.annotation
        yield field.alias, list in {get_origin(each) for each in (kind, *get_args(kind))}
    for other in dependant.dependencies:
        yield from _queries(other)


def _refuse_unknown(request: Request) -> None:
    if any("\0" in value for value in request.path_params.values()):  # PostgreSQL cannot even look for it
        raise NotFound("the address has the character NUL, which no id has")
    known = dict(_queries(request.scope["route"].dependant))
    there_are = f"there are {', '.join(known)}" if known else "there are none here"
    faults = [
        Fault(path=f"query.{name[:80]}", text=f"no such parameter; {there_are}")
        for name in request.query_params
        if name not in known
    ]
    faults += [
        Fault(path=f"query.{name}", text="is given more than once; give it once")
        for name, again in known.items()
        if not again and len(request.query_params.getlist(name)) > 1
    ]
    faults += [
        Fault(path=f"query.{name[:80]}", text="has the character NUL; leave it out")
        for name, value in request.query_params.multi_items()
        if "\0" in value
    ]
    if faults:
        raise invalid(faults)


KNOWN_PARAMETERS = Depends(_refuse_unknown)
"""For a router: a query parameter that is misspelt or given twice is refused, not ignored."""

SettingsOf = Annotated[Settings, Depends(_settings)]
DatabaseOf = Annotated[Database, Depends(_database)]
SealerOf = Annotated[Sealer, Depends(_sealer)]
WorkersOf = Annotated[Workers, Depends(_workers)]
LiveOf = Annotated[Live, Depends(_live)]
ConductorOf = Annotated[Conductor, Depends(_conductor)]
HungUp = Annotated[Callable[[], Awaitable[bool]], Depends(_hung_up)]
"""For ``Workers.run``: whether the client has hung up."""
