"""A reply goes out: claim, call, record. Never twice: what may have arrived is `uncertain` until a person says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from channels.inbound import GUEST_PREFIX
from channels.protocol import Channel, NotSent, Outgoing, Refused, Uncertain
from core.db import Database, db_now
from core.events import SYSTEM
from records import events
from records.tickets.models import Delivery, DeliveryState, Direction, Message, Ticket
from records.tickets.telling import emit_about


@dataclass(frozen=True, slots=True)
class Claimed:
    outgoing: Outgoing
    kind: str | None  # None: no channel account, the customer reads it from us
    config: Mapping[str, Any]
    secret: str
    attempt: int


class TryLater(Exception):
    """Not sent, certainly; the job is to be repeated. `delay` in seconds; `due` False: it was not time yet."""

    def __init__(self, message: str, delay: float | None = None, *, due: bool = True) -> None:
        super().__init__(message)
        self.delay = delay
        self.due = due


def send_message(db: Database, channels: Mapping[str, Channel], message_id: int, lease_seconds: float = 60) -> str:
    """Send one queued reply; returns its delivery state. Raises TryLater when it is certain that nothing was sent.

    `lease_seconds` must exceed the longest call that a channel can make.
    Whoever finds it `sending` past its lease finds a sender that died in the call: that is `uncertain`.
    """
    with db.unit_of_work() as session:  # T4
        claimed = _claim(session, message_id, lease_seconds)
        if isinstance(claimed, str):
            return claimed
    try:
        state, provider_id, error = DeliveryState.SENT, _call(channels, claimed), None
    except Refused as refused:
        state, provider_id, error = DeliveryState.FAILED, None, str(refused)
    except Uncertain as uncertain:
        state, provider_id, error = DeliveryState.UNCERTAIN, None, str(uncertain)
    except NotSent as not_sent:
        with db.unit_of_work() as session:
            _record(session, message_id, claimed.attempt, DeliveryState.QUEUED, None, str(not_sent))
        raise TryLater(str(not_sent), not_sent.retry_after) from not_sent
    with db.unit_of_work() as session:  # T5
        _record(session, message_id, claimed.attempt, state, provider_id, error)
    return state


def give_up(session: Session, message_id: int, error: str) -> None:
    """No more attempts: a reply that is still queued has failed, and an agent must hear of it."""
    row = session.execute(
        update(Delivery)
        .where(Delivery.message_id == message_id, Delivery.state == DeliveryState.QUEUED)
        .values(state=DeliveryState.FAILED, last_error=error, updated_at=db_now())
        .returning(Delivery.id)
    ).first()
    if row is not None:
        _announce(session, message_id, DeliveryState.FAILED)


def settle_dead_senders(session: Session, limit: int = 200) -> int:
    """Replies whose sender died in the call become uncertain; returns how many. The schedule calls it."""
    stuck = session.scalars(
        select(Delivery.message_id)
        .where(Delivery.state == DeliveryState.SENDING, Delivery.lease_until < db_now())
        .limit(limit)
    )
    return sum(_settle_if_dead(session, message_id) for message_id in list(stuck))


def _call(channels: Mapping[str, Channel], claimed: Claimed) -> str:
    if claimed.kind is None:
        return ""
    channel = channels.get(claimed.kind)
    if channel is None:
        raise Refused(f"There is no channel of kind {claimed.kind!r}.")
    return channel.send(claimed.config, claimed.secret, claimed.outgoing)


def _claim(session: Session, message_id: int, lease_seconds: float) -> Claimed | str:
    if _settle_if_dead(session, message_id):
        return DeliveryState.UNCERTAIN
    due = select(Message.id).where(
        Message.id == message_id, (Message.send_after.is_(None)) | (Message.send_after <= db_now())
    )
    row = session.execute(
        update(Delivery)
        .where(Delivery.message_id == message_id, Delivery.state == DeliveryState.QUEUED, Delivery.message_id.in_(due))
        .values(
            state=DeliveryState.SENDING,
            attempt=Delivery.attempt + 1,
            lease_until=db_now(lease_seconds),
            updated_at=db_now(),
        )
        .returning(Delivery.attempt)
    ).first()
    if row is None:
        return _not_claimable(session, message_id, lease_seconds)
    message = session.get_one(Message, message_id)
    ticket = session.scalars(
        select(Ticket)
        .where(Ticket.id == message.ticket_id)
        .options(joinedload(Ticket.channel_account), joinedload(Ticket.identity))
    ).one()
    account, identity = ticket.channel_account, ticket.identity
    reply_to = session.scalar(
        select(Message.external_id)
        .where(Message.ticket_id == ticket.id, Message.direction == Direction.IN, Message.seq < message.seq)
        .order_by(Message.seq.desc())
        .limit(1)
    )
    outgoing = Outgoing(
        message_id=message.id,
        ticket_id=ticket.id,
        address=identity.address.removeprefix(GUEST_PREFIX) if identity else "",
        text=message.text,
        citations=tuple(message.citations),
        created_at=message.created_at.isoformat(),
        author_kind=message.author_kind,
        in_reply_to=reply_to,
    )
    if account is None or identity is None:
        return Claimed(outgoing, None, {}, "", row.attempt)
    return Claimed(outgoing, account.kind, account.config, account.secret or "", row.attempt)


def _settle_if_dead(session: Session, message_id: int) -> bool:
    died = session.execute(
        update(Delivery)
        .where(
            Delivery.message_id == message_id,
            Delivery.state == DeliveryState.SENDING,
            Delivery.lease_until < db_now(),
        )
        .values(
            state=DeliveryState.UNCERTAIN,
            last_error="The sender died during the call: nobody knows whether it arrived.",
            updated_at=db_now(),
        )
        .returning(Delivery.id)
    ).first()
    if died is not None:
        _announce(session, message_id, DeliveryState.UNCERTAIN)
    return died is not None


def _not_claimable(session: Session, message_id: int, lease_seconds: float) -> str:
    """Somebody else's, or not due: `sending` and a delayed `queued` are looked at again later."""
    row = session.execute(
        select(Delivery.state, Message.send_after).join(Message).where(Delivery.message_id == message_id)
    ).first()
    if row is None:
        return "missing"
    if row.state == DeliveryState.SENDING:
        raise TryLater("another sender has it", lease_seconds, due=False)
    if row.state == DeliveryState.QUEUED:
        seconds = session.scalar(select(db_now()))
        wait = (row.send_after - seconds).total_seconds() if row.send_after and seconds else 1.0
        raise TryLater("waits for its time", max(0.2, wait), due=False)
    return str(row.state)


def _record(
    session: Session, message_id: int, attempt: int, state: str, provider_id: str | None, error: str | None
) -> None:
    row = session.execute(
        update(Delivery)
        .where(Delivery.message_id == message_id, Delivery.state == DeliveryState.SENDING, Delivery.attempt == attempt)
        .values(state=state, provider_id=provider_id, last_error=error, lease_until=None, updated_at=db_now())
        .returning(Delivery.id)
    ).first()
    if row is not None and state != DeliveryState.QUEUED:
        _announce(session, message_id, state)


def _announce(session: Session, message_id: int, state: str) -> None:
    ticket = session.scalars(select(Ticket).join(Message).where(Message.id == message_id)).one()
    emit_about(
        session,
        events.DeliveryChanged,
        ticket,
        SYSTEM,
        message_id=message_id,
        state=state,
    )
