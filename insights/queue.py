"""What is open at this moment, and who has waited longest for a reply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from core.db import db_now
from insights.scope import Scope
from insights.sql import epoch
from records.people.models import Customer
from records.tickets.models import Ticket, TicketStatus

WAITS = Ticket.waiting_since.is_not(None)
OPEN = (TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.PENDING)
WAITED = ((3600, "under_1h"), (4 * 3600, "1_to_4h"), (24 * 3600, "4_to_24h"))
LONGEST = "over_24h"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket whose customer wrote at `since` and has had no reply."""

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


def _waited(session: Session, scope: Scope) -> dict[str, int]:
    age = epoch(db_now()) - epoch(Ticket.waiting_since)
    bucket = case(*((age < seconds, name) for seconds, name in WAITED), else_=LONGEST)
    buckets = select(bucket.label("bucket")).where(WAITS, scope.tickets()).subquery()
    waited = dict.fromkeys((*(name for _, name in WAITED), LONGEST), 0)
    for name, count in session.execute(select(buckets.c.bucket, func.count()).group_by(buckets.c.bucket)):
        waited[name] = count
    return waited


def _oldest(session: Session, scope: Scope, limit: int) -> list[Waiting]:
    since = Ticket.waiting_since
    rows = session.execute(
        select(Ticket, Customer.name, since, epoch(db_now()) - epoch(since))
        .join(Customer, Customer.id == Ticket.customer_id)
        .where(WAITS, scope.tickets())
        .order_by(since, Ticket.id)
        .limit(limit)
    )
    return [
        Waiting(row.id, row.subject, name, row.priority, row.assignee_id, since, max(0.0, round(seconds, 1)))
        for row, name, since, seconds in rows
        if since is not None
    ]
