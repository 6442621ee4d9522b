"""Bytes of a ledger's file: its lock, its whole lines, and what makes the disk keep it."""

import os
import sys
from pathlib import Path

from carbon.errors import LedgerError

BLOCK_BYTES = 1 << 16


def lock(file: int, *, shared: bool = False) -> None:
    """Wait for the lock on an open ledger: alone to write, or ``shared`` to read.

    Raises:
        LedgerError: to write, where the system has no such locks (Windows); there ledgers can be read and verified.
    """
    if sys.platform == "win32":
        if shared:
            return
        raise LedgerError("a ledger needs file locks that this system does not have; keep it on Linux or macOS")
    import fcntl  # noqa: PLC0415 - not there on Windows, where the rest of the room works

    fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)


def whole_bytes(file: int, size: int) -> int:
    """Bytes up to and with the last line end of the first ``size`` bytes; 0 if there is none."""
    stop = size
    while stop > 0:
        start = max(0, stop - BLOCK_BYTES)
        found = read_bytes(file, start, stop).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        stop = start
    return 0


def read_bytes(file: int, start: int, stop: int) -> bytes:
    """Bytes of the file from ``start`` up to ``stop``."""
    parts = []
    while start < stop and (part := os.pread(file, stop - start, start)):
        parts.append(part)
        start += len(part)
    return b"".join(parts)


def sync_folder(folder: Path) -> None:
    """Make the disk keep a new file's name."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
