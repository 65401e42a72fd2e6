"""What is open at this moment, and who has waited longest for a reply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, aliased

from core.db import db_now
from insights.scope import Scope
from insights.sql import epoch
from records.people.models import Customer
from records.tickets.models import Delivery, DeliveryState, Direction, Message, Ticket, TicketStatus, Visibility

OPEN = (TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.PENDING)
WAITED = ((3600, "under_1h"), (4 * 3600, "1_to_4h"), (24 * 3600, "4_to_24h"))
LONGEST = "over_24h"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket whose customer has had no reply to the newest message, written at `since`."""

    ticket_id: int
    subject: str
    customer_name: str
    priority: str
    assignee_id: int | None
    since: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Queue:
    """Open tickets: {status: n}, {priority: n}; `unassigned` of them; `waiting` for us, by how long, and the oldest."""

    total: int
    by_status: dict[str, int]
    by_priority: dict[str, int]
    unassigned: int
    waiting: int
    waited: dict[str, int]
    oldest: list[Waiting]


def queue(session: Session, scope: Scope, *, oldest: int = 8) -> Queue:
    rows = session.execute(
        select(Ticket.status, Ticket.priority, func.count(), func.count().filter(Ticket.assignee_id.is_(None)))
        .where(Ticket.status.in_(OPEN), scope.tickets())
        .group_by(Ticket.status, Ticket.priority)
    ).all()
    by_status = dict.fromkeys(map(str, OPEN), 0)
    by_priority = dict.fromkeys(("urgent", "high", "normal", "low"), 0)
    for status, priority, count, _ in rows:
        by_status[status] += count
        by_priority[priority] = by_priority.get(priority, 0) + count
    waited = _waited(session, scope)
    return Queue(
        total=sum(by_status.values()),
        by_status=by_status,
        by_priority=by_priority,
        unassigned=sum(row[3] for row in rows),
        waiting=sum(waited.values()),
        waited=waited,
        oldest=_oldest(session, scope, oldest),
    )


def waiting_for_us(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Joins `Message`, the newest of the customer, and keeps tickets in which nobody has answered it.

    A reply that was taken back is none; a resolved or waiting-for-customer ticket waits for nobody of us.
    """
    reply = aliased(Message)
    answered = (
        select(reply.id)
        .outerjoin(Delivery, Delivery.message_id == reply.id)
        .where(
            reply.ticket_id == Ticket.id,
            reply.seq > Ticket.last_inbound_seq,
            reply.direction == Direction.OUT,
            reply.visibility == Visibility.PUBLIC,
            Delivery.state.is_(None) | (Delivery.state != DeliveryState.CANCELLED),
        )
        .exists()
    )
    return query.join(Message, (Message.ticket_id == Ticket.id) & (Message.seq == Ticket.last_inbound_seq)).where(
        Ticket.status.in_((TicketStatus.NEW, TicketStatus.OPEN)), ~answered
    )


def _waited(session: Session, scope: Scope) -> dict[str, int]:
    age = epoch(db_now()) - epoch(Message.created_at)
    bucket = case(*((age < seconds, name) for seconds, name in WAITED), else_=LONGEST)
    buckets = waiting_for_us(select(bucket.label("bucket")).select_from(Ticket).where(scope.tickets())).subquery()
    counted = session.execute(select(buckets.c.bucket, func.count()).group_by(buckets.c.bucket))
    waited = dict.fromkeys((*(name for _, name in WAITED), LONGEST), 0)
    for name, count in counted:
        waited[name] = count
    return waited


def _oldest(session: Session, scope: Scope, limit: int) -> list[Waiting]:
    age = epoch(db_now()) - epoch(Message.created_at)
    rows = session.execute(
        waiting_for_us(
            select(
                Ticket.id,
                Ticket.subject,
                Customer.name,
                Ticket.priority,
                Ticket.assignee_id,
                Message.created_at,
                age.label("age"),
            )
            .select_from(Ticket)
            .join(Customer, Customer.id == Ticket.customer_id)
            .where(scope.tickets())
        )
        .order_by(Message.created_at, Ticket.id)
        .limit(limit)
    )
    return [
        Waiting(ticket_id, subject, name, priority, assignee_id, since, max(0.0, round(seconds, 1)))
        for ticket_id, subject, name, priority, assignee_id, since, seconds in rows
    ]
