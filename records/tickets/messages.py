"""Messages of a ticket: what the customer wrote, notes, and replies with their delivery. The caller holds the ticket's
row locked (`records.tickets.actions.lock_ticket`): sequence numbers never clash or leave a gap."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import Conflict, InvalidInput
from records import events
from records.attachments import actions as attachments
from records.principals import Principal
from records.tickets.actions import move_to, now, touch
from records.tickets.models import (
    MAX_TEXT,
    AuthorKind,
    Delivery,
    DeliveryState,
    Direction,
    Message,
    MessageHtml,
    Ticket,
    TicketStatus,
    Visibility,
)
from records.tickets.telling import emit_about
from records.tickets.waiting import unanswered_since


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


def add_inbound(session: Session, principal: Principal, ticket: Ticket, new: NewMessage) -> Message:
    """A customer's message; the ticket is opened again when it was waiting or resolved."""
    message = _append(session, ticket, new, Direction.IN, AuthorKind.CUSTOMER, ticket.customer_id)
    ticket.last_inbound_seq = message.seq
    if ticket.waiting_since is None:
        ticket.waiting_since = now()
    if not ticket.subject:
        said = message.text or ", ".join(item["name"] for item in message.attachments)
        ticket.subject = said.splitlines()[0][:80]
    if ticket.status in (TicketStatus.RESOLVED, TicketStatus.CLOSED):
        ticket.resolved_at = ticket.closed_at = None
        move_to(session, principal, ticket, TicketStatus.OPEN)
        emit_about(session, events.TicketReopened, ticket, principal.actor)
    elif ticket.status == TicketStatus.PENDING:
        move_to(session, principal, ticket, TicketStatus.OPEN)
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
            ticket.first_response_at = now()
        ticket.waiting_since = None
        move_to(session, principal, ticket, TicketStatus.PENDING)
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
    move_to(session, principal, ticket, TicketStatus.OPEN)
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
    touch(ticket)
    session.add(message)
    session.flush()
    attachments.bind(session, message)
    if new.html:
        session.add(MessageHtml(message_id=message.id, html=new.html))
    return message
