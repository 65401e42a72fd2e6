"""One way to the SQL database: `Database.unit_of_work()` writes and commits once; `Database.reading()` only reads.

Both dialects behave alike: times are aware UTC, money is exact decimal, a SQLite write unit begins IMMEDIATE so
that two writers queue for the lock instead of failing half-way (https://www.sqlite.org/lang_transaction.html).
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    Numeric,
    create_engine,
    event,
    func,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from core.errors import ConfigurationError
from core.prepared import Prepared

log = logging.getLogger(__name__)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time. Naive values are refused: whose clock would they be?"""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}: attach the shop's time zone first")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_MONEY_UNITS = Decimal(10_000)


class Money(TypeDecorator[Decimal]):
    """An exact decimal with four places: NUMERIC(18,4), and an integer of 1/10000 on SQLite, which has no decimal."""

    impl = Numeric(18, 4)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else Numeric(18, 4))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return int((Decimal(value) * _MONEY_UNITS).to_integral_value())

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(value) / _MONEY_UNITS if dialect.name == "sqlite" else Decimal(value)


JsonValue = JSON().with_variant(JSONB(), "postgresql")
BigId = BigInteger().with_variant(Integer(), "sqlite")
PrimaryKey = Annotated[int, mapped_column(BigId, primary_key=True)]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads a plain class attribute
        datetime: UtcDateTime(),
        Decimal: Money(),
        dict[str, Any]: JsonValue,
        list[Any]: JsonValue,
        list[str]: JsonValue,
        list[int]: JsonValue,
        int: BigId,
    }


class db_now(FunctionElement[datetime]):
    """The database's clock, moving within a transaction; `db_now(seconds)` is that many seconds later.

    Leases and schedules use it and never the host's clock, so hosts with wrong clocks cannot steal from each other.
    """

    type = UtcDateTime()
    inherit_cache = True
    name = "db_now"

    def __init__(self, seconds: float | ColumnElement[float] = 0) -> None:
        super().__init__(func.coalesce(seconds, 0))


@compiles(db_now, "postgresql")
def _now_postgresql(element: db_now, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(clock_timestamp() + ({compiler.process(element.clauses, **kw)}) * interval '1 second')"


@compiles(db_now, "sqlite")
def _now_sqlite(element: db_now, compiler: SQLCompiler, **kw: Any) -> str:
    # Six digits, as SQLAlchemy stores them: strftime gives milliseconds only.
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', ({compiler.process(element.clauses, **kw)}) || ' seconds') || '000')"


def insert_into(session: Session, table: Any) -> Any:
    """The dialect's INSERT, which has `on_conflict_do_nothing`: the generic one has not."""
    return (sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert)(table)


AfterCommit = Callable[[Sequence[int]], None]


class Database:
    """The engine, its sessions and what to do after a commit.

    `on_events(event_ids)` is called after a unit that wrote events has committed; it must not raise or block (a door
    sets it to wake the job runner). `pool_size` is the number of connections kept a process.
    """

    def __init__(self, url: str, *, pool_size: int = 10, on_events: AfterCommit | None = None) -> None:
        self.url = make_url(url)
        self.on_events = on_events
        if self.is_sqlite:
            path = self.url.database
            if not path or path == ":memory:":
                raise ConfigurationError("SQLite needs a file: sqlite:////path/to/copilot.db")
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            self.engine = create_engine(
                self.url,
                pool_size=pool_size,
                max_overflow=20,
                connect_args={"timeout": _BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
            )
            event.listen(self.engine, "connect", _prepare_sqlite)
            turns = _Turns()
            event.listen(self.engine, "begin", turns.begin)
            for given_up in ("checkin", "invalidate"):
                event.listen(self.engine, given_up, turns.end)
            self._read_engine = self.engine.execution_options(sqlite_begin="DEFERRED")
        else:
            self.engine = create_engine(self.url, pool_size=pool_size, max_overflow=20, pool_pre_ping=True)
            self._read_engine = self.engine.execution_options(postgresql_readonly=True)
            self._glance_engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._write = sessionmaker(self.engine, expire_on_commit=False, autoflush=True)
        self._read = sessionmaker(self._read_engine, expire_on_commit=False, autoflush=False)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """The only commit: all of it or nothing. Raises what the body or the commit raises, after a roll-back."""
        with self._write() as session:
            with session.begin():
                yield session
            events = session.info.get("event_ids", [])  # what core.events wrote
        if events and self.on_events is not None:
            try:
                self.on_events(events)
            except Exception:  # the sweeper finds them; the commit has succeeded and the caller must hear so
                log.exception("wake-up failed for events %s", events)

    def look_up(self, statement: Prepared, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """One SELECT by its key: without a transaction around it, which would cost more than the SELECT."""
        if not self.is_sqlite:
            with self._glance_engine.connect() as connection:
                return statement.rows(connection, given)
        driver = self.engine.raw_connection()
        try:
            return statement.rows_of(self.engine.dialect, driver.dbapi_connection, given)
        finally:
            driver.close()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that cannot write (PostgreSQL refuses; on SQLite it is rolled back)."""
        with self._read() as session:
            yield session  # closing it rolls back, and leaves loaded rows readable (a rollback would expire them)

    def ping(self) -> None:
        """Raises `sqlalchemy.exc.OperationalError` when the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={_BUSY_SECONDS * 1000}"):
        try:
            connection.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError:  # pragma: no cover - another process is switching to WAL at this moment
            log.warning("PRAGMA %s was refused", pragma)


class _Turns:
    """SQLite takes one writer at a time, and one that finds it taken sleeps for up to 100 ms before it looks again.

    So the writers of this process wait for each other here, and are woken when it is their turn; only those of other
    processes are waited for by sleeping. A turn lasts until the connection is given back to the pool.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def begin(self, connection: Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        if mode is None:
            return
        if mode == "IMMEDIATE" and not connection.info.get(_MINE):
            # A thread that holds a second connection would wait for itself: then SQLite says that it is busy.
            connection.info[_MINE] = self._turn.acquire(timeout=_BUSY_SECONDS)
        connection.exec_driver_sql(f"BEGIN {mode}")

    def end(self, _: Any, record: Any, *__: Any) -> None:
        if record.info.pop(_MINE, False):
            self._turn.release()


_MINE = "copilot_write_turn"
_BUSY_SECONDS = 30
