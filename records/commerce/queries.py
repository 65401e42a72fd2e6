"""Reads of orders with their items, shipments, traces and after-sales cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from core.errors import NotFound
from records.commerce.models import ActionRequest, ActionState, AfterSale, Order, OrderItem, Product, Shipment
from records.people.models import Customer
from records.principals import Principal
from records.tickets.models import Ticket, TicketStatus


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Empty fields do not filter. `text` is an order or tracking number, a recipient or a part of a product's name.

    `parcels` are states of a parcel as the shop tells them; `open_tickets` and `open_requests` keep orders with some.
    """

    statuses: Sequence[str] = ()
    shop_id: int | None = None
    customer_id: int | None = None
    text: str = ""
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    parcels: Sequence[str] = ()
    open_tickets: bool = False
    open_requests: bool = False


class OrderSort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    LARGEST = "largest"  # by amount, whatever the currency


_UNDECIDED = (ActionState.REQUESTED, ActionState.APPROVED, ActionState.FAILED)
_ASKING = (TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.PENDING)
# An order without a time of its own is as old as its mirror.
AGE = func.coalesce(Order.placed_at, Order.imported_at)
WHOLE = (
    selectinload(Order.items),
    selectinload(Order.shipments).selectinload(Shipment.events),
    selectinload(Order.after_sales),
)
SHOWN = (*WHOLE, joinedload(Order.customer))


def visible(principal: Principal) -> Select[Order]:
    """All orders that the principal may see; of a customer its own, and only once it is verified."""
    query = select(Order)
    if principal.kind == "customer":
        own = principal.customer_id if principal.verified else None
        return query.where(Order.customer_id == own)
    if principal.shops is not None:
        query = query.where(Order.shop_id.in_(principal.shops))
    return query


def age_of(order: Order) -> datetime:
    """What orders are sorted by, for the cursor of the next page."""
    return order.placed_at or order.imported_at


def list_orders(
    session: Session,
    principal: Principal,
    wanted: OrderFilter,
    *,
    sort: OrderSort = OrderSort.NEWEST,
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> list[Order]:
    """Whole and with the customer; `after` is `place_of` the last row of the page before."""
    key: ColumnElement[Any] = Order.total.expression if sort is OrderSort.LARGEST else AGE
    query = filtered(visible(principal), principal, wanted).options(*SHOWN).limit(limit)
    if sort is OrderSort.OLDEST:
        query = query.order_by(key, Order.id)
    else:
        query = query.order_by(key.desc(), Order.id.desc())
    if after is not None:
        at, order_id = after
        if sort is OrderSort.OLDEST:
            query = query.where(or_(key > at, and_(key == at, Order.id > order_id)))
        else:
            query = query.where(or_(key < at, and_(key == at, Order.id < order_id)))
    return list(session.scalars(query))


def place_of(order: Order, sort: OrderSort = OrderSort.NEWEST) -> tuple[Any, int]:
    """Where the order stands in a list of this order."""
    return (order.total if sort is OrderSort.LARGEST else age_of(order), order.id)


def filtered(query: Select[Order], principal: Principal, wanted: OrderFilter) -> Select[Order]:
    if wanted.statuses:
        query = query.where(Order.status.in_(wanted.statuses))
    if wanted.shop_id is not None:
        query = query.where(Order.shop_id == wanted.shop_id)
    if wanted.customer_id is not None:
        query = query.where(Order.customer_id == wanted.customer_id)
    if wanted.placed_from is not None:
        query = query.where(wanted.placed_from <= AGE)
    if wanted.placed_to is not None:
        query = query.where(wanted.placed_to > AGE)
    if wanted.parcels:
        query = query.where(Order.id.in_(select(Shipment.order_id).where(Shipment.status.in_(wanted.parcels))))
    if wanted.open_requests:
        waiting = select(ActionRequest.order_id).where(ActionRequest.state.in_(_UNDECIDED))
        query = query.where(Order.id.in_(waiting))
    if wanted.open_tickets:
        asking = select(Ticket.id).where(
            Ticket.customer_id == Order.customer_id, Ticket.shop_id == Order.shop_id, Ticket.status.in_(_ASKING)
        )
        query = query.where(asking.exists())
    words = wanted.text.strip()
    if words:
        named = select(OrderItem.order_id).where(OrderItem.name.icontains(words, autoescape=True))
        people = select(Customer.id).where(Customer.name == words)
        matches = (*_has_number(words), Order.recipient == words, Order.id.in_(named), Order.customer_id.in_(people))
        query = query.where(or_(*matches))
    return query


def orders_of_customer(
    session: Session,
    principal: Principal,
    customer_id: int,
    *,
    shop_ids: Sequence[int] | None = None,
    limit: int = 20,
) -> list[Order]:
    """The customer's newest orders, whole, within `shop_ids` (None: all that the principal sees)."""
    query = visible(principal).where(Order.customer_id == customer_id).options(*SHOWN)
    if shop_ids is not None:
        query = query.where(Order.shop_id.in_(shop_ids))
    return list(session.scalars(query.order_by(AGE.desc(), Order.id.desc()).limit(limit)))


def get_order(session: Session, principal: Principal, order_id: int) -> Order:
    """Whole. Raises NotFound, also for orders out of reach."""
    order = session.scalar(visible(principal).where(Order.id == order_id).options(*SHOWN))
    if order is None:
        raise NotFound(f"There is no order {order_id} that you may see.")
    return order


def find_orders(
    session: Session, principal: Principal, number: str, *, shop_ids: Sequence[int] | None = None
) -> list[Order]:
    """The orders with this order or tracking number (several parcels may share one), whole, newest first.

    A leading "#" may be missing on either side: people leave it out.
    """
    query = visible(principal).where(or_(*_has_number(number.strip()))).options(*WHOLE)
    if shop_ids is not None:
        query = query.where(Order.shop_id.in_(shop_ids))
    return list(session.scalars(query.order_by(AGE.desc(), Order.id.desc()).limit(20)))


def _has_number(number: str) -> tuple[ColumnElement[bool], ...]:
    bare = number.removeprefix("#")
    tracked = select(Shipment.order_id).where(Shipment.tracking_no == number)
    return Order.order_no.in_({number, bare, f"#{bare}"}), Order.id.in_(tracked)


def list_products(
    session: Session,
    principal: Principal,
    *,
    shop_id: int | None = None,
    text: str = "",
    after: int = 0,
    limit: int = 50,
) -> list[Product]:
    """By id; `text` is a sku or a part of the name, `after` the id of the last row of the page before."""
    query = select(Product).where(Product.id > after).order_by(Product.id).limit(limit)
    if principal.shops is not None:
        query = query.where(Product.shop_id.in_(principal.shops))
    if shop_id is not None:
        query = query.where(Product.shop_id == shop_id)
    words = text.strip()
    if words:
        query = query.where(or_(Product.sku == words, Product.name.icontains(words, autoescape=True)))
    return list(session.scalars(query))


def list_after_sales(
    session: Session, principal: Principal, *, statuses: Sequence[str] = (), after: int | None = None, limit: int = 50
) -> list[AfterSale]:
    """Newest first; `after` is the id of the last row of the page before."""
    query = select(AfterSale).order_by(AfterSale.id.desc()).limit(limit)
    query = query.where(AfterSale.order_id.in_(visible(principal).with_only_columns(Order.id)))
    if statuses:
        query = query.where(AfterSale.status.in_(statuses))
    if after is not None:
        query = query.where(AfterSale.id < after)
    return list(session.scalars(query))


def get_action(session: Session, principal: Principal, action_id: int) -> ActionRequest:
    """With its order. Raises NotFound, also when that is out of reach."""
    action = session.scalar(_reachable(principal).where(ActionRequest.id == action_id))
    if action is None:
        raise NotFound(f"There is no action request {action_id} that you may see.")
    return action


def list_actions(
    session: Session,
    principal: Principal,
    *,
    states: Sequence[str] = (),
    order_id: int | None = None,
    ticket_id: int | None = None,
    customer_id: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[ActionRequest]:
    """Newest first, with their orders; `after` is the id of the last row of the page before."""
    query = _reachable(principal).order_by(ActionRequest.id.desc()).limit(limit)
    if states:
        query = query.where(ActionRequest.state.in_(states))
    if order_id is not None:
        query = query.where(ActionRequest.order_id == order_id)
    if ticket_id is not None:
        query = query.where(ActionRequest.ticket_id == ticket_id)
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    if after is not None:
        query = query.where(ActionRequest.id < after)
    return list(session.scalars(query))


def _reachable(principal: Principal) -> Select[ActionRequest]:
    orders = visible(principal).with_only_columns(Order.id)
    return (
        select(ActionRequest)
        .join(ActionRequest.order)
        .where(ActionRequest.order_id.in_(orders))
        .options(contains_eager(ActionRequest.order).joinedload(Order.customer))
    )


def actions_taken(session: Session, ticket_id: int) -> frozenset[str]:
    """Kinds of actions of this ticket that were approved or done: what a reply may say has been done."""
    taken = (ActionState.APPROVED, ActionState.EXECUTED)
    rows = session.scalars(
        select(ActionRequest.kind).where(ActionRequest.ticket_id == ticket_id, ActionRequest.state.in_(taken))
    )
    return frozenset(rows)
