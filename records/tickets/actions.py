"""Writes on tickets and messages. Every one locks the ticket row first: sequence numbers never clash or leave a gap."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from records import events
from records.attachments import actions as attachments
from records.people.models import Staff, StaffShop
from records.principals import Principal
from records.tickets.models import (
    MAX_TEXT,
    AuthorKind,
    Delivery,
    DeliveryState,
    Direction,
    Message,
    MessageHtml,
    Priority,
    ReadCursor,
    Ticket,
    TicketStatus,
    TicketTag,
    Visibility,
)
from records.tickets.telling import emit_about
from records.tickets.waiting import unanswered_since

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


@dataclass(frozen=True, slots=True)
class NewMessage:
    text: str
    client_id: str | None = None
    external_id: str | None = None
    channel_account_id: int | None = None
    language: str | None = None
    attachments: list[Any] = field(default_factory=list)
    citations: list[Any] = field(default_factory=list)
    suggestion_id: int | None = None
    send_after_seconds: float = 0
    html: str | None = None  # cleaned by who received it


def checked_text(text: str, *, optional: bool = False) -> str:
    """The text without surrounding space. Raises InvalidInput when it is too long, or empty and not `optional`."""
    text = text.replace("\x00", "").strip()
    if not text and not optional:
        raise InvalidInput("The message is empty: write something.", field="text")
    if len(text) > MAX_TEXT:
        raise InvalidInput(f"The message has {len(text)} characters; at most {MAX_TEXT} are taken.", field="text")
    return text


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
    """A new ticket without messages yet; `add_inbound` or `queue_reply` gives it its first."""
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


def add_inbound(session: Session, principal: Principal, ticket: Ticket, new: NewMessage) -> Message:
    """A customer's message; the ticket is opened again when it was waiting or resolved."""
    message = _append(session, ticket, new, Direction.IN, AuthorKind.CUSTOMER, ticket.customer_id)
    ticket.last_inbound_seq = message.seq
    if ticket.waiting_since is None:
        ticket.waiting_since = _now()
    if not ticket.subject:
        said = message.text or ", ".join(item["name"] for item in message.attachments)
        ticket.subject = said.splitlines()[0][:80]
    if ticket.status in (TicketStatus.RESOLVED, TicketStatus.CLOSED):
        ticket.resolved_at = ticket.closed_at = None
        _set_status(session, principal, ticket, TicketStatus.OPEN)
        emit_about(session, events.TicketReopened, ticket, principal.actor)
    elif ticket.status == TicketStatus.PENDING:
        _set_status(session, principal, ticket, TicketStatus.OPEN)
    emit_about(session, events.MessageReceived, ticket, principal.actor, message_id=message.id)
    return message


def add_note(session: Session, principal: Principal, ticket: Ticket, new: NewMessage) -> Message:
    """An internal note: no customer and no draft ever sees it."""
    message = _append(session, ticket, new, Direction.OUT, AuthorKind.AGENT, principal.id, visibility=Visibility.NOTE)
    emit_about(session, events.NoteAdded, ticket, principal.actor, message_id=message.id)
    return message


def queue_reply(
    session: Session, principal: Principal, ticket: Ticket, new: NewMessage, author: AuthorKind, *, settles: bool = True
) -> Message:
    """A reply that the channel will send; the ticket then waits for the customer. Not `settles`: another question of
    the customer has no answer yet, and the ticket goes on waiting for us."""
    if ticket.status == TicketStatus.CLOSED:
        raise Conflict("The ticket is closed. Open it again before you reply.")
    message = _append(session, ticket, new, Direction.OUT, author, principal.id)
    session.add(Delivery(message_id=message.id, state=DeliveryState.QUEUED))
    if settles:
        if ticket.first_response_at is None:
            ticket.first_response_at = _now()
        ticket.waiting_since = None
        _set_status(session, principal, ticket, TicketStatus.PENDING)
    emit_about(session, events.ReplyQueued, ticket, principal.actor, message_id=message.id)
    return message


def cancel_reply(session: Session, principal: Principal, ticket: Ticket, message_id: int) -> None:
    """Take back a reply that has not been handed to the channel yet. Raises Conflict when it is too late."""
    taken_back = session.execute(
        update(Delivery)
        .where(Delivery.message_id == message_id, Delivery.state == DeliveryState.QUEUED)
        .where(Delivery.message_id.in_(select(Message.id).where(Message.ticket_id == ticket.id)))
        .values(state=DeliveryState.CANCELLED, updated_at=db_now())
        .returning(Delivery.id)
    ).first()
    if taken_back is None:
        raise Conflict("The reply is already on its way and cannot be taken back.")
    if ticket.waiting_since is None:
        ticket.waiting_since = unanswered_since(session, ticket)
    _set_status(session, principal, ticket, TicketStatus.OPEN)
    emit_about(session, events.ReplyCancelled, ticket, principal.actor, message_id=message_id)


def settle_uncertain(session: Session, principal: Principal, ticket: Ticket, message_id: int, *, arrived: bool) -> None:
    """An agent says what became of an uncertain reply: it arrived, or it did not and is to be sent again."""
    state = DeliveryState.SENT if arrived else DeliveryState.QUEUED
    settled = session.execute(
        update(Delivery)
        .where(Delivery.message_id == message_id, Delivery.state.in_([DeliveryState.UNCERTAIN, DeliveryState.FAILED]))
        .where(Delivery.message_id.in_(select(Message.id).where(Message.ticket_id == ticket.id)))
        .values(state=state, updated_at=db_now())
        .returning(Delivery.id)
    ).first()
    if settled is None:
        raise Conflict("This reply is not uncertain or failed, so there is nothing to settle.")
    emit_about(session, events.DeliveryChanged, ticket, principal.actor, message_id=message_id, state=state)
    if not arrived:
        emit_about(session, events.ReplyQueued, ticket, principal.actor, message_id=message_id)


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
        _set_status(session, principal, ticket, TicketStatus.OPEN)
    emit_about(session, events.TicketAssigned, ticket, principal.actor, assignee_id=staff_id, previous_id=previous)


def resolve(session: Session, principal: Principal, ticket: Ticket) -> None:
    if ticket.status in (TicketStatus.RESOLVED, TicketStatus.CLOSED):
        return
    ticket.resolved_at = _now()
    ticket.waiting_since = None
    ticket.bot_stopped = False
    _set_status(session, principal, ticket, TicketStatus.RESOLVED)
    emit_about(session, events.TicketResolved, ticket, principal.actor)


def set_status(session: Session, principal: Principal, ticket: Ticket, status: str) -> None:
    """Any status by hand. Raises InvalidInput for a word that is none."""
    if status not in list(TicketStatus):
        raise InvalidInput(f"Status {status!r} is not one of {', '.join(TicketStatus)}.", field="status")
    if status == TicketStatus.RESOLVED:
        return resolve(session, principal, ticket)
    if status == TicketStatus.CLOSED:
        ticket.closed_at = _now()
        ticket.waiting_since = None
        ticket.resolved_at = _now() if ticket.resolved_at is None else ticket.resolved_at
        emit_about(session, events.TicketClosed, ticket, principal.actor)
    elif ticket.status in (TicketStatus.RESOLVED, TicketStatus.CLOSED):
        ticket.resolved_at = ticket.closed_at = None
        emit_about(session, events.TicketReopened, ticket, principal.actor)
    _set_status(session, principal, ticket, status)
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
    _touch(ticket)
    emit_about(session, events.TicketChanged, ticket, principal.actor, field="tags", old=None, new=None)


def mark_read(session: Session, staff_id: int, ticket_id: int, seq: int) -> None:
    """Move the reader's cursor forward, never back."""
    cursor = session.get(ReadCursor, (ticket_id, staff_id))
    if cursor is None:
        session.add(ReadCursor(ticket_id=ticket_id, staff_id=staff_id, seq=seq))
    elif cursor.seq < seq:
        cursor.seq = seq


def _now() -> datetime:
    """The database's clock, as an expression that the flush fills in (the mapper fetches it back)."""
    return cast(datetime, db_now())


def _touch(ticket: Ticket) -> None:
    ticket.updated_at = _now()


def _append(
    session: Session,
    ticket: Ticket,
    new: NewMessage,
    direction: Direction,
    author: AuthorKind,
    author_id: int | None,
    *,
    visibility: Visibility = Visibility.PUBLIC,
) -> Message:
    message = Message(
        ticket_id=ticket.id,
        seq=ticket.next_seq,
        client_id=new.client_id,
        external_id=new.external_id,
        channel_account_id=new.channel_account_id,
        direction=direction,
        visibility=visibility,
        author_kind=author,
        author_id=author_id,
        text=checked_text(new.text, optional=bool(new.attachments)),
        language=new.language,
        attachments=new.attachments,
        citations=new.citations,
        suggestion_id=new.suggestion_id,
        has_html=bool(new.html),
        send_after=cast(datetime, db_now(new.send_after_seconds)) if new.send_after_seconds else None,
    )
    ticket.next_seq += 1
    _touch(ticket)
    session.add(message)
    session.flush()
    attachments.bind(session, message)
    if new.html:
        session.add(MessageHtml(message_id=message.id, html=new.html))
    return message


def _set_status(session: Session, principal: Principal, ticket: Ticket, status: str) -> None:
    _change(session, principal, ticket, "status", status)


def _change(session: Session, principal: Principal, ticket: Ticket, name: str, value: str | None) -> None:
    old = getattr(ticket, name)
    if old == value:
        return
    setattr(ticket, name, value)
    if principal.kind not in _NO_ACTIVITY:
        _touch(ticket)
    # A subject is text, and events carry none.
    shown = (None, None) if name == "subject" else (old, value)
    emit_about(session, events.TicketChanged, ticket, principal.actor, field=name, old=shown[0], new=shown[1])
