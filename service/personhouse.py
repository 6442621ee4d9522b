"""What the command line does with persons' data. Every mistake of the user leaves as a ``UsageError``."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from service.files import UsageError
from service.keyhouse import opened
from service.keyring import KeyRingError, SealError
from service.privacy import Sealer, register
from service.settings import read_settings


@contextmanager
def _sealed() -> Iterator[Sealer]:
    settings = read_settings()
    try:
        yield Sealer(settings)
    except (KeyRingError, SealError) as error:
        where = "SWIFTLEAF_SEALING_KEYS" if settings.sealing_keys else settings.data_dir / "sealing.keys"
        raise UsageError(f"{error}; the sealing keys are in {where}") from None


def export(order_id: str, store_id: str | None, *, masked: bool) -> str:
    """Everything that is known of the person behind an order, as JSON text."""
    with opened() as database, _sealed() as sealer:
        found = register.export(database, sealer, order_id, store_id, masked=masked)
    if not (found["persons"] or found["events"] or found["plans"]):
        raise UsageError(f"nothing here names order {order_id!r}")
    return json.dumps(found, ensure_ascii=False, indent=2)


def erase(order_id: str, store_id: str | None) -> int:
    """Forget the persons behind an order; returns how many there were."""
    with opened() as database:
        erased = register.erase(database, order_id, store_id)
    if not erased:
        raise UsageError(f"nobody is known behind order {order_id!r}")
    return erased


def rotate() -> int:
    """Seal everything with a new key; returns how many things that were."""
    with opened() as database, _sealed() as sealer:
        return register.rotate(database, sealer)
