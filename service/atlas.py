"""The maps that a request may name, read when first asked for and kept by the process."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import maps
from dispatch.faults import Fault, RequestError
from dispatch.online import Setup
from dispatch.request import MapTravel
from service.settings import BUNDLED_MAP


@lru_cache(maxsize=16)
def _read(path: str, _changed_ns: int) -> maps.StreetNetwork:
    try:
        return maps.read_map(path)
    except maps.MapFileError as error:
        said = str(error).replace(path, Path(path).name)  # where it lies on the server is for its operator
        raise maps.MapFileError(said) from error


def _changed_ns(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0  # reading it says what is wrong


class Atlas(Mapping[str, maps.StreetNetwork]):
    """Street networks by name: the bundled city and any map files given.

    Looking a map up reads it; every atlas of a process shares what was read, until the file is replaced.
    """

    def __init__(self, files: Mapping[str, str | Path] | None = None) -> None:
        self._files = {name: str(path) for name, path in (files or {}).items()}

    def __getitem__(self, name: str) -> maps.StreetNetwork:
        """The named map.

        Raises:
            KeyError: if there is no such name.
            maps.MapFileError: if its file cannot be read as a map.
        """
        if name == BUNDLED_MAP and name not in self._files:
            return maps.bundled_map()
        path = self._files[name]
        return _read(path, _changed_ns(path))

    def __contains__(self, name: object) -> bool:
        """Whether there is such a map, without reading it; the inherited test would."""
        return name in self._files or name == BUNDLED_MAP

    def __iter__(self) -> Iterator[str]:
        yield BUNDLED_MAP
        yield from (name for name in self._files if name != BUNDLED_MAP)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def named(self, name: str, path: str) -> maps.StreetNetwork:
        """The map that a request names at ``path``; raises a ``RequestError`` if there is none."""
        if name not in self:
            text = f"no map is called {name[:80]!r}; there are {', '.join(self)}"
            raise RequestError([Fault(path=path, text=text)])
        return self[name]

    def people(self, name: str) -> maps.Population | None:
        """Who lives on the map; known for the bundled city alone."""
        return maps.bundled_people() if name == BUNDLED_MAP and name not in self._files else None


def networks_of(setup: Setup, atlas: Mapping[str, maps.StreetNetwork]) -> dict[str, maps.StreetNetwork] | None:
    """The map that a fleet travels on, None if it travels straight; empty if there is no such map."""
    if not isinstance(setup.travel, MapTravel):
        return None
    name = setup.travel.name
    return {name: atlas[name]} if name in atlas else {}
