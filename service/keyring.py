"""Keys that seal and sign what this server gives out or keeps, in a file that only its owner reads.

What is sealed is a Fernet token: AES-128 in CBC mode with HMAC-SHA256 over it and its time. The newest key seals, any
of them opens, so a key is changed without a moment in which anything cannot be read.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

OWNER_ONLY = 0o600


class KeyRingError(Exception):
    """Raised when keys cannot be read or written; names the file or setting and the way out, never a key."""


class SealError(Exception):
    """Raised when nothing on the ring opens a token, or the token is too old."""


class KeyRing:
    """Keys, the newest first.

    Args:
        keys: of 32 bytes each in URL-safe base64, as ``new_key`` makes them.
        source: where they are from, for errors.

    Raises:
        KeyRingError: if there is none, or one is not a key.
    """

    def __init__(self, keys: Sequence[str], source: str) -> None:
        try:
            self._fernets = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise KeyRingError(
                f"{source}: needs one key a line, or between commas, of 32 bytes in URL-safe base64 each"
            ) from None
        self._keys = tuple(keys)

    @classmethod
    def read(cls, file: Path) -> Self:
        """The keys of ``file``; made with one new key if it is not there.

        Raises:
            KeyRingError: if that cannot be done.
        """
        try:
            if not file.exists():
                _write_new(file, [new_key()])
            return cls(file.read_text(encoding="ascii").split(), str(file))
        except (OSError, UnicodeDecodeError) as error:
            raise KeyRingError(f"{file}: keys cannot be read or written there ({error})") from error

    @classmethod
    def read_fresh(cls, file: Path, max_age_s: float, keep: int = 2) -> Self:
        """The same, with a new key in front if the newest is older than ``max_age_s``; ``keep`` of them remain."""
        ring = cls.read(file)
        if time.time() - file.stat().st_mtime > max_age_s:
            return ring.rotate(file, keep)
        return ring

    def rotate(self, file: Path, keep: int | None = None) -> Self:
        """Put a new key in front of the file's; ``keep`` of them remain, or all. Raises ``KeyRingError``."""
        return self.replace(file, [new_key(), *self._keys][:keep])

    def retire(self, file: Path, keep: int) -> Self:
        """Leave only the ``keep`` newest keys in the file, once the others open nothing. Raises ``KeyRingError``."""
        return self.replace(file, self._keys[:keep])

    def replace(self, file: Path, keys: Sequence[str]) -> Self:
        """Write ``keys`` in place of the file's, at once or not at all. Raises ``KeyRingError``."""
        made = file.with_name(f"{file.name}.{uuid4().hex}")
        try:
            _write_new(made, keys)
            made.replace(file)
        except OSError as error:
            raise KeyRingError(f"{file}: keys cannot be written there ({error})") from error
        return type(self)(keys, str(file))

    def seal(self, content: bytes) -> bytes:
        """A token that holds ``content``, and when it was sealed, for nobody else to read or change."""
        return self._fernets.encrypt(content)

    def open(self, token: bytes, max_age_s: int | None = None) -> bytes:
        """What a token holds. Raises ``SealError`` if it is none of this ring's, or older than ``max_age_s``."""
        try:
            return self._fernets.decrypt(token, max_age_s)
        except InvalidToken:
            raise SealError("sealed with a key that is not here any more, too old, or not sealed at all") from None

    def sealed_at(self, token: bytes) -> int:
        """When a token was sealed, in seconds of the epoch. Raises ``SealError`` as ``open`` does."""
        try:
            return self._fernets.extract_timestamp(token)
        except InvalidToken:
            raise SealError("sealed with a key that is not here any more") from None

    def reseal(self, token: bytes) -> bytes:
        """The token sealed with the newest key, its time kept. Raises ``SealError`` as ``open`` does."""
        try:
            return self._fernets.rotate(token)
        except InvalidToken:
            raise SealError("sealed with a key that is not here any more") from None


def new_key() -> str:
    """A new key from the operating system's randomness."""
    return Fernet.generate_key().decode("ascii")


def _write_new(file: Path, keys: Sequence[str]) -> None:
    """Write a file that is not there yet, whole; if another process is quicker, its file stays."""
    file.parent.mkdir(0o700, parents=True, exist_ok=True)
    made = file.with_name(f"{file.name}.{uuid4().hex}.new")
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write("".join(f"{key}\n" for key in keys))
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(made, file)
        except FileExistsError:
            return
    finally:
        made.unlink()
