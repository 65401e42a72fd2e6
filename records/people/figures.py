"""What a customer's records add up to: orders, tickets, money spent, and the stage of their life as a customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, Subquery, case, func, select
from sqlalchemy.orm import Session

from core.db import db_now
from records.commerce import queries as commerce
from records.commerce.models import Order, OrderStatus
from records.people.models import Customer
from records.principals import Principal
from records.tickets import queries as tickets
from records.tickets.models import Ticket, TicketStatus


class Lifecycle(StrEnum):
    """By orders that were not cancelled, seen from today."""

    PROSPECT = "prospect"  # never ordered
    NEW = "new"  # one order, in the last 30 days
    ACTIVE = "active"  # ordered in the last 90 days
    LAPSING = "lapsing"  # last ordered 90 to 180 days ago
    LAPSED = "lapsed"  # longer ago


NEW_FOR = timedelta(days=30)
ACTIVE_FOR = timedelta(days=90)
LAPSING_FOR = timedelta(days=180)
OPEN = (TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.PENDING)
# Money that the shop has, or was promised and not given back.
_NOT_SPENT = (OrderStatus.PENDING, OrderStatus.CANCELLED, OrderStatus.REFUNDED)


@dataclass(slots=True)
class Figures:
    """Within what the reader may see. `spent` is by currency; `orders` counts those that were not cancelled.

    `satisfaction` is the mean of `ratings` words of the customer, 1 to 5; None when there are none.
    """

    orders: int = 0
    spent: dict[str, Decimal] = field(default_factory=dict)
    first_order_at: datetime | None = None
    last_order_at: datetime | None = None
    tickets: int = 0
    open_tickets: int = 0
    satisfaction: float | None = None
    ratings: int = 0
    lifecycle: Lifecycle = Lifecycle.PROSPECT


def ordering(principal: Principal) -> Subquery:
    """customer_id, orders, first, last: of every customer that has ordered."""
    seen = commerce.visible(principal).where(Order.status != OrderStatus.CANCELLED)
    return (
        seen.with_only_columns(
            Order.customer_id,
            func.count().label("orders"),
            func.min(commerce.AGE).label("first"),
            func.max(commerce.AGE).label("last"),
        )
        .group_by(Order.customer_id)
        .subquery()
    )


def in_lifecycle(stage: Lifecycle, principal: Principal) -> ColumnElement[bool]:
    """Customers of this stage, the same rule as `lifecycle_of`."""
    orders = ordering(principal)
    of_stage: Select[tuple[int]] = select(orders.c.customer_id)
    if stage is Lifecycle.PROSPECT:
        return Customer.id.not_in(of_stage)
    days = {name: db_now(-span.total_seconds()) for name, span in (("new", NEW_FOR), ("active", ACTIVE_FOR))}
    lapsed = db_now(-LAPSING_FOR.total_seconds())
    fresh = (orders.c.orders == 1) & (orders.c.last >= days["new"])
    return Customer.id.in_(
        of_stage.where(
            {
                Lifecycle.NEW: fresh,
                Lifecycle.ACTIVE: (orders.c.last >= days["active"]) & ~fresh,
                Lifecycle.LAPSING: (orders.c.last < days["active"]) & (orders.c.last >= lapsed),
                Lifecycle.LAPSED: orders.c.last < lapsed,
            }[stage]
        )
    )


def lifecycle_of(orders: int, last: datetime | None, now: datetime) -> Lifecycle:
    if not orders or last is None:
        return Lifecycle.PROSPECT
    age = now - last
    if orders == 1 and age <= NEW_FOR:
        return Lifecycle.NEW
    if age <= ACTIVE_FOR:
        return Lifecycle.ACTIVE
    return Lifecycle.LAPSING if age <= LAPSING_FOR else Lifecycle.LAPSED


def figures_of(session: Session, principal: Principal, customer_ids: Sequence[int]) -> dict[int, Figures]:
    """Of each of these customers; three statements however many they are."""
    found = {customer_id: Figures() for customer_id in customer_ids}
    now = session.scalar(select(db_now()))
    assert now is not None
    orders = ordering(principal)
    for row in session.execute(select(orders).where(orders.c.customer_id.in_(customer_ids))):
        one = found[row.customer_id]
        one.orders, one.first_order_at, one.last_order_at = row.orders, row.first, row.last
        one.lifecycle = lifecycle_of(row.orders, row.last, now)
    spent = (
        commerce.visible(principal)
        .where(Order.customer_id.in_(customer_ids), Order.status.not_in(_NOT_SPENT))
        .with_only_columns(Order.customer_id, Order.currency, func.sum(Order.total).label("total"))
        .group_by(Order.customer_id, Order.currency)
        .order_by(Order.currency)
    )
    for row in session.execute(spent):
        found[row.customer_id].spent[row.currency] = row.total
    written = (
        tickets.visible(principal)
        .where(Ticket.customer_id.in_(customer_ids))
        .with_only_columns(
            Ticket.customer_id,
            func.count().label("tickets"),
            func.sum(case((Ticket.status.in_(OPEN), 1), else_=0)).label("open"),
            func.avg(Ticket.satisfaction).label("satisfaction"),
            func.count(Ticket.satisfaction).label("ratings"),
        )
        .group_by(Ticket.customer_id)
    )
    for row in session.execute(written):
        one = found[row.customer_id]
        one.tickets, one.open_tickets, one.ratings = row.tickets, int(row.open), row.ratings
        one.satisfaction = None if row.satisfaction is None else round(float(row.satisfaction), 2)
    return found
