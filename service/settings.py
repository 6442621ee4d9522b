"""What an operator may set, by environment variable or by option."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal, Self

import platformdirs
from pydantic import Field, FilePath, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.files import UsageError
from service.shelf import sent_maps

BUNDLED_MAP = "coquimbo"
"""The name of the map that ships with Swiftleaf; no other map may take it."""

MIB = 2**20
ADDRESS = re.compile(r"(?:(?:tcp|tls|wss?)://)?[^/\s]+:(\d{1,5})")
LAST_PORT = 65_535

Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Burst = Annotated[int, Field(ge=1)]


def _default_data_dir() -> Path:
    return platformdirs.user_data_path("swiftleaf", appauthor=False)


class Settings(BaseSettings):
    """The settings of one server; ``SWIFTLEAF_PORT=9000`` in the environment sets ``port``.

    Attributes:
        host: Address to listen on. The default is this machine alone.
        port: TCP port to listen on.
        data_dir: Folder of the database; made if absent.
        database_url: SQLAlchemy URL; without one, SQLite in ``data_dir``.
        auth: ``keys``, or ``off`` on an address of this machine alone: whoever reaches it may do everything.
        session_hours: How long a page stays logged in.
        session_keys: Keys that sign the pages' cookies, the newest first, between commas, for several servers behind
            one address. Without them each has its own in ``data_dir``, and changes them every month.
        sealing_keys: Keys that seal persons' data, the newest first, between commas. Without them they are in
            ``sealing.keys`` in ``data_dir``; several servers of one database need the same.
        retention_days: How long a person's data is kept after it was told; then it is erased.
        key_rate_per_s: Requests a second that one key may send, in the mean; each server process counts for itself.
        key_burst: How many it may send at once.
        address_rate_per_s: Requests a second that one address may send, whatever its keys.
        address_burst: How many it may send at once.
        workers: Processes that solve, one solve each.
        scheduler: Address of a Dask scheduler (``tcp://host:8786``) whose workers solve in place of local ones. Start
            them with ``dask worker ADDRESS --nthreads 1 --preload service.tasks``, and the scheduler with
            ``distributed.scheduler.allowed-failures`` at 1.
        ledger: File of the carbon ledger; ``ledger.jsonl`` in ``data_dir`` by default.
        maps: More maps by name, ``{"shenzhen": "/maps/shenzhen.osm.pbf"}``; in the environment, as JSON.
        max_body_bytes: Largest request document, over HTTP and from a file.
        max_map_bytes: Largest map file over HTTP. Those that came so are in ``maps`` in ``data_dir``.
        webhook_private: Whether webhooks may go to private addresses and without TLS. By default they may not, so that
            nobody has this server look around in its own network.
        max_time_limit_s: Longest search that a request may ask for.
    """

    model_config = SettingsConfigDict(env_prefix="SWIFTLEAF_", frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=LAST_PORT)] = 8000
    data_dir: Path = Field(default_factory=_default_data_dir)
    database_url: str | None = None
    auth: Literal["keys", "off"] = "keys"
    session_hours: Annotated[float, Field(gt=0, le=24 * 90, allow_inf_nan=False)] = 12.0
    session_keys: SecretStr | None = None
    sealing_keys: SecretStr | None = None
    retention_days: Annotated[float, Field(gt=0, le=3_650, allow_inf_nan=False)] = 30.0
    key_rate_per_s: Rate = 100.0
    key_burst: Burst = 1_000
    address_rate_per_s: Rate = 200.0
    address_burst: Burst = 2_000
    workers: Annotated[int, Field(ge=1, le=256)] = 2
    scheduler: str | None = None
    ledger: Path | None = None
    maps: dict[str, FilePath] = {}
    webhook_private: bool = False
    max_body_bytes: Annotated[int, Field(ge=1_000)] = 16 * MIB
    max_map_bytes: Annotated[int, Field(ge=1_000)] = 256 * MIB
    max_time_limit_s: Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False)] = 30.0

    @field_validator("maps")
    @classmethod
    def _bundled_name_is_taken(cls, named: dict[str, Path]) -> dict[str, Path]:
        if BUNDLED_MAP in named:
            raise ValueError(f"{BUNDLED_MAP!r} is the bundled map's name; give your map another")
        return named

    @field_validator("scheduler")
    @classmethod
    def _address(cls, given: str | None) -> str | None:
        found = None if given is None else ADDRESS.fullmatch(given)
        if given is not None and (found is None or int(found[1]) > LAST_PORT):
            raise ValueError(f"{given!r} is no address of a scheduler, such as tcp://host:8786")
        return given

    @model_validator(mode="after")
    def _open_to_this_machine_alone(self) -> Self:
        if self.auth == "off" and not _is_loopback(self.host):
            raise ValueError(
                f"auth=off lets everybody do everything, so it listens on 127.0.0.1 only, not on {self.host}; "
                "set SWIFTLEAF_AUTH=keys"
            )
        return self

    @property
    def database(self) -> str:
        """The database's URL, whether it was set or follows from ``data_dir``."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'swiftleaf.db'}"

    @property
    def ledger_file(self) -> Path:
        """The ledger's file, whether it was set or follows from ``data_dir``."""
        return (self.ledger or self.data_dir / "ledger.jsonl").absolute()

    @property
    def map_files(self) -> dict[str, str]:
        """The extra maps as plain absolute paths, fit to be sent to a worker: those set, and those sent in so far."""
        named = sent_maps(self.data_dir) | self.maps
        return {name: str(path.absolute()) for name, path in named.items()}


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_settings(**given: object) -> Settings:
    """The settings from the environment and from those options that were given.

    Raises:
        UsageError: with every setting that cannot be used.
    """
    try:
        return Settings.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        faults = [
            (".".join(map(str, item["loc"])), item["msg"].removeprefix("Value error, ")) for item in error.errors()
        ]
        lines = [f"setting {name}: {text}" if name else f"settings: {text}" for name, text in faults]
        raise UsageError(*lines, "settings come from SWIFTLEAF_* in the environment and from options") from None
