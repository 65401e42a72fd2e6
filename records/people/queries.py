"""Reads of staff and customers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, bindparam, or_, select
from sqlalchemy.orm import Session, selectinload

from core.errors import NotFound
from core.prepared import Prepared
from records.commerce.models import Order
from records.people.models import AccessAudit, ApiToken, ChannelIdentity, Customer, Staff
from records.principals import Principal, Role
from records.shops.models import ChannelAccount
from records.tickets.models import Ticket


def visible(principal: Principal) -> Select[Customer]:
    """All customers that the principal may see.

    A customer belongs to a platform, not to a shop: staff limited to some shops see whoever has an order, a ticket or
    a channel identity there.
    """
    query = select(Customer)
    if principal.kind == "customer":
        return query.where(Customer.id == principal.customer_id)
    if principal.shops is not None:
        query = query.where(known_to(sorted(principal.shops)))
    return query


def known_to(shop_ids: Sequence[int]) -> ColumnElement[bool]:
    """Customers with an order, a ticket or a channel identity in one of these shops."""
    accounts = select(ChannelAccount.id).where(ChannelAccount.shop_id.in_(shop_ids))
    return or_(
        select(Order.id).where(Order.customer_id == Customer.id, Order.shop_id.in_(shop_ids)).exists(),
        select(Ticket.id).where(Ticket.customer_id == Customer.id, Ticket.shop_id.in_(shop_ids)).exists(),
        select(ChannelIdentity.id)
        .where(ChannelIdentity.customer_id == Customer.id, ChannelIdentity.channel_account_id.in_(accounts))
        .exists(),
    )


def get_customer(session: Session, principal: Principal, customer_id: int) -> Customer:
    """With tags and identities. Raises NotFound, also for customers out of reach."""
    customer = session.scalar(
        visible(principal)
        .where(Customer.id == customer_id)
        .options(selectinload(Customer.tags), selectinload(Customer.identities).joinedload(ChannelIdentity.account))
    )
    if customer is None:
        raise NotFound(f"There is no customer {customer_id} that you may see.")
    return customer


def customer_name(session: Session, principal: Principal, customer_id: int) -> str:
    """Of a customer whom the principal may see. Raises NotFound."""
    if principal.kind != "customer" and principal.shops is None:
        row = _NAME.first(session.connection(), {"customer_id": customer_id})
    else:
        row = session.execute(
            visible(principal).with_only_columns(Customer.name).where(Customer.id == customer_id)
        ).first()
    if row is None:
        raise NotFound(f"There is no customer {customer_id} that you may see.")
    return str(row[0])


_NAME = Prepared(select(Customer.name).where(Customer.id == bindparam("customer_id")))


def customer_by_external_id(session: Session, platform: str, external_id: str) -> Customer | None:
    return session.scalar(select(Customer).where(Customer.platform == platform, Customer.external_id == external_id))


def list_staff(session: Session, *, active_only: bool = False) -> list[Staff]:
    """By name, with their shops."""
    query = select(Staff).options(selectinload(Staff.shops)).order_by(Staff.username)
    return list(session.scalars(query.where(Staff.active.is_(True)) if active_only else query))


def get_staff(session: Session, staff_id: int) -> Staff:
    """With shops. Raises NotFound."""
    staff = session.scalar(select(Staff).where(Staff.id == staff_id).options(selectinload(Staff.shops)))
    if staff is None:
        raise NotFound(f"There is no member of staff {staff_id}.")
    return staff


def list_api_tokens(session: Session, principal: Principal) -> list[ApiToken]:
    """All of them for an administrator, else one's own; newest first. The tokens themselves are not stored."""
    query = select(ApiToken).order_by(ApiToken.id.desc())
    if principal.role is not Role.ADMIN:
        query = query.where(ApiToken.created_by == principal.id)
    return list(session.scalars(query))


def list_access(
    session: Session, *, customer_id: int | None = None, after: int | None = None, limit: int = 100
) -> list[AccessAudit]:
    """The access audit, newest first; `after` is the id of the last row of the page before."""
    query = select(AccessAudit).order_by(AccessAudit.id.desc()).limit(limit)
    if customer_id is not None:
        query = query.where(AccessAudit.customer_id == customer_id)
    if after is not None:
        query = query.where(AccessAudit.id < after)
    return list(session.scalars(query))
