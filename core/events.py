"""Events: what happened, written in the same transaction as the change (transactional outbox).

An event row is immutable and carries ids, never text. A row in `event_outbox` says that the event has not been
expanded into jobs yet; the expander takes it away in the transaction that writes the jobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ForeignKey, Index, String, Table, bindparam, column, event, func, insert, select
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, SessionTransaction, mapped_column

from core.db import Base, BigId, PrimaryKey, db_now
from core.prepared import Prepared

REGISTRY: dict[str, EventType] = {}


@dataclass(frozen=True)
class EventType:
    """A kind of event with the names of its ids; a changed shape is a new `version`."""

    name: str
    fields: tuple[str, ...] = ()
    version: int = 1

    def __post_init__(self) -> None:
        known = REGISTRY.setdefault(self.name, self)
        if known != self:
            raise ValueError(f"event {self.name} is declared twice, differently")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: kind is staff, customer, api, bot or system."""

    kind: str
    id: int | None = None


SYSTEM = Actor("system")
BOT = Actor("bot")


class Event(Base):
    __tablename__ = "events"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(64))
    schema_version: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True, server_default=db_now())
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[int | None]
    shop_id: Mapped[int | None]
    ticket_id: Mapped[int | None]
    customer_id: Mapped[int | None]
    data: Mapped[dict[str, Any]]

    __table_args__ = (Index("ix_events_ticket_id_id", "ticket_id", "id"),)


class EventOutbox(Base):
    __tablename__ = "event_outbox"

    event_id: Mapped[int] = mapped_column(BigId, ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)


@event.listens_for(Event, "before_update")
@event.listens_for(Event, "before_delete")
def _immutable(_mapper: Any, _connection: Any, target: Event) -> None:
    raise TypeError(f"event {target.id} ({target.name}) is immutable")


def emit(
    session: Session,
    kind: EventType,
    *,
    actor: Actor,
    shop_id: int | None = None,
    ticket_id: int | None = None,
    customer_id: int | None = None,
    **data: int | str | bool | list[int] | None,
) -> None:
    """Write `kind` into the session's transaction. Raises ValueError for ids that the kind does not declare.

    A transaction's events are written together, in their order, before its next ORM query or its commit.
    """
    if set(data) != set(kind.fields):
        raise ValueError(f"event {kind.name} takes {kind.fields}, got {tuple(data)}")
    row = {
        "name": kind.name,
        "schema_version": kind.version,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "shop_id": shop_id,
        "ticket_id": ticket_id,
        "customer_id": customer_id,
        "data": data,
    }
    if session.in_nested_transaction():  # a savepoint that is rolled back must take its events along
        _write(session, [row])
    else:
        session.info.setdefault(_PENDING, []).append(row)


_PENDING = "pending_events"
_events, _outbox = cast(Table, Event.__table__), cast(Table, EventOutbox.__table__)
_COLUMNS = ("name", "schema_version", "actor_kind", "actor_id", "shop_id", "ticket_id", "customer_id", "data")
_EVENT = Prepared(insert(_events).returning(_events.c.id), _COLUMNS)
_OUTBOX = Prepared(insert(_outbox), ("event_id",))


def _told_at_once() -> Prepared:
    """All events of a transaction and their outbox rows in one statement of PostgreSQL, numbered in their order."""
    listed = func.jsonb_array_elements(bindparam("rows", type_=JSONB))
    rows = listed.table_valued(column("told", JSONB), with_ordinality="place").render_derived()
    fields = [cast_to(rows.c.told[name].astext, _events.c[name].type).label(name) for name in _COLUMNS[:-1]]
    told = select(*fields, rows.c.told["data"].label("data")).order_by(rows.c.place)
    written = insert(_events).from_select(list(_COLUMNS), told).returning(_events.c.id).cte("written")
    return Prepared(insert(_outbox).from_select(["event_id"], select(written.c.id)).returning(_outbox.c.event_id))


_AT_ONCE = _told_at_once()


@event.listens_for(Session, "before_commit")
def _write_pending(session: Session) -> None:
    rows = session.info.pop(_PENDING, None)
    if rows:
        _write(session, rows)


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        ids = sorted(event_id for (event_id,) in _AT_ONCE.rows(connection, {"rows": rows}))
    else:  # a call of a library in this process: nothing is saved by putting rows together
        ids = [_EVENT.rows(connection, row)[0][0] for row in rows]
        for event_id in ids:
            _OUTBOX.rows(connection, {"event_id": event_id})
    session.info.setdefault("event_ids", []).extend(ids)


@event.listens_for(Session, "do_orm_execute")
def _write_before_query(state: ORMExecuteState) -> None:
    if _PENDING in state.session.info:
        _write_pending(state.session)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop(_PENDING, None)
        session.info.pop("event_ids", None)
