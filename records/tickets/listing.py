"""The inbox: pages of tickets in the orders that agents need, what a row shows, and how many there are of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, select, tuple_
from sqlalchemy.orm import Session, selectinload

from core.db import UtcDateTime
from records.people.models import Staff
from records.principals import Principal
from records.tickets import queries
from records.tickets.filters import TicketFilter, narrowed
from records.tickets.models import Message, Priority, ReadCursor, Ticket, TicketStatus, TicketTag

ACTIVE = (TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.PENDING)
EXCERPT = 160  # characters of the last message that a row shows
TAGS = 12  # the most frequent ones are counted
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # sorts those who do not wait behind those who do
_RANKS = {Priority.LOW.value: 0, Priority.NORMAL.value: 1, Priority.HIGH.value: 2, Priority.URGENT.value: 3}


@dataclass(frozen=True, slots=True)
class Order:
    """Columns that together are unique, all in one direction, and their values of a row: the cursor of a page."""

    columns: tuple[Any, ...]
    descending: bool
    key: Callable[[Ticket], tuple[Any, ...]]


ORDERS = {
    "newest": Order((Ticket.updated_at, Ticket.id), True, lambda row: (row.updated_at, row.id)),
    "waiting": Order(
        (func.coalesce(Ticket.waiting_since, literal(_NEVER, UtcDateTime())), Ticket.id),
        False,
        lambda row: (row.waiting_since or _NEVER, row.id),
    ),
    "priority": Order(
        (case(_RANKS, value=Ticket.priority, else_=1), Ticket.updated_at, Ticket.id),
        True,
        lambda row: (_RANKS.get(row.priority, 1), row.updated_at, row.id),
    ),
}


@dataclass(frozen=True, slots=True)
class LastMessage:
    text: str
    author_kind: str
    visibility: str
    created_at: datetime
    attachments: int


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What a page's rows show beside their tickets, by ticket id; assignees by their own."""

    last: dict[int, LastMessage]
    unread: set[int]
    assignees: dict[int, str]


@dataclass(slots=True)
class Counts:
    """Of visible tickets. All but `status` count what is active (new, open, pending)."""

    mine: int = 0
    unassigned: int = 0
    waiting: int = 0
    active: int = 0
    status: Counter[str] = field(default_factory=Counter)
    priority: Counter[str] = field(default_factory=Counter)
    channel: Counter[str] = field(default_factory=Counter)
    tag: dict[str, int] = field(default_factory=dict)


def list_page(
    session: Session,
    principal: Principal,
    wanted: TicketFilter,
    order: Order,
    *,
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> list[Ticket]:
    """With customer and tags. `after`: the key of the last row of the page before."""
    query = narrowed(session, queries.visible(principal), wanted)
    if after is not None:
        row = tuple_(*order.columns)
        position = tuple_(*(literal(value, column.type) for value, column in zip(after, order.columns, strict=True)))
        query = query.where(row < position if order.descending else row > position)
    sorted_by = [column.desc() if order.descending else column.asc() for column in order.columns]
    # not joined: a sorted page would look up the customer of every ticket that it sorts
    loaded = (selectinload(Ticket.customer), selectinload(Ticket.tags))
    return list(session.scalars(query.options(*loaded).order_by(*sorted_by).limit(limit)))


def row_facts(session: Session, principal: Principal, tickets: Sequence[Ticket]) -> RowFacts:
    """A few look-ups by key, however many tickets there are in the database."""
    ids = [ticket.id for ticket in tickets]
    last = {
        row.ticket_id: LastMessage(
            " ".join(row.text[: EXCERPT * 2].split())[:EXCERPT],
            row.author_kind,
            row.visibility,
            row.created_at,
            len(row.attachments or ()),
        )
        for row in session.execute(
            select(
                Message.ticket_id,
                Message.text,
                Message.author_kind,
                Message.visibility,
                Message.created_at,
                Message.attachments,
            )
            .join(Ticket, and_(Ticket.id == Message.ticket_id, Message.seq == Ticket.next_seq - 1))
            .where(Ticket.id.in_(ids))
        )
    }
    read: dict[int, int] = {}
    if principal.kind == "staff":
        cursors = select(ReadCursor.ticket_id, ReadCursor.seq)
        own = cursors.where(ReadCursor.staff_id == principal.id, ReadCursor.ticket_id.in_(ids))
        read = {row.ticket_id: row.seq for row in session.execute(own)}
    people = {ticket.assignee_id for ticket in tickets if ticket.assignee_id is not None}
    names = select(Staff.id, Staff.display_name).where(Staff.id.in_(people))
    return RowFacts(
        last,
        {ticket.id for ticket in tickets if ticket.last_inbound_seq > read.get(ticket.id, 0)},
        {row.id: row.display_name for row in session.execute(names)},
    )


def count_tickets(session: Session, principal: Principal, wanted: TicketFilter) -> int:
    """How many tickets this filter finds."""
    found = narrowed(session, queries.visible(principal), wanted).with_only_columns(Ticket.id)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def count_kinds(session: Session, principal: Principal) -> Counts:
    """One pass over the tickets, however many kinds there are, and one over the tags."""
    whose = case((Ticket.assignee_id.is_(None), 0), (Ticket.assignee_id == principal.id, 1), else_=2)
    waits = Ticket.waiting_since.is_not(None)
    kinds: tuple[Any, ...] = (Ticket.status, Ticket.priority, Ticket.channel, whose, waits)
    labelled = [kind.label(f"kind{number}") for number, kind in enumerate(kinds)]
    everything: Select[Any] = queries.visible(principal).with_only_columns(*labelled, func.count())
    counts = Counts()
    for status, priority, channel, owner, waiting, number in session.execute(everything.group_by(*labelled)):
        counts.status[status] += number
        if status not in ACTIVE:
            continue
        counts.active += number
        counts.priority[priority] += number
        counts.channel[channel] += number
        counts.waiting += number if waiting else 0
        counts.unassigned += number if owner == 0 else 0
        counts.mine += number if owner == 1 and principal.kind == "staff" else 0
    tickets = queries.visible(principal).with_only_columns(Ticket.id).where(Ticket.status.in_(ACTIVE))
    tags = (
        select(TicketTag.tag, func.count().label("tickets"))
        .where(TicketTag.ticket_id.in_(tickets))
        .group_by(TicketTag.tag)
        .order_by(func.count().desc(), TicketTag.tag)
        .limit(TAGS)
    )
    counts.tag = {row.tag: row.tickets for row in session.execute(tags)}
    return counts
