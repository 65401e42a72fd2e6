"""Writes on a ticket, whose row the caller has locked (`lock_ticket`); `records.tickets.messages` writes into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import InvalidInput, NotFound, PreconditionFailed
from records import events
from records.people.models import Staff, StaffShop
from records.principals import Principal
from records.tickets.models import Priority, ReadCursor, Ticket, TicketStatus, TicketTag
from records.tickets.telling import emit_about

# what these find out by themselves does not make an old ticket look new
_NO_ACTIVITY = frozenset({"bot", "system"})


@dataclass(frozen=True, slots=True)
class NewTicket:
    shop_id: int
    customer_id: int
    channel: str
    subject: str = ""
    external_id: str | None = None
    identity_id: int | None = None
    channel_account_id: int | None = None
    priority: str = Priority.NORMAL


def lock_ticket(session: Session, principal: Principal, ticket_id: int, expected_version: int | None = None) -> Ticket:
    """The ticket with its row locked. Raises NotFound (also for shops out of reach) and PreconditionFailed."""
    ticket = session.get(Ticket, ticket_id, with_for_update=True, populate_existing=True)
    if ticket is None or not principal.may_see_shop(ticket.shop_id):
        raise NotFound(f"There is no ticket {ticket_id} that you may see.")
    if expected_version is not None and ticket.version != expected_version:
        raise PreconditionFailed(
            "The ticket has changed since you read it. Read it again, then repeat what you want to do.",
            current_version=ticket.version,
        )
    return ticket


def open_ticket(session: Session, principal: Principal, new: NewTicket) -> Ticket:
    """A new ticket without messages yet; `messages.add_inbound` or `messages.queue_reply` gives it its first."""
    principal.require_shop(new.shop_id)
    ticket = Ticket(
        shop_id=new.shop_id,
        customer_id=new.customer_id,
        channel=new.channel,
        subject=new.subject.strip()[:255],
        external_id=new.external_id,
        identity_id=new.identity_id,
        channel_account_id=new.channel_account_id,
        priority=new.priority,
    )
    session.add(ticket)
    session.flush()
    emit_about(session, events.TicketOpened, ticket, principal.actor)
    return ticket


def assign(session: Session, principal: Principal, ticket: Ticket, staff_id: int | None) -> None:
    """Give the ticket to a member of staff, or to nobody. Raises InvalidInput when there is no such active one, or when
    it does not work for the ticket's shop."""
    if staff_id is not None:
        staff = session.get(Staff, staff_id)
        if staff is None or not staff.active:
            raise InvalidInput(f"There is no active member of staff {staff_id}.", field="assignee_id")
        limited_to = set(session.scalars(select(StaffShop.shop_id).where(StaffShop.staff_id == staff_id)))
        if limited_to and ticket.shop_id not in limited_to:
            raise InvalidInput(f"{staff.display_name} does not work for this ticket's shop.", field="assignee_id")
    if ticket.assignee_id == staff_id:
        return
    previous, ticket.assignee_id = ticket.assignee_id, staff_id
    if staff_id is not None and ticket.status == TicketStatus.NEW:
        move_to(session, principal, ticket, TicketStatus.OPEN)
    emit_about(session, events.TicketAssigned, ticket, principal.actor, assignee_id=staff_id, previous_id=previous)


def resolve(session: Session, principal: Principal, ticket: Ticket) -> None:
    if ticket.status in (TicketStatus.RESOLVED, TicketStatus.CLOSED):
        return
    ticket.resolved_at = now()
    ticket.waiting_since = None
    ticket.bot_stopped = False
    move_to(session, principal, ticket, TicketStatus.RESOLVED)
    emit_about(session, events.TicketResolved, ticket, principal.actor)


def set_status(session: Session, principal: Principal, ticket: Ticket, status: str) -> None:
    """Any status by hand. Raises InvalidInput for a word that is none."""
    if status not in list(TicketStatus):
        raise InvalidInput(f"Status {status!r} is not one of {', '.join(TicketStatus)}.", field="status")
    if status == TicketStatus.RESOLVED:
        return resolve(session, principal, ticket)
    if status == TicketStatus.CLOSED:
        ticket.closed_at = now()
        ticket.waiting_since = None
        ticket.resolved_at = now() if ticket.resolved_at is None else ticket.resolved_at
        emit_about(session, events.TicketClosed, ticket, principal.actor)
    elif ticket.status in (TicketStatus.RESOLVED, TicketStatus.CLOSED):
        ticket.resolved_at = ticket.closed_at = None
        emit_about(session, events.TicketReopened, ticket, principal.actor)
    move_to(session, principal, ticket, status)
    return None


def set_priority(session: Session, principal: Principal, ticket: Ticket, priority: str) -> None:
    if priority not in list(Priority):
        raise InvalidInput(f"Priority {priority!r} is not one of {', '.join(Priority)}.", field="priority")
    _change(session, principal, ticket, "priority", priority)


def set_classification(
    session: Session, principal: Principal, ticket: Ticket, *, intent: str | None, category: str | None
) -> None:
    _change(session, principal, ticket, "intent", intent)
    _change(session, principal, ticket, "category", category)


def set_subject(session: Session, principal: Principal, ticket: Ticket, subject: str) -> None:
    _change(session, principal, ticket, "subject", subject.strip()[:255])


def set_tags(session: Session, principal: Principal, ticket: Ticket, tags: list[str]) -> None:
    """Replace the tags. Empty and repeated ones are dropped."""
    wanted = {tag.strip()[:64] for tag in tags if tag.strip()}
    known = set(session.scalars(select(TicketTag.tag).where(TicketTag.ticket_id == ticket.id)))
    if wanted == known:
        return
    session.execute(delete(TicketTag).where(TicketTag.ticket_id == ticket.id, TicketTag.tag.in_(known - wanted)))
    session.add_all(TicketTag(ticket_id=ticket.id, tag=tag) for tag in sorted(wanted - known))
    touch(ticket)
    emit_about(session, events.TicketChanged, ticket, principal.actor, field="tags", old=None, new=None)


def mark_read(session: Session, staff_id: int, ticket_id: int, seq: int) -> None:
    """Move the reader's cursor forward, never back."""
    cursor = session.get(ReadCursor, (ticket_id, staff_id))
    if cursor is None:
        session.add(ReadCursor(ticket_id=ticket_id, staff_id=staff_id, seq=seq))
    elif cursor.seq < seq:
        cursor.seq = seq


def now() -> datetime:
    """The database's clock, as an expression that the flush fills in (the mapper fetches it back)."""
    return cast(datetime, db_now())


def touch(ticket: Ticket) -> None:
    """Something was done on the ticket: in lists by activity it is the newest."""
    ticket.updated_at = now()


def move_to(session: Session, principal: Principal, ticket: Ticket, status: str) -> None:
    """The status alone: its times, and the events beside `TicketChanged`, are the caller's."""
    _change(session, principal, ticket, "status", status)


def _change(session: Session, principal: Principal, ticket: Ticket, name: str, value: str | None) -> None:
    old = getattr(ticket, name)
    if old == value:
        return
    setattr(ticket, name, value)
    if principal.kind not in _NO_ACTIVITY:
        touch(ticket)
    # A subject is text, and events carry none.
    shown = (None, None) if name == "subject" else (old, value)
    emit_about(session, events.TicketChanged, ticket, principal.actor, field=name, old=shown[0], new=shown[1])
