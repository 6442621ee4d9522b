"""Seals what must not lie open in the database: persons, webhooks' secrets, answers that hold a secret."""

import threading

from service.keyring import KeyRing, SealError
from service.settings import Settings

SETTING = "SWIFTLEAF_SEALING_KEYS"


class Sealer:
    """The ring of sealing keys, read again when something was sealed with a key that is newer than it.

    Args:
        settings: where the keys are.

    Raises:
        KeyRingError: if they cannot be read or made.
    """

    def __init__(self, settings: Settings) -> None:
        self._file = None if settings.sealing_keys else settings.data_dir / "sealing.keys"
        if settings.sealing_keys:
            self._ring = KeyRing(settings.sealing_keys.get_secret_value().replace(",", " ").split(), SETTING)
        else:
            self._ring = self._read()
        self._reading = threading.Lock()

    def _read(self) -> KeyRing:
        assert self._file is not None
        return KeyRing.read(self._file)

    def seal(self, content: bytes) -> bytes:
        """A token that only these keys open."""
        return self._ring.seal(content)

    def open(self, token: bytes) -> bytes:
        """What was sealed. Raises ``SealError`` if none of the keys opens it, those newly in the file included."""
        try:
            return self._ring.open(token)
        except SealError:
            self._read_again()
            return self._ring.open(token)

    def reseal(self, token: bytes) -> bytes:
        """The same sealed with the newest key. Raises ``SealError`` as ``open`` does."""
        return self._ring.reseal(token)

    def rotate(self) -> None:
        """Put a new key in front; the one before it stays, for what is not sealed again yet. Keys of a setting stay."""
        if self._file is not None:
            self._ring = self._ring.rotate(self._file)

    def retire(self) -> None:
        """Forget all but the two newest keys, once all is sealed with the newest; running servers use the other."""
        if self._file is not None:
            self._ring = self._ring.retire(self._file, 2)

    def _read_again(self) -> None:
        if self._file is not None:
            with self._reading:
                self._ring = self._read()
