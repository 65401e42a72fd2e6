"""The demo shops' chats, and the customers whom their page signs in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.chat.identity import sign_identity
from core.errors import NotFound
from records.commerce.models import Order, OrderStatus, Product
from records.people.models import Customer
from records.principals import SYSTEM_PRINCIPAL
from records.shops.actions import find_or_create_account, update_account
from records.shops.chat import CHAT, ChatConfig, new_identity_secret
from records.shops.models import ChannelAccount, Shop
from records.tickets.models import Ticket
from records.tickets.queries import is_going_on

NAME = "demo"
SIGNED_IN = timedelta(hours=2)  # how long the demo shop vouches for a customer
GREETING = {
    "zh": "您好，我是{shop}的智能助手（机器人）。可以问我退换货、发票和物流，也可以随时转人工。",
    "en": "Hi, I am the bot of {shop}. Ask me about returns, delivery or your parcel; a person is one press away.",
}
QUICK_REPLIES = {
    "zh": ("我的包裹到哪了？", "怎么退货？", "退款多久到账？", "怎么开发票？"),
    "en": ("Where is my parcel?", "How do I return an item?", "When do I get my refund?", "How long is delivery?"),
}
_SHOWN = (OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.PAID)  # one customer each


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """Somebody of the demo whom its page can sign in; `orders` by status, of the newest one."""

    external_id: str
    name: str
    status: str


def find_or_create_chat(session: Session, shop: Shop) -> ChannelAccount:
    """The demo shop's chat with key, secret, greeting and quick replies."""
    config = ChatConfig(
        greeting={language: text.format(shop=shop.name) for language, text in GREETING.items()},
        quick_replies=QUICK_REPLIES,
    ).stored()
    secret = new_identity_secret()
    account = find_or_create_account(
        session, SYSTEM_PRINCIPAL, shop.id, kind=CHAT, name=NAME, config=config, secret=secret
    )
    if account.secret is None or account.public_key is None:  # of a demo that is older than chats
        update_account(session, SYSTEM_PRINCIPAL, account.id, config=config, secret=secret)
    return account


def chat_of(session: Session, shop: Shop) -> ChannelAccount:
    """Raises NotFound when the demo was seeded without one."""
    query = select(ChannelAccount).where(
        ChannelAccount.shop_id == shop.id, ChannelAccount.kind == CHAT, ChannelAccount.name == NAME
    )
    account = session.scalar(query.where(ChannelAccount.active.is_(True), ChannelAccount.public_key.is_not(None)))
    if account is None:
        raise NotFound("The demo has no chat: seed it again with `copilot seed`, or switch the account on.")
    return account


def customers_to_sign_in(session: Session, shop: Shop) -> list[DemoCustomer]:
    """A few customers whose newest orders are at different points, and with whom none of the demo's own tickets is
    going on: what they ask begins a conversation of their own."""
    newest = (
        select(Order.customer_id, func.max(Order.id).label("order_id"))
        .where(Order.shop_id == shop.id)
        .group_by(Order.customer_id)
        .subquery()
    )
    busy = select(Ticket.customer_id).where(
        Ticket.shop_id == shop.id,
        Ticket.external_id.is_not(None),
        is_going_on(),
    )
    found = []
    for status in _SHOWN:
        row = session.execute(
            select(Customer.external_id, Customer.name, Order.status)
            .join(newest, newest.c.customer_id == Customer.id)
            .join(Order, Order.id == newest.c.order_id)
            .where(Order.status == status, Customer.id.not_in(busy))
            .order_by(Order.placed_at.desc(), Order.id)
            .limit(1)
        ).first()
        if row is not None:
            found.append(DemoCustomer(*row))
    return found


def sign_in(account: ChannelAccount, customer: DemoCustomer) -> str:
    """The identity token that a shop's own server would make."""
    expires_at = datetime.now(UTC) + SIGNED_IN
    return sign_identity(account.secret or "", customer.external_id, expires_at, name=customer.name)


def products_on_show(session: Session, shop: Shop, limit: int = 8) -> Sequence[Product]:
    """Those of the demo's products that cost something, evenly over the whole list."""
    rows = list(session.scalars(select(Product).where(Product.shop_id == shop.id).order_by(Product.id)))
    return rows[:: max(1, len(rows) // limit)][:limit]
