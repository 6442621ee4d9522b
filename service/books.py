"""What a user brings to an account of carbon: own factors, accounts of the stores, contracts, who verified it."""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

import carbon
from carbon.reports import Verification
from service.files import UsageError, read_document

MOST_BYTES = 50_000_000


class Accounts(BaseModel):
    """An accounts file: JSON with any of these, as the carbon room has them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hubs: tuple[carbon.HubAccount, ...] = ()
    contracts: tuple[carbon.Contract, ...] = ()
    verification: Verification | None = None


@dataclass(frozen=True, slots=True)
class Books:
    """The factors behind every figure, and the accounts beside the rounds.

    Attributes:
        registry: the bundled factors, a user's own above them.
        accounts: of stores and contracts.
    """

    registry: carbon.Registry = field(default_factory=carbon.bundled_registry)
    accounts: Accounts = field(default_factory=Accounts)


def read_books(factors: Path | None, accounts: str | None) -> Books:
    """Read a factor file and an accounts file, either or neither.

    Raises:
        UsageError: if a file cannot be read or is not what it should be, with every fault by its path.
    """
    try:
        registry = carbon.bundled_registry()
        if factors is not None:
            registry = registry.joined(carbon.Registry.read(factors))
        if accounts is None:
            return Books(registry)
        return Books(registry, Accounts.model_validate_json(read_document(accounts, MOST_BYTES)))
    except ValidationError as error:
        faults = [("$." + ".".join(map(str, fault["loc"])), fault["msg"]) for fault in error.errors()]
        raise UsageError(*(f"{accounts}: {path}: {said}" for path, said in faults)) from None
    except carbon.CarbonError as error:
        raise UsageError(str(error)) from None
