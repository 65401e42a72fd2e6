"""What SQLite and PostgreSQL say differently about time, and percentiles that both can compute."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, Select, case, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from insights.figures import Durations
from insights.periods import QUARTER


class epoch(FunctionElement[float]):
    """Seconds since 1970 of a time column, with its fraction (to a tenth of a millisecond)."""

    type = Float()
    inherit_cache = True
    name = "epoch"


@compiles(epoch, "postgresql")
def _epoch_postgresql(element: epoch, compiler: SQLCompiler, **kw: Any) -> str:
    return f"cast(extract(epoch from {compiler.process(element.clauses, **kw)}) as double precision)"


@compiles(epoch, "sqlite")
def _epoch_sqlite(element: epoch, compiler: SQLCompiler, **kw: Any) -> str:
    return f"((julianday({compiler.process(element.clauses, **kw)}) - 2440587.5) * 86400.0)"


class quarter(FunctionElement[int]):
    """The number of the quarter of an hour since 1970 that a time column falls into."""

    type = Integer()
    inherit_cache = True
    name = "quarter"


@compiles(quarter, "postgresql")
def _quarter_postgresql(element: quarter, compiler: SQLCompiler, **kw: Any) -> str:
    return f"cast(floor(extract(epoch from {compiler.process(element.clauses, **kw)}) / {QUARTER}) as integer)"


@compiles(quarter, "sqlite")
def _quarter_sqlite(element: quarter, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(cast(strftime('%s', {compiler.process(element.clauses, **kw)}) as integer) / {QUARTER})"


def between(column: Any, start: datetime, end: datetime) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = (column >= start) & (column < end)
    return condition


def durations(session: Session, seconds: ColumnElement[float], query: Select[*tuple[Any, ...]]) -> Durations:
    """Median and 90th percentile, by nearest rank, of `seconds` over the rows of `query`; negative ones are left out.

    Window functions and not `percentile_cont`, which SQLite has not.
    """
    values = query.with_only_columns(seconds.label("v")).where(seconds >= 0).subquery()
    ranked = select(
        values.c.v, func.row_number().over(order_by=values.c.v).label("place"), func.count().over().label("n")
    ).subquery()
    place, n = ranked.c.place, ranked.c.n
    row = session.execute(
        select(
            func.max(n),
            func.min(case((place * 2 >= n, ranked.c.v))),
            func.min(case((place * 10 >= n * 9, ranked.c.v))),
        )
    ).one()
    return Durations(int(row[0] or 0), _plain(row[1]), _plain(row[2]))


def _plain(value: Any) -> float | None:
    return None if value is None else round(float(value), 3)
