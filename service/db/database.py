"""Opens the database: connection settings, migrations to the newest revision, sessions."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

BUSY_MS = 10_000
CONNECT_S = 5
OWNER_ONLY = 0o600
ANSWER_S, TURN_S = 15.0, 10.0
"""PostgreSQL is taken for gone once it has said nothing for so long; and so long one waits for a connection."""
INTERVAL_S = 0.1
MIGRATING = 0x5317F1EAF
"""The number of the PostgreSQL advisory lock that is held while tables are made."""


T = TypeVar("T")


class DatabaseError(Exception):
    """Raised when the database cannot be opened or brought to the newest revision; names it and the way out."""


class Database:
    """One open database.

    SQLite and PostgreSQL are tested. SQLite runs in WAL mode, so that readers never wait for the writer, with foreign
    keys enforced and a busy timeout in place of an immediate "database is locked".

    Args:
        url: SQLAlchemy URL; the folder of an SQLite file is made if absent.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = sa.make_url(url)
            self.url = parsed.render_as_string(hide_password=True)
            self._engine = _engine(parsed)
        except (SQLAlchemyError, OSError, ModuleNotFoundError) as error:
            raise DatabaseError(
                f"the database cannot be opened ({error}); "
                "set SWIFTLEAF_DATA_DIR or SWIFTLEAF_DATABASE_URL to one that works"
            ) from error
        self._session = sessionmaker(self._engine, expire_on_commit=False)
        sqlite_only = self._engine.dialect.name == "sqlite"
        self._pen: AbstractContextManager[object] = threading.Lock() if sqlite_only else nullcontext()
        self._writing = sessionmaker(
            self._engine.execution_options(swiftleaf_begin="IMMEDIATE"), expire_on_commit=False
        )

    def migrate(self) -> str:
        """Bring the tables to the newest revision; returns it.

        Raises:
            DatabaseError: if the database cannot be opened, or is of a newer Swiftleaf.
        """
        config = _alembic()
        known = ScriptDirectory.from_config(config)
        newest = str(known.get_current_head())
        try:
            # Immediate: of two servers that start at once the second waits here, then finds the work done.
            with (
                self._engine.connect().execution_options(swiftleaf_begin="IMMEDIATE") as connection,
                connection.begin(),
            ):
                driver = connection.connection.driver_connection
                if isinstance(driver, _Impatient):
                    driver.patience_s = None  # another server may be at it, and a table be long
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
                here = MigrationContext.configure(connection).get_current_revision()
                if here is not None and here not in {script.revision for script in known.walk_revisions()}:
                    raise DatabaseError(
                        f"{self.url} is at revision {here}, which this Swiftleaf (up to {newest}) does not know; "
                        "upgrade Swiftleaf or set another SWIFTLEAF_DATA_DIR"
                    )
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                if isinstance(driver, _Impatient):
                    del driver.patience_s
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise DatabaseError(
                f"{self.url} cannot be opened ({cause}); "
                "set SWIFTLEAF_DATA_DIR to a folder you may write to, or move a damaged file away"
            ) from error
        return newest

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any exception.

        Raises:
            DatabaseError: if the database does not answer, is locked or full. Nothing of it was acknowledged then.
        """
        with self._answering(), self._session.begin() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """The same for one that writes: SQLite gives it the pen at once, so that what it read before it wrote holds.

        Within this process they take turns. Left to SQLite they would sleep and try again, each for itself, and with a
        dozen of them some come too late again and again.
        """
        with self._pen, self._answering(), self._writing.begin() as session:
            yield session

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            raise DatabaseError(f"{self.url} does not answer: {error.orig}") from error
        except sa.exc.TimeoutError as error:
            raise DatabaseError(f"{self.url} does not answer those who asked before") from error

    @property
    def in_a_file(self) -> bool:
        """Whether it is a file, which belongs to one server at a time."""
        return self._engine.dialect.name == "sqlite"

    @property
    def notifies(self) -> bool:
        """Whether ``NOTIFY`` and ``LISTEN`` are there."""
        return self._engine.dialect.name == "postgresql"

    @contextmanager
    def listening(self, channel: str) -> Iterator[psycopg.Connection]:
        """A connection of its own that listens to ``channel``, on PostgreSQL.

        Raises:
            DatabaseError: if the database does not answer, here or while the connection is used.
        """
        url = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        try:
            with psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_S) as connection:
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                yield connection
        except psycopg.Error as error:
            raise DatabaseError(f"{self.url} does not answer: {error}") from error

    def ping(self) -> None:
        """Ask for one row. Raises ``DatabaseError`` if there is no answer."""
        try:
            with self._engine.connect() as connection:
                connection.execute(sa.text("SELECT 1 FROM plans LIMIT 1"))
        except SQLAlchemyError as error:
            raise DatabaseError(f"{self.url} does not answer: {getattr(error, 'orig', None) or error}") from error

    def close(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()


class _Impatient(psycopg.Connection[Any]):
    """A connection that is closed once the server has said nothing for too long; who asks would hang with it."""

    patience_s: float | None = ANSWER_S

    def wait(self, gen: PQGen[T], interval: float = INTERVAL_S, timeout: float | None = None) -> T:
        """As in psycopg, but no longer than ``patience_s`` where it sets no limit itself."""
        try:
            return super().wait(gen, interval, self.patience_s if timeout is None else timeout)
        except psycopg.OperationalError:
            if timeout is None and self.info.transaction_status is TransactionStatus.ACTIVE:
                self.pgconn.finish()  # how far the server has come is not known
            raise


def _alembic() -> Config:
    config = Config()
    # A config value reads % as the start of a reference to another value.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _engine(parsed: sa.URL) -> sa.Engine:
    if parsed.get_backend_name() == "postgresql":
        # Whatever the driver's name: psycopg 3 is the one that is here.
        engine = sa.create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_timeout=TURN_S,
            connect_args={"connect_timeout": CONNECT_S},
        )

        @sa.event.listens_for(engine, "do_connect")
        def _connect_impatiently(
            _dialect: sa.Dialect, _record: object, args: tuple[Any, ...], fields: dict[str, Any]
        ) -> psycopg.Connection:
            return _Impatient.connect(*args, **fields)

        return engine
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(parsed, pool_pre_ping=True)
    if parsed.database and not parsed.database.startswith((":memory:", "file:")):
        file = Path(parsed.database)
        file.parent.mkdir(0o700, parents=True, exist_ok=True)
        file.touch(OWNER_ONLY)  # SQLite would let others read it; its log beside it gets the same mode
    engine = sa.create_engine(parsed)

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late for DDL; _begin sends it instead
        for pragma in ("journal_mode = WAL", "foreign_keys = ON", f"busy_timeout = {BUSY_MS}", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('swiftleaf_begin', 'DEFERRED')}")

    return engine
