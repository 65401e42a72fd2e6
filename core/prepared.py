"""A statement that SQLAlchemy compiles once and the driver runs as it is: for the few that every request runs.

SQLAlchemy spends 45 to 90 µs of processor time on each execution beside the driver's own 3 (SQLite) to 75 (PostgreSQL).
Of that a `Prepared` keeps the types and the wrapping of errors, and leaves out the rest: hooks on cursors, Python-side
defaults, values that expand. Use it where `make bench` shows the difference, and `Connection.execute` everywhere else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, Dialect, Insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler

_Processor = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    values: tuple[tuple[str, bool, Any, _Processor], ...]  # name, must it be given, what it is when not, processor
    positional: bool
    kinds: tuple[Any, ...]  # types of the result's columns
    dialect: Dialect
    results: list[tuple[tuple[int, Callable[[Any], Any]], ...]]  # one, once the driver has told its types

    def run(self, driver: Any, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        try:
            values = [
                (name, value if process is None else process(value))
                for name, needed, default, process in self.values
                for value in (given[name] if needed else given.get(name, default),)
            ]
        except KeyError:
            missing = [name for name, needed, _, _ in self.values if needed and name not in given]
            if not missing:
                raise
            raise ValueError(f"a prepared statement was not given {', '.join(missing)}: {self.sql}") from None
        parameters: Any = tuple(value for _, value in values) if self.positional else dict(values)
        cursor = driver.cursor()
        try:
            cursor.execute(self.sql, parameters)
            rows = []
            if cursor.description is not None:
                rows = cursor.fetchall()
                if not self.results:
                    self._read_types(cursor.description)
        except self.dialect.loaded_dbapi.Error as error:
            lost = self.dialect.is_disconnect(error, driver, cursor)
            raise DBAPIError.instance(
                self.sql,
                parameters,
                error,
                self.dialect.loaded_dbapi.Error,
                connection_invalidated=lost,
                dialect=self.dialect,
            ) from error
        finally:
            with contextlib.suppress(self.dialect.loaded_dbapi.Error):
                cursor.close()
        return [_shown(row, self.results[0]) for row in rows] if rows and self.results[0] else rows

    def _read_types(self, description: Any) -> None:
        self.results.append(
            tuple(
                (at, process)
                for at, (kind, told) in enumerate(zip(self.kinds, description, strict=True))
                if (process := _impl(kind, self.dialect).result_processor(self.dialect, told[1])) is not None
            )
        )


def _shown(row: tuple[Any, ...], processors: tuple[tuple[int, Callable[[Any], Any]], ...]) -> tuple[Any, ...]:
    shown = list(row)
    for at, process in processors:
        shown[at] = process(shown[at])
    return tuple(shown)


class Prepared:
    """`statement` takes its values by the names of its `bindparam`s; for an INSERT, `columns` names what it is given.

    Raises ValueError, at its first use, for what it cannot keep true: a column that SQLAlchemy would fill by a default
    of Python's, and a parameter that expands. Then, for a value that is missing; only a column that may be null and a
    `bindparam` with a value of its own may be left out.
    """

    def __init__(self, statement: Executable, columns: tuple[str, ...] | None = None) -> None:
        self._statement = statement
        self._columns = columns
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows, in the connection's transaction. Raises what SQLAlchemy raises (`sqlalchemy.exc.DBAPIError`)."""
        return self.rows_of(connection.dialect, connection.connection.dbapi_connection, given)

    def first(self, connection: Connection, given: Mapping[str, Any]) -> tuple[Any, ...] | None:
        return next(iter(self.rows(connection, given)), None)

    def rows_of(self, dialect: Dialect, driver: Any, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The same on a connection of the driver's own."""
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = self._compile(dialect)
        return compiled.run(driver, given)

    def _compile(self, dialect: Dialect) -> _Compiled:
        columns = None if self._columns is None else list(self._columns)
        made = self._statement.compile(dialect=dialect, column_keys=columns)  # type: ignore[attr-defined]
        if not isinstance(made, SQLCompiler) or made.literal_execute_params or made.post_compile_params:
            raise ValueError("a prepared statement takes no parameter that expands")
        if made.insert_prefetch or made.update_prefetch:
            missing = [column.name for column in (*made.insert_prefetch, *made.update_prefetch)]
            raise ValueError(f"a prepared statement must be given {', '.join(missing)}: their defaults are Python's")
        binds = {name: bind for bind, name in made.bind_names.items()}
        order = made.positiontup if made.positional and made.positiontup is not None else list(binds)
        values = tuple(
            (
                name,
                self._needed(bind),
                None if bind.required else bind.value,
                _impl(bind.type, dialect).bind_processor(dialect),
            )
            for name in order
            for bind in (binds[name],)
        )
        kinds = tuple(column.type for column in getattr(self._statement, "exported_columns", ()))
        return _Compiled(made.string, values, bool(made.positional), kinds, dialect, [])

    def _needed(self, bind: BindParameter[Any]) -> bool:
        if self._columns is not None and isinstance(self._statement, Insert) and bind.key in self._columns:
            return not self._statement.table.c[bind.key].nullable
        return bool(bind.required)


Look = Callable[[Prepared, Mapping[str, Any]], list[tuple[Any, ...]]]


def within(session: Session) -> Look:
    """In the session's transaction, which is begun by this. Objects that are pending there are not written first."""
    connection = session.connection()
    return lambda statement, given: statement.rows(connection, given)


def _impl(kind: Any, dialect: Dialect) -> Any:
    return kind.dialect_impl(dialect)
