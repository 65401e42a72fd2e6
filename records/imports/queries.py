"""Reads of imports and of the rows that were not taken."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from records.imports.models import ImportRowError, ImportRun
from records.principals import Principal


def visible(principal: Principal) -> Select[ImportRun]:
    """Runs of the principal's shops, and those that are of no shop."""
    query = select(ImportRun)
    if principal.shops is not None:
        query = query.where(or_(ImportRun.shop_id.in_(principal.shops), ImportRun.shop_id.is_(None)))
    return query


def list_runs(
    session: Session, principal: Principal, *, kinds: Sequence[str] = (), after: int | None = None, limit: int = 50
) -> list[ImportRun]:
    """Newest first, of these kinds if some are given; `after` is the id of the last row of the page before."""
    query = visible(principal).order_by(ImportRun.id.desc()).limit(limit)
    if kinds:
        query = query.where(ImportRun.kind.in_(kinds))
    if after is not None:
        query = query.where(ImportRun.id < after)
    return list(session.scalars(query))


def get_run(session: Session, principal: Principal, run_id: int) -> ImportRun:
    """Raises NotFound, also for runs of shops out of reach."""
    run = session.scalar(visible(principal).where(ImportRun.id == run_id))
    if run is None:
        raise NotFound(f"There is no import {run_id} that you may see.")
    return run


def list_row_errors(session: Session, run_id: int, *, after: int = 0, limit: int = 100) -> list[ImportRowError]:
    """In the order of the file; `after` is the id of the last row of the page before."""
    query = select(ImportRowError).where(ImportRowError.run_id == run_id, ImportRowError.id > after)
    return list(session.scalars(query.order_by(ImportRowError.id).limit(limit)))
