"""The maps that were sent to a server: files in its data folder, one a map, never changed.

A fleet's log is decided again on the map that it was decided on, so a name keeps its map from its first fleet on.
"""

import hashlib
import os
import time
from pathlib import Path

FOLDER = "maps"
DAY_S = 86_400.0
UNFINISHED = ".upload-"
"""What the names of files begin with that are still coming in; they lie in the data folder itself."""
SUFFIXES = (".osm.pbf", ".osm")
"""Of the files that may be sent: compressed XML would unpack to whatever size."""


def map_name(file_name: str) -> tuple[str, str] | None:
    """The name of a map and the suffix of its file, None if that is of another kind."""
    suffix = next((each for each in SUFFIXES if file_name.endswith(each)), None)
    return None if suffix is None else (file_name.removesuffix(suffix), suffix)


def sent_maps(data_dir: Path) -> dict[str, Path]:
    """The files of the maps that were sent, by name."""
    folder = data_dir / FOLDER
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return {named[0]: path for path in found if (named := map_name(path.name)) is not None}


def put_away(upload: Path, data_dir: Path, file_name: str) -> None:
    """Give a file that has come in its place, for good.

    Raises:
        FileExistsError: if there is one.
        OSError: if the data folder cannot be written to.
    """
    folder = data_dir / FOLDER
    folder.mkdir(exist_ok=True)
    with upload.open("rb") as file:
        os.fsync(file.fileno())
    os.link(upload, folder / file_name)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_same(first: Path, second: Path) -> bool:
    """Whether two files hold the same."""
    digests = []
    for path in (first, second):
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").digest())
    return digests[0] == digests[1]


def sweep_uploads(data_dir: Path) -> None:
    """Remove files that were coming in a day ago, and are not any more."""
    for path in data_dir.glob(f"{UNFINISHED}*"):
        if path.stat().st_mtime < time.time() - DAY_S:
            path.unlink(missing_ok=True)
