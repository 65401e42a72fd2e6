"""Reads of tickets, messages and timelines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.db import db_now
from core.errors import NotFound
from core.events import Event
from core.jobs.models import QUEUED, Job
from records.people.models import Customer
from records.principals import Principal
from records.tickets.filters import TicketFilter, narrowed
from records.tickets.models import (
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

SEND_JOB = "channels.send"
CONTINUED_DAYS = 3  # a word after that begins a new matter: nobody is on it, and the bot may answer again


def visible(principal: Principal) -> Select[Ticket]:
    """All tickets that the principal may see."""
    query = select(Ticket)
    if principal.kind == "customer":
        return query.where(Ticket.customer_id == principal.customer_id)
    if principal.shops is not None:
        query = query.where(Ticket.shop_id.in_(principal.shops))
    return query


def get_ticket(session: Session, principal: Principal, ticket_id: int) -> Ticket:
    """With customer, tags, account and identity. Raises NotFound."""
    ticket = session.scalar(
        visible(principal)
        .where(Ticket.id == ticket_id)
        .options(
            joinedload(Ticket.customer).selectinload(Customer.tags),
            joinedload(Ticket.identity),
            joinedload(Ticket.shop),
            joinedload(Ticket.channel_account),
            selectinload(Ticket.tags),
        )
    )
    if ticket is None:
        raise NotFound(f"There is no ticket {ticket_id} that you may see.")
    return ticket


def list_tickets(
    session: Session,
    principal: Principal,
    wanted: TicketFilter,
    *,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[Ticket]:
    """Newest activity first; `after` is (updated_at, id) of the last row of the page before."""
    query = (
        narrowed(session, visible(principal), wanted)
        .options(selectinload(Ticket.customer), selectinload(Ticket.tags))
        .order_by(Ticket.updated_at.desc(), Ticket.id.desc())
        .limit(limit)
    )
    if after is not None:
        at, ticket_id = after
        query = query.where(or_(Ticket.updated_at < at, and_(Ticket.updated_at == at, Ticket.id < ticket_id)))
    return list(session.scalars(query))


def count_by_status(session: Session, principal: Principal) -> dict[str, int]:
    base = visible(principal).subquery()
    rows = session.execute(select(base.c.status, func.count()).group_by(base.c.status))
    return {row[0]: row[1] for row in rows}


def list_messages(
    session: Session, ticket_id: int, *, public_only: bool = False, after_seq: int = 0, limit: int = 200
) -> list[Message]:
    """In order, with their delivery. `public_only` leaves notes out: what a customer may see."""
    query = (
        select(Message)
        .where(Message.ticket_id == ticket_id, Message.seq > after_seq)
        .options(joinedload(Message.delivery))
        .order_by(Message.seq)
        .limit(limit)
    )
    if public_only:
        query = query.where(Message.visibility == Visibility.PUBLIC)
    return list(session.scalars(query))


def next_tries(session: Session, messages: Sequence[Message]) -> dict[int, datetime]:
    """When a reply that could not be delivered is tried again, by message; `messages` with their delivery."""
    failed = [
        message.id
        for message in messages
        if message.delivery and message.delivery.state == DeliveryState.QUEUED and message.delivery.last_error
    ]
    if not failed:
        return {}
    about = Job.args["message_id"].as_integer()
    waiting = select(about, Job.run_at).where(Job.name == SEND_JOB, Job.state == QUEUED, about.in_(failed))
    return dict(session.execute(waiting).tuples().all())


def agent_has_replied(session: Session, ticket_id: int) -> bool:
    """True when a person has answered in this ticket."""
    return bool(
        session.scalar(
            select(Message.id)
            .where(
                Message.ticket_id == ticket_id,
                Message.direction == Direction.OUT,
                Message.author_kind == AuthorKind.AGENT,
                Message.visibility == Visibility.PUBLIC,
            )
            .limit(1)
        )
    )


def is_going_on() -> ColumnElement[bool]:
    """Of tickets that the customer's next message belongs to: neither closed nor resolved over `CONTINUED_DAYS` ago."""
    lately = Ticket.resolved_at > db_now(-CONTINUED_DAYS * 86_400)
    return and_(Ticket.status != TicketStatus.CLOSED, or_(Ticket.status != TicketStatus.RESOLVED, lately))


def open_ticket_of(session: Session, channel_account_id: int, identity_id: int) -> Ticket | None:
    """The identity's ticket that is still going on, the newest one, with its row locked."""
    return session.scalar(
        select(Ticket)
        .where(
            Ticket.channel_account_id == channel_account_id,
            Ticket.identity_id == identity_id,
            is_going_on(),
        )
        .order_by(Ticket.id.desc())
        .limit(1)
        .with_for_update()
    )


def unsettled_deliveries(session: Session, principal: Principal, limit: int = 100) -> list[tuple[Message, Delivery]]:
    """Replies of which nobody knows whether they arrived, or that failed: an agent has to look."""
    tickets = visible(principal).with_only_columns(Ticket.id)
    rows = session.execute(
        select(Message, Delivery)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(Delivery.state.in_([DeliveryState.UNCERTAIN, DeliveryState.FAILED]), Message.ticket_id.in_(tickets))
        .order_by(Delivery.id)
        .limit(limit)
    )
    return [(message, delivery) for message, delivery in rows]


def timeline(session: Session, ticket_id: int, limit: int = 200) -> list[Event]:
    """What happened to the ticket, oldest first."""
    return list(session.scalars(select(Event).where(Event.ticket_id == ticket_id).order_by(Event.id).limit(limit)))


def get_html(session: Session, ticket_id: int, message_id: int) -> str:
    """The cleaned HTML of a customer's message. Raises NotFound when it has none."""
    html = session.scalar(
        select(MessageHtml.html).join(Message).where(Message.id == message_id, Message.ticket_id == ticket_id)
    )
    if html is None:
        raise NotFound(f"Message {message_id} of ticket {ticket_id} has no HTML.")
    return html


def get_message(session: Session, ticket_id: int, message_id: int) -> Message:
    """With its delivery. Raises NotFound."""
    message = session.scalar(
        select(Message)
        .where(Message.id == message_id, Message.ticket_id == ticket_id)
        .options(joinedload(Message.delivery))
        .execution_options(populate_existing=True)
    )
    if message is None:
        raise NotFound(f"There is no message {message_id} in ticket {ticket_id}.")
    return message
