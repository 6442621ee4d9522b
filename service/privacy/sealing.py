"""Seals what must not lie open in the database: persons, webhooks' secrets, answers that hold a secret."""

import time
from pathlib import Path

from service.keyring import KeyRing, KeyRingError
from service.settings import Settings

SETTING = "SWIFTLEAF_SEALING_KEYS"

KEPT_KEYS = 2
"""How many remain after a rotation: another process may just be sealing with the one before."""


class Sealer:
    """The ring of sealing keys; a file of them is read again whenever it was changed.

    Args:
        settings: where the keys are.

    Raises:
        KeyRingError: if they cannot be read or made; the methods raise it too, should the file be gone by then.
    """

    def __init__(self, settings: Settings) -> None:
        self._file: Path | None = None
        if settings.sealing_keys is not None:
            self._ring = KeyRing(settings.sealing_keys.get_secret_value().replace(",", " ").split(), SETTING)
        else:
            self._file = settings.data_dir / "sealing.keys"
            self._ring = KeyRing.read(self._file)
            self._seen = _version(self._file)

    def seal(self, content: bytes) -> bytes:
        """A token that only these keys open."""
        return self._current().seal(content)

    def open(self, token: bytes) -> bytes:
        """What was sealed. Raises ``SealError`` if none of the keys opens it."""
        return self._current().open(token)

    def reseal(self, token: bytes) -> bytes:
        """The same sealed with the newest key. Raises ``SealError`` as ``open`` does."""
        return self._current().reseal(token)

    def age_s(self) -> float:
        """How long the newest key of the file has sealed; keys of a setting are new to us."""
        return 0.0 if self._file is None else time.time() - _version(self._file)[1] / 1e9

    def rotate(self) -> None:
        """Put a new key in front of the file's. Keys of a setting are the operator's to change."""
        if self._file is not None:
            self._current().rotate(self._file)

    def retire(self) -> None:
        """Forget the file's old keys but one, once everything is sealed with the newest."""
        if self._file is not None:
            self._current().retire(self._file, KEPT_KEYS)

    def _current(self) -> KeyRing:
        if self._file is not None:
            version = _version(self._file)
            if version != self._seen:
                self._ring, self._seen = KeyRing.read(self._file), version
        return self._ring


def _version(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError as error:
        raise KeyRingError(f"{file}: the sealing keys are gone ({error.strerror}); bring the file back") from error
    return found.st_ino, found.st_mtime_ns
