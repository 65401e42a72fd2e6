"""Customers and orders as rows of a table, under the column names that an import takes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core.db import Database
from records.commerce import queries as commerce
from records.commerce.models import Order
from records.people.listing import CustomerFilter, each_customer
from records.people.models import Customer
from records.principals import Principal
from records.shops.queries import list_shops

CUSTOMER_COLUMNS = (
    "external_id", "name", "email", "phone", "gender", "country", "province", "city", "address", "postal_code",
    "language", "tier", "tags", "platform", "registered_at",
)  # fmt: skip
ORDER_COLUMNS = (
    "shop", "order_no", "customer_external_id", "customer_name", "status", "source_status", "total", "currency",
    "payment_method", "recipient", "phone", "address", "placed_at", "items", "tracking_no",
)  # fmt: skip
Cells = list[str]


def customer_rows(db: Database, principal: Principal, wanted: CustomerFilter) -> Iterator[Cells]:
    """Without a header; times are UTC, since a customer is of no shop."""
    for customer in each_customer(db, principal, wanted):
        yield [_customer_cell(customer, name) for name in CUSTOMER_COLUMNS]


def order_rows(db: Database, principal: Principal, wanted: commerce.OrderFilter, *, page: int = 200) -> Iterator[Cells]:
    """Without a header, newest first; times in the clock of the order's shop, with its offset."""
    with db.reading() as session:
        shops = {shop.id: (shop.code, ZoneInfo(shop.timezone)) for shop in list_shops(session, principal)}
    after: tuple[datetime, int] | None = None
    while True:
        with db.reading() as session:
            rows = _orders(session, principal, wanted, after, page)
        for order in rows:
            yield _order_cells(order, *shops[order.shop_id])
        if len(rows) < page:
            return
        after = commerce.place_of(rows[-1])


def _orders(
    session: Session,
    principal: Principal,
    wanted: commerce.OrderFilter,
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[Order]:
    return commerce.list_orders(session, principal, wanted, after=after, limit=limit)


def _customer_cell(customer: Customer, name: str) -> str:
    if name == "tags":
        return ",".join(sorted(row.tag for row in customer.tags))
    if name == "registered_at":
        return customer.created_at.isoformat(sep=" ", timespec="seconds")
    value = getattr(customer, name)
    return "" if value is None else str(value)


def _order_cells(order: Order, shop: str, zone: ZoneInfo) -> Cells:
    placed = "" if order.placed_at is None else order.placed_at.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    return [
        shop,
        order.order_no,
        order.customer.external_id,
        order.customer.name,
        order.status,
        order.source_status,
        f"{order.total:.4f}".rstrip("0").rstrip("."),
        order.currency,
        order.payment_method or "",
        order.recipient or "",
        order.phone or "",
        order.address or "",
        placed,
        "; ".join(f"{item.name} × {item.quantity}" for item in order.items),
        ", ".join(parcel.tracking_no for parcel in order.shipments),
    ]
