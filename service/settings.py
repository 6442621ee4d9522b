"""What an operator may set, by environment variable or by option."""

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import Field, FilePath, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

BUNDLED_MAP = "coquimbo"
"""The name of the map that ships with Swiftleaf; no other map may take it."""

MIB = 2**20


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
        workers: Processes that solve, one solve each.
        scheduler: Address of a Dask scheduler (``tcp://host:8786``) whose workers solve in place of local ones. Start
            them with ``dask worker ADDRESS --nthreads 1 --preload service.tasks``, and the scheduler with
            ``distributed.scheduler.allowed-failures`` at 1.
        maps: More maps by name, ``{"shenzhen": "/maps/shenzhen.osm.pbf"}``; in the environment, as JSON.
        max_body_bytes: Largest request document, over HTTP and from a file.
        max_time_limit_s: Longest search that a request may ask for.
    """

    model_config = SettingsConfigDict(env_prefix="SWIFTLEAF_", frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    data_dir: Path = Field(default_factory=_default_data_dir)
    database_url: str | None = None
    auth: Literal["keys", "off"] = "keys"
    workers: Annotated[int, Field(ge=1, le=256)] = 2
    scheduler: Annotated[str | None, Field(pattern=r"^([a-z]+://)?[^/\s]+:\d{1,5}$")] = None
    maps: dict[str, FilePath] = {}
    max_body_bytes: Annotated[int, Field(ge=1_000)] = 16 * MIB
    max_time_limit_s: Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False)] = 30.0

    @field_validator("maps")
    @classmethod
    def _bundled_name_is_taken(cls, named: dict[str, Path]) -> dict[str, Path]:
        if BUNDLED_MAP in named:
            raise ValueError(f"{BUNDLED_MAP!r} is the bundled map's name; give your map another")
        return named

    @property
    def database(self) -> str:
        """The database's URL, whether it was set or follows from ``data_dir``."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'swiftleaf.db'}"

    @property
    def map_files(self) -> dict[str, str]:
        """The extra maps as plain absolute paths, fit to be sent to a worker."""
        return {name: str(path.absolute()) for name, path in self.maps.items()}
