"""Events: what happened, written in the same transaction as the change (transactional outbox).

An event row is immutable and carries ids, never text. A row in `event_outbox` says that the event has not been
expanded into jobs yet; the expander takes it away in the transaction that writes the jobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ForeignKey, Index, String, Table, event, insert
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, SessionTransaction, mapped_column

from core.db import Base, BigId, PrimaryKey, db_now

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
    name: Mapped[str] = mapped_column(String(64), index=True)
    schema_version: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True, server_default=db_now())
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[int | None]
    shop_id: Mapped[int | None]
    ticket_id: Mapped[int | None]
    customer_id: Mapped[int | None] = mapped_column(index=True)
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

    A transaction's events are written together, in their order, before its next ORM query or its commit: two
    statements however many they are.
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
_OUTBOX = insert(_outbox)
_EVENTS = {
    "postgresql": insert(_events).returning(_events.c.id, sort_by_parameter_order=True),
    # SQLite numbers the rows of one INSERT in their order, and SQLAlchemy would write them one by one to be sure.
    "sqlite": insert(_events).returning(_events.c.id),
}


@event.listens_for(Session, "before_commit")
def _write_pending(session: Session) -> None:
    rows = session.info.pop(_PENDING, None)
    if rows:
        _write(session, rows)


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    connection = session.connection()
    ids = sorted(connection.execute(_EVENTS[connection.dialect.name], rows).scalars())
    connection.execute(_OUTBOX, [{"event_id": event_id} for event_id in ids])
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
