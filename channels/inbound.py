"""A message comes in: find or make customer, identity and ticket, store it once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.html import clean_html
from records.attachments.actions import Uploader, references
from records.people import actions as people
from records.people.models import ChannelIdentity
from records.principals import SYSTEM_PRINCIPAL, Principal
from records.shops.models import ChannelAccount, Shop
from records.tickets import actions, messages, queries
from records.tickets.models import Message, Ticket

GUEST_PREFIX = "guest:"


@dataclass(frozen=True, slots=True)
class Inbound:
    """`verified_by` names the method when the channel vouches for the sender, else None.

    `client_id` names the message to its sender; `attachment_ids` are uploads of `uploader` that go with it.
    """

    external_id: str
    address: str
    text: str
    html: str = ""
    subject: str = ""
    name: str = ""
    email: str | None = None
    phone: str | None = None
    verified_by: str | None = None
    client_id: str | None = None
    attachment_ids: tuple[int, ...] = ()
    uploader: Uploader | None = None


@dataclass(frozen=True, slots=True)
class Received:
    ticket: Ticket
    message: Message
    repeated: bool


def receive(session: Session, account: ChannelAccount, inbound: Inbound) -> Received:
    """Store the message. The same (account, external id) again gives the first one and changes nothing.

    The account's row is locked first: two first messages of one customer at once make one customer and one ticket.
    """
    session.execute(select(ChannelAccount.id).where(ChannelAccount.id == account.id).with_for_update())
    known = session.scalar(
        select(Message).where(Message.channel_account_id == account.id, Message.external_id == inbound.external_id)
    )
    if known is not None:
        return Received(session.get_one(Ticket, known.ticket_id), known, repeated=True)
    identity = _identity(session, account, inbound)
    principal = Principal(
        "customer",
        identity.customer_id,
        inbound.name,
        customer_id=identity.customer_id,
        verified=identity.verified_at is not None,
    )
    ticket = queries.open_ticket_of(session, account.id, identity.id)
    if ticket is None:
        ticket = actions.open_ticket(
            session,
            principal,
            actions.NewTicket(
                shop_id=account.shop_id,
                customer_id=identity.customer_id,
                channel=account.kind,
                subject=inbound.subject,
                identity_id=identity.id,
                channel_account_id=account.id,
            ),
        )
    files: list[dict[str, Any]] = []
    if inbound.attachment_ids and inbound.uploader is not None:
        files = references(session, inbound.uploader, account.shop_id, ticket.id, inbound.attachment_ids)
    message = messages.add_inbound(
        session,
        principal,
        ticket,
        messages.NewMessage(
            inbound.text,
            client_id=inbound.client_id,
            attachments=files,
            external_id=inbound.external_id,
            channel_account_id=account.id,
            html=clean_html(inbound.html) or None,
        ),
    )
    return Received(ticket, message, repeated=False)


def _identity(session: Session, account: ChannelAccount, inbound: Inbound) -> ChannelIdentity:
    """The sender. One whom the channel vouches for is the shop's customer of that id.

    One who merely claims an id is a guest, with an identity and a customer row apart: a claim must never be joined to
    somebody's orders, not even when the same id was verified in an earlier message.
    """
    platform = session.get_one(Shop, account.shop_id).platform
    address = inbound.address
    if not inbound.verified_by:
        platform, address = f"guest:{account.id}", GUEST_PREFIX + address
    profile = {"name": inbound.name, "email": inbound.email, "phone": inbound.phone}
    customer = people.find_or_create_customer(session, platform, inbound.address, **profile)
    identity = people.find_or_create_identity(session, account.id, address, customer.id)
    if inbound.verified_by:
        people.verify_identity(session, SYSTEM_PRINCIPAL, identity, inbound.verified_by)
    return identity
