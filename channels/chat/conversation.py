"""What a shopper may read: the public messages of this identity's tickets in this chat, and nothing of our work on
them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from channels.chat.models import ChatSession
from channels.chat.sessions import Shopper
from core.db import db_now
from core.errors import NotFound
from records.attachments.models import CHAT_SESSION, Attachment
from records.people.models import Staff
from records.presence.models import Presence, PresenceState
from records.tickets.models import Delivery, DeliveryState, Message, ReadCursor, Ticket, Visibility

# On its way and beyond recall: a reply that an agent may still take back is not shown.
_BEYOND_RECALL = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNCERTAIN)
TICKETS = 50  # the newest ones of a shopper


def shown() -> ColumnElement[bool]:
    """The condition on Message, outer-joined with Delivery."""
    return (Message.visibility == Visibility.PUBLIC) & or_(Delivery.id.is_(None), Delivery.state.in_(_BEYOND_RECALL))


def tickets_of(session: Session, shopper: Shopper) -> list[Ticket]:
    """The shopper's tickets in this chat, newest first."""
    if shopper.identity is None:
        return []
    query = select(Ticket).where(
        Ticket.channel_account_id == shopper.session.account_id, Ticket.identity_id == shopper.identity.id
    )
    return list(session.scalars(query.order_by(Ticket.id.desc()).limit(TICKETS)))


def own_ticket(session: Session, shopper: Shopper, ticket_id: int) -> Ticket:
    """Raises NotFound for any other."""
    for ticket in tickets_of(session, shopper):
        if ticket.id == ticket_id:
            return ticket
    raise NotFound(f"There is no conversation {ticket_id} of yours.")


def messages_of(
    session: Session, tickets: Sequence[Ticket], *, before: int | None = None, limit: int = 100
) -> list[Message]:
    """The newest messages that are shown, in order; `before` is the id of the oldest one that is known already."""
    query = (
        select(Message)
        .outerjoin(Delivery)
        .where(Message.ticket_id.in_([ticket.id for ticket in tickets]), shown())
        .options(joinedload(Message.delivery))
        .order_by(Message.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Message.id < before)
    return list(reversed(list(session.scalars(query))))


def attachment_of(session: Session, shopper: Shopper, attachment_id: int) -> Attachment:
    """An upload of this session, or a file of a message that the shopper is shown. Raises NotFound for any other."""
    row = session.get(Attachment, attachment_id)
    if row is not None and _may_have(session, shopper, row):
        return row
    raise NotFound(f"There is no file {attachment_id} of yours.")


def _may_have(session: Session, shopper: Shopper, row: Attachment) -> bool:
    if row.message_id is None:
        return (row.uploader_kind, row.uploader_id) == (CHAT_SESSION, shopper.session.id)
    tickets = [ticket.id for ticket in tickets_of(session, shopper)]
    query = select(Message.id).outerjoin(Delivery).where(Message.id == row.message_id, shown())
    return session.scalar(query.where(Message.ticket_id.in_(tickets))) is not None


def staff_present(session: Session, shop_id: int) -> bool:
    """Somebody of the staff has a ticket of this shop open at this moment."""
    query = (
        select(Presence.id)
        .join(Ticket, Ticket.id == Presence.ticket_id)
        .where(Ticket.shop_id == shop_id, Presence.actor_kind == "staff", Presence.expires_at > db_now())
    )
    return session.scalar(query.limit(1)) is not None


def typing_agent(session: Session, ticket_id: int) -> str | None:
    """The name of who writes to this shopper at this moment."""
    return session.scalar(
        select(Staff.display_name)
        .join(Presence, (Presence.actor_id == Staff.id) & (Presence.actor_kind == "staff"))
        .where(
            Presence.ticket_id == ticket_id,
            Presence.state == PresenceState.TYPING,
            Presence.expires_at > db_now(),
        )
        .limit(1)
    )


def seen_by_staff(session: Session, ticket_id: int) -> int:
    """Sequence number of the last message that anybody of the staff has read."""
    return session.scalar(select(func.max(ReadCursor.seq)).where(ReadCursor.ticket_id == ticket_id)) or 0


def external_id(row: ChatSession, client_id: str) -> str:
    """One in the account for each message of each shopper: nobody's id can name another's message."""
    kind = "v" if row.verified else "g"
    return f"chat:{kind}:{client_id}:{row.address}"
