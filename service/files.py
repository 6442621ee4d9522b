"""Reads and writes the command line's documents; every mistake is one sentence, never a traceback."""

import os
import sys
import tempfile
from codecs import BOM_UTF8
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import dispatch

STREAM = "-"
"""In place of a file name: standard input or standard output."""


class UsageError(Exception):
    """Raised when the command line was given something it cannot use; ``lines`` says what, and the way out."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


def read_document(name: str, limit_bytes: int) -> bytes:
    """The bytes of a JSON file, or of standard input for ``-``, without the mark that editors of Windows put first.

    Raises:
        UsageError: if it cannot be read, or is over ``limit_bytes``.
    """
    try:
        if name == STREAM:
            document = sys.stdin.buffer.read(limit_bytes + 1)
        else:
            with Path(name).open("rb") as file:
                document = file.read(limit_bytes + 1)
    except OSError as error:
        raise UsageError(
            f"{name}: cannot be read ({error.strerror}); give the path of a JSON file, or - for standard input"
        ) from None
    if len(document) > limit_bytes:
        raise UsageError(
            f"{name}: over the limit of {limit_bytes} bytes; send fewer orders, or raise SWIFTLEAF_MAX_BODY_BYTES"
        )
    return document.removeprefix(BOM_UTF8)


def check_writable(name: str) -> None:
    """Find out before the work, not after it, that a file cannot be written.

    Raises:
        UsageError: if ``name`` is a folder, or its folder does not exist or refuses.
    """
    if name == STREAM:
        return
    path = Path(name)
    try:
        if path.is_dir():
            raise UsageError(f"{name}: is a folder; give a file name")
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise UsageError(f"{name}: cannot be written ({error.strerror}); give another --out") from None


def make_folder(folder: Path, names: "Iterable[str]") -> None:
    """Make the output folder, and find out before the work that these files can be written in it.

    Raises:
        UsageError: if it cannot be made, or one of them cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made a folder ({error.strerror}); give another --out") from None
    for name in names:
        check_writable(str(folder / name))


def write_document(name: str, text: str) -> None:
    """Write a file whole or not at all, or standard output for ``-``.

    Raises:
        UsageError: if it cannot be written.
    """
    if name == STREAM:
        sys.stdout.write(text + "\n")
        return
    write_bytes(name, f"{text}\n".encode())


def write_bytes(name: str, content: bytes) -> None:
    """Write a file whole or not at all, or standard output for ``-``.

    Raises:
        UsageError: if it cannot be written.
    """
    if name == STREAM:
        sys.stdout.buffer.write(content)
        return
    path = Path(name)
    temporary = None
    try:
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise UsageError(f"{name}: cannot be written ({error.strerror}); give another --out") from None


def _umask() -> int:
    """The process's umask, which can only be read by setting it; temporary files are private otherwise."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def fault_lines(name: str, faults: "Iterable[dispatch.Fault]") -> list[str]:
    """One line for each fault: file, JSON path, what is wrong."""
    return [f"{name}: {fault.path}: {fault.text}" for fault in faults]
