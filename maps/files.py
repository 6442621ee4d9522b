"""Reads any map file, with a cache for those that take time."""

import contextlib
import hashlib
import os
from pathlib import Path

import platformdirs

from maps.errors import MapFileError
from maps.osm import read_osm
from maps.streets import MAP_FORMAT, StreetNetwork

MAP_SUFFIX = ".npz"
OSM_SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.xml", ".osm.gz", ".osm.xml.gz", ".osm.bz2")

READER = 1
"""Version of what is read out of OpenStreetMap files; raise it when the same file would give other streets."""


def read_map(path: str | os.PathLike[str], *, cache: bool = True) -> StreetNetwork:
    """Read a street network.

    OpenStreetMap files are read with pyosmium and kept in the user's cache folder, found again by content: a file that
    was read before opens many times faster, whatever its name. ``SWIFTLEAF_CACHE_DIR`` names another folder; one that
    cannot be written to is no error.

    Args:
        path: An OpenStreetMap file (``.osm.pbf``, ``.osm``, ``.osm.gz``, ...) or a map file written by
            ``StreetNetwork.save`` (``.npz``).
        cache: Whether to look in the cache and write to it.

    Returns:
        The network, named after the file.

    Raises:
        MapFileError: If the file is missing, empty, damaged, of another kind, or has no streets.
    """
    source = Path(path)
    suffix = max((s for s in (*OSM_SUFFIXES, MAP_SUFFIX) if source.name.lower().endswith(s)), key=len, default="")
    if not source.is_file():
        what = "is a folder" if source.is_dir() else "there is no such file"
        raise MapFileError(f"{source}: {what}; give the path of an OpenStreetMap file (.osm.pbf or .osm)")
    if not suffix:
        raise MapFileError(
            f"{source}: not a map by its name; it must end in one of {', '.join((*OSM_SUFFIXES, MAP_SUFFIX))}"
        )
    name = source.name[: -len(suffix)]
    try:
        if source.stat().st_size == 0:
            raise MapFileError(f"{source}: the file is empty; download or export it again")
        if suffix == MAP_SUFFIX:
            return StreetNetwork.load(source, name)
        if not cache:
            return read_osm(source, name)
        with source.open("rb") as file:
            key = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MapFileError(f"{source}: cannot be read ({error.strerror}); check its permissions") from error
    return _through_cache(source, name, f"{key}-{READER}.{MAP_FORMAT}{MAP_SUFFIX}")


def cache_folder() -> Path:
    """Where read maps are kept: ``SWIFTLEAF_CACHE_DIR``, or the platform's user cache folder."""
    return (
        Path(os.environ.get("SWIFTLEAF_CACHE_DIR") or platformdirs.user_cache_dir("swiftleaf", appauthor=False))
        / "maps"
    )


def _through_cache(source: Path, name: str, key: str) -> StreetNetwork:
    kept = cache_folder() / key
    # A cache that is absent, damaged or not ours to read is the same as an empty one.
    with contextlib.suppress(MapFileError, OSError):
        return StreetNetwork.load(kept, name)
    network = read_osm(source, name)
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        network.save(kept)
    return network
