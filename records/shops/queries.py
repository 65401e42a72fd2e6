"""Reads of shops and their channel accounts."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFound
from records.principals import Principal
from records.shops.chat import CHAT
from records.shops.models import ChannelAccount, Shop


def list_shops(session: Session, principal: Principal, *, active_only: bool = False) -> list[Shop]:
    """The shops that the principal may see, by code."""
    query = select(Shop).order_by(Shop.code)
    if principal.shops is not None:
        query = query.where(Shop.id.in_(principal.shops))
    return list(session.scalars(query.where(Shop.active.is_(True)) if active_only else query))


def get_shop(session: Session, principal: Principal, shop_id: int) -> Shop:
    """Raises NotFound, also for shops out of reach."""
    shop = session.get(Shop, shop_id)
    if shop is None or not principal.may_see_shop(shop.id):
        raise NotFound(f"There is no shop {shop_id} that you may see.")
    return shop


def shop_by_code(session: Session, code: str) -> Shop:
    """Raises NotFound with the codes that exist: what a person types is a code."""
    shop = session.scalar(select(Shop).where(Shop.code == code))
    if shop is None:
        known = ", ".join(session.scalars(select(Shop.code).order_by(Shop.code))) or "none yet"
        raise NotFound(f"There is no shop {code!r}. Shops: {known}.")
    return shop


def list_accounts(session: Session, shop_id: int) -> list[ChannelAccount]:
    """The shop's channel accounts by kind and name. `secret` is for the channel only: never show it."""
    query = select(ChannelAccount).where(ChannelAccount.shop_id == shop_id)
    return list(session.scalars(query.order_by(ChannelAccount.kind, ChannelAccount.name)))


def get_account(session: Session, account_id: int) -> ChannelAccount:
    """Raises NotFound."""
    account = session.get(ChannelAccount, account_id)
    if account is None:
        raise NotFound(f"There is no channel account {account_id}.")
    return account


def chat_account(session: Session, public_key: str) -> ChannelAccount:
    """The chat with this public key. Raises NotFound, also for one that is switched off or of a closed shop."""
    account = session.scalar(
        select(ChannelAccount)
        .join(Shop, Shop.id == ChannelAccount.shop_id)
        .where(
            ChannelAccount.public_key == public_key,
            ChannelAccount.kind == CHAT,
            ChannelAccount.active.is_(True),
            Shop.active.is_(True),
        )
    )
    if account is None:
        raise NotFound("There is no chat with this key. Check data-account in the page's widget tag.")
    return account
