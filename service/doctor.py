"""``swiftleaf doctor``: is everything here, and does it work."""

import asyncio
import json
import platform
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import distribution, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import carbon
import maps
from service.db.database import Database, DatabaseError
from service.settings import Settings
from service.solve import SolveError, Workers

ROOMS = ("carbon", "dispatch", "maps", "service")
PACKAGES = ("fastapi", "sqlalchemy", "distributed", "ortools", "numba", "numpy", "scipy", "shapely", "osmium")
OWNER = "swiftleaf"


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``text`` is what was found, or what is wrong and the way out."""

    subject: str
    healthy: bool
    text: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, one finding after the other; what is broken never hides what comes after."""
    yield _try("versions", _versions)
    found = owners()
    for room in ROOMS:
        yield owner_of(room, found)
    yield _try("map", _map)
    for name, path in settings.map_files.items():
        yield _try(f"map {name}", partial(_map_file, path))
    yield _try("carbon factors", lambda: f"{len(carbon.bundled_registry())} factors")
    yield _try("database", lambda: _database(settings))
    yield _try("workers", lambda: _workers(settings))


def owners() -> dict[str, set[str]]:
    """The installed distributions that own each of the four import names.

    ``importlib.metadata.packages_distributions()`` knows them from the files that were installed. An editable
    installation installs none, only a pointer to the checkout; it owns the packages that it points to.
    """
    known = packages_distributions()
    found = {room: set(known.get(room, ())) for room in ROOMS}
    pointer = json.loads(distribution(OWNER).read_text("direct_url.json") or "{}")
    if pointer.get("dir_info", {}).get("editable"):
        checkout = Path(url2pathname(urlsplit(pointer["url"]).path))
        for room in ROOMS:
            if (checkout / room / "__init__.py").is_file():
                found[room].add(OWNER)
    return found


def owner_of(room: str, owned: Mapping[str, Collection[str]]) -> Finding:
    """Whether an import name is Swiftleaf's alone.

    The four names also exist as other projects' packages, and installers overwrite silently.

    Args:
        room: the import name.
        owned: as ``owners`` gives them.
    """
    found = sorted(owned.get(room, ()))
    subject = f"package {room}"
    spec = find_spec(room)
    place = Path(spec.origin).parent.parent if spec and spec.origin else None
    if found != [OWNER]:
        whose = ", ".join(found) or "no installed distribution"
        way_out = "install Swiftleaf alone, in an environment of its own"
        return Finding(subject, healthy=False, text=f"the import name belongs to {whose}; {way_out}")
    if place != Path(__file__).parent.parent:
        text = f"imported from {place}, which is not this Swiftleaf; remove what shadows it from the path"
        return Finding(subject, healthy=False, text=text)
    return Finding(subject, healthy=True, text=f"{OWNER}'s alone")


def _try(subject: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, healthy=True, text=look())
    except (maps.MapError, carbon.CarbonError, DatabaseError, SolveError, OSError, ImportError) as error:
        return Finding(subject, healthy=False, text=f"{error}")


def _versions() -> str:
    listed = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{OWNER} {version(OWNER)}, Python {platform.python_version()}, {listed}"


def _map() -> str:
    return f"{_one_map(maps.bundled_map())}, {maps.bundled_people().total:,.0f} people"


def _map_file(path: str) -> str:
    return _one_map(maps.read_map(path))


def _one_map(network: maps.StreetNetwork) -> str:
    info = network.info()
    return f"{info.name}: {info.edges:,} street pieces, {info.streets_km:,.0f} km"


def _database(settings: Settings) -> str:
    database = Database(settings.database)
    try:
        revision = database.migrate()
        database.ping()
    finally:
        database.close()
    return f"{database.url} at revision {revision}"


def _workers(settings: Settings) -> str:
    with Workers(1, settings.scheduler) as workers:
        served = asyncio.run(workers.probe(timeout_s=60.0))
        if served != 1:
            raise SolveError(
                f"the worker served {served} orders of the tiny problem's 1; the installation is damaged, install again"
            )
        where = settings.scheduler or "local"
        return f"{workers.count()} worker ({where}) started, warmed up and solved a tiny problem"
