"""Who speaks: the chat by its public key, the shopper by the token of a session. No cookie is ever used here."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Annotated

from fastapi import Header, Path, Request
from sqlalchemy.orm import Session

from api.rate_limit import RateLimit
from channels.chat.models import ChatSession
from channels.chat.sessions import Shopper, session_by_token, shopper_of
from core.errors import NotAuthenticated
from records.shops.models import ChannelAccount
from records.shops.queries import chat_account

Key = Annotated[str, Path(max_length=32, pattern=r"^chat_[0-9a-f]+$", description="the chat's public key")]
Token = Annotated[str | None, Header(alias="Authorization", description="Bearer and the token of the session")]


@dataclass(frozen=True, slots=True)
class Limits:
    """How often: by session, and more by address, since many shoppers may share one."""

    opened: RateLimit
    written: RateLimit
    written_by_address: RateLimit
    uploaded: RateLimit
    told: RateLimit


def new_limits() -> Limits:
    return Limits(
        opened=RateLimit(60, 600),
        written=RateLimit(20, 60),
        written_by_address=RateLimit(120, 60),
        uploaded=RateLimit(20, 600),
        told=RateLimit(120, 60),
    )


def account_and_shopper(session: Session, key: str, authorization: str | None) -> tuple[ChannelAccount, Shopper]:
    """Raises NotFound for an unknown chat, NotAuthenticated without a session of it."""
    account = chat_account(session, key)
    return account, shopper_of(session, session_of(session, account, authorization))


def session_of(session: Session, account: ChannelAccount, authorization: str | None) -> ChatSession:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated("Open a chat session first: POST /api/v1/chat/{key}/sessions.")
    return session_by_token(session, account, token.strip())


def limits_of(request: Request) -> Limits:
    limits: Limits = request.app.state.chat_limits
    return limits


def address_of(request: Request) -> str:
    """The network that asks: an IPv6 customer has a whole /64 to choose from."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
