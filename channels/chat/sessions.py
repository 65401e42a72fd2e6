"""Opening a chat's session and finding it again by its token."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from channels.chat.identity import ShopIdentity
from channels.chat.models import ChatSession
from channels.inbound import GUEST_PREFIX
from core.db import db_now
from core.errors import NotAuthenticated
from core.security import new_token, token_digest
from records.people.models import ChannelIdentity
from records.principals import Principal
from records.shops.models import ChannelAccount

GUEST_SECONDS = 30 * 86_400
VERIFIED_SECONDS = 86_400  # at most, and never longer than the shop vouches
TOKEN_PREFIX = "chs_"


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who speaks in a chat: the session and, once something was written, the identity behind it."""

    session: ChatSession
    identity: ChannelIdentity | None

    @property
    def principal(self) -> Principal:
        """Sees its own tickets only; nothing at all before there is an identity."""
        customer_id = self.identity.customer_id if self.identity else None
        verified = self.identity is not None and self.identity.verified_at is not None
        return Principal("customer", customer_id, self.session.name, customer_id=customer_id, verified=verified)


def open_session(
    session: Session, account: ChannelAccount, identity: ShopIdentity | None, language: str
) -> tuple[ChatSession, str]:
    """The session and its token, which is given out this once. Without an identity it is a guest's."""
    longest = session.scalar(select(db_now(VERIFIED_SECONDS if identity else GUEST_SECONDS)))
    assert longest is not None
    token = new_token(TOKEN_PREFIX)
    row = ChatSession(
        account_id=account.id,
        token_digest=token_digest(token),
        address=identity.subject if identity else secrets.token_hex(16),
        verified=identity is not None,
        name=identity.name if identity else "",
        email=identity.email if identity else None,
        language=language,
        expires_at=min(longest, identity.expires_at) if identity else longest,
    )
    session.add(row)
    session.flush()
    return row, token


def session_by_token(session: Session, account: ChannelAccount, token: str) -> ChatSession:
    """With its account. Raises NotAuthenticated for one that has ended, is unknown or belongs to another chat."""
    row = session.scalar(
        select(ChatSession)
        .where(
            ChatSession.token_digest == token_digest(token),
            ChatSession.account_id == account.id,
            ChatSession.expires_at > db_now(),
        )
        .options(joinedload(ChatSession.account))
    )
    if row is None:
        raise NotAuthenticated("This chat session has ended. Open a new one: POST /api/v1/chat/{key}/sessions.")
    return row


def shopper_of(session: Session, row: ChatSession) -> Shopper:
    address = row.address if row.verified else GUEST_PREFIX + row.address
    identity = session.scalar(
        select(ChannelIdentity).where(
            ChannelIdentity.channel_account_id == row.account_id, ChannelIdentity.address == address
        )
    )
    return Shopper(row, identity)


def end_session(session: Session, row: ChatSession) -> None:
    session.execute(delete(ChatSession).where(ChatSession.id == row.id))


def forget_ended(session: Session) -> int:
    """Delete sessions that have ended; returns how many."""
    ended = delete(ChatSession).where(ChatSession.expires_at < db_now()).returning(ChatSession.id)
    return len(list(session.scalars(ended)))
