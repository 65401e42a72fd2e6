"""A customer whom a member of staff writes down: somebody who phoned, or came by no channel that we know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput, Taken
from core.events import emit
from core.security import new_token
from records import events
from records.people.actions import find_or_create_identity, record_access, require_profile
from records.people.models import Customer, CustomerTag
from records.people.queries import customer_by_external_id, visible
from records.principals import Principal
from records.shops.models import ChannelAccount
from records.shops.queries import get_shop

MANUAL = "manual"


def create_customer(
    session: Session,
    principal: Principal,
    shop_id: int,
    *,
    external_id: str | None = None,
    tags: Iterable[str] = (),
    allow_duplicate: bool = False,
    **profile: Any,
) -> Customer:
    """A customer on the shop's platform; without an `external_id` one is made up. The identity is not verified.

    Raises Conflict with `customer_id` when the id is taken, or (unless `allow_duplicate`) when a customer with this
    phone or e-mail is known already.
    """
    require_profile(profile)
    shop = get_shop(session, principal, shop_id)
    name = (external_id or "").strip() or f"{MANUAL}-{new_token()[:12].lower()}"
    if len(name) > 128:
        raise InvalidInput("The id has more than 128 characters: shorten it.", field="external_id")
    taken = customer_by_external_id(session, shop.platform, name)
    if taken is not None:
        seen = session.scalar(visible(principal).where(Customer.id == taken.id)) is not None
        known = {"customer_id": taken.id} if seen else {}
        raise Taken(f"Customer {name!r} is on platform {shop.platform!r} already.", field="external_id", **known)
    if not allow_duplicate:
        _refuse_duplicate(session, principal, shop.platform, profile)
    customer = Customer(platform=shop.platform, external_id=name, **profile)
    customer.name = profile.get("name") or ""
    customer.tags = [CustomerTag(tag=tag) for tag in sorted({tag.strip()[:64] for tag in tags if tag.strip()})]
    session.add(customer)
    session.flush()
    session.refresh(customer, ["created_at", "updated_at"])
    # Its place in this shop: staff limited to some shops see customers by orders, tickets and identities there.
    find_or_create_identity(session, _account(session, shop_id).id, name, customer.id)
    record_access(session, principal, "customer.create", "customer", customer.id, customer_id=customer.id)
    emit(session, events.CustomerChanged, actor=principal.actor, shop_id=shop_id, customer_id=customer.id)
    return customer


def _refuse_duplicate(session: Session, principal: Principal, platform: str, profile: dict[str, Any]) -> None:
    same = [getattr(Customer, name) == profile[name] for name in ("phone", "email") if profile.get(name)]
    if not same:
        return
    query = visible(principal).where(Customer.platform == platform, or_(*same)).order_by(Customer.id).limit(1)
    known = session.scalar(query)
    if known is not None:
        field = "phone" if profile.get("phone") and known.phone == profile["phone"] else "email"
        raise Conflict(
            f"Customer {known.name or known.external_id} has the same {field}. Open that one, or say that this is "
            "somebody else.",
            field=field,
            customer_id=known.id,
            customer_name=known.name,
        )


def _account(session: Session, shop_id: int) -> ChannelAccount:
    query = select(ChannelAccount).where(
        ChannelAccount.shop_id == shop_id, ChannelAccount.kind == MANUAL, ChannelAccount.name == MANUAL
    )
    account = session.scalar(query)
    if account is None:
        account = ChannelAccount(shop_id=shop_id, kind=MANUAL, name=MANUAL, config={})
        session.add(account)
        session.flush()
    return account
