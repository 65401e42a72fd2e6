"""A batch of checked rows into the shop's mirror: look up what is there, add what is new, change what differs.

Every writer takes the rows with their position and gives back what became of each. Nothing is ever deleted, and an
empty cell (None) changes nothing: a file that leaves a column out does not wipe what another file has told.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from core.db import Base, db_now
from records.commerce.models import AfterSale, Order, OrderItem, Product, Shipment, ShipmentEvent, ShipmentStatus
from records.imports import mapping as words
from records.imports.fields import Reading, status_of
from records.imports.rows import (
    AfterSaleRow,
    CustomerRow,
    ImportRow,
    OrderItemRow,
    OrderRow,
    Problem,
    ProductRow,
    ShipmentEventRow,
    ShipmentRow,
)
from records.people.models import Customer, CustomerTag
from records.shops.models import Shop

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
MAX_BEFORE_SHIPPING = timedelta(days=14)  # a label may be printed, and traced, some days before
Outcome = str | Problem
R = TypeVar("R", bound=ImportRow)
M = TypeVar("M", bound=Base)


@dataclass(slots=True)
class Batch:
    """Where rows go. `outcomes` is by the row's position in the file; `warnings` are told once for the run."""

    session: Session
    shop: Shop
    reading: Reading
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    warnings: set[str] = field(default_factory=set)

    def put(self, at: int, existing: M | None, make: Callable[[], M], values: Mapping[str, Any]) -> M:
        """Create with `values`, or change the ones that differ and are not None."""
        if existing is None:
            row = make()
            for name, value in values.items():
                if value is not None:
                    setattr(row, name, value)
            self.session.add(row)
            self.outcomes[at] = CREATED
            return row
        changed = {k: v for k, v in values.items() if v is not None and getattr(existing, k) != v}
        for name, value in changed.items():
            setattr(existing, name, value)
        if changed and "imported_at" in existing.__mapper__.columns:
            existing.imported_at = db_now()  # type: ignore[attr-defined]
        self.outcomes[at] = UPDATED if changed else UNCHANGED
        return existing

    def customers(self, external_ids: Iterable[str]) -> dict[str, int]:
        """Ids by the platform's id."""
        query = select(Customer.external_id, Customer.id).where(
            Customer.platform == self.shop.platform, Customer.external_id.in_(set(external_ids))
        )
        return dict(self.session.execute(query).tuples().all())

    def orders(self, order_nos: Iterable[str]) -> dict[str, int]:
        """Ids by order number."""
        query = select(Order.order_no, Order.id).where(
            Order.shop_id == self.shop.id, Order.order_no.in_(set(order_nos))
        )
        return dict(self.session.execute(query).tuples().all())

    def no_customer(self, external_id: str) -> Problem:
        return Problem(
            "customer_external_id",
            external_id,
            f"customer {external_id!r} is not known on platform {self.shop.platform!r}: import customers first, then "
            "this file again",
            "no_customer",
        )

    def no_order(self, order_no: str) -> Problem:
        return Problem(
            "order_no",
            order_no,
            f"order {order_no!r} is not known in shop {self.shop.code!r}: import orders first, then this file again",
            "no_order",
        )


Rows = Sequence[tuple[int, R]]


def write_customers(batch: Batch, rows: Rows[CustomerRow]) -> None:
    """Tags are added, never taken away: agents give tags too."""
    query = select(Customer).where(
        Customer.platform == batch.shop.platform, Customer.external_id.in_({row.external_id for _, row in rows})
    )
    known = {c.external_id: c for c in batch.session.scalars(query.options(selectinload(Customer.tags)))}
    for at, row in rows:
        values = row.model_dump(exclude={"tags"})

        def make() -> Customer:
            return Customer(platform=batch.shop.platform, tags=[])

        customer = known[row.external_id] = batch.put(at, known.get(row.external_id), make, values)
        missing = set(row.tags) - {tag.tag for tag in customer.tags}
        customer.tags.extend(CustomerTag(tag=tag) for tag in sorted(missing))
        if missing and batch.outcomes[at] == UNCHANGED:
            batch.outcomes[at] = UPDATED
        if batch.outcomes[at] == UPDATED:
            customer.updated_at = db_now()


def write_products(batch: Batch, rows: Rows[ProductRow]) -> None:
    query = select(Product).where(Product.shop_id == batch.shop.id, Product.sku.in_({row.sku for _, row in rows}))
    known = {p.sku: p for p in batch.session.scalars(query)}
    for at, row in rows:
        values = row.model_dump()
        known[row.sku] = batch.put(at, known.get(row.sku), lambda: Product(shop_id=batch.shop.id), values)


def write_orders(batch: Batch, rows: Rows[OrderRow]) -> None:
    query = select(Order).where(Order.shop_id == batch.shop.id, Order.order_no.in_({row.order_no for _, row in rows}))
    known = {o.order_no: o for o in batch.session.scalars(query)}
    customers = batch.customers(row.customer_external_id for _, row in rows)
    for at, row in rows:
        if row.customer_external_id not in customers:
            batch.outcomes[at] = batch.no_customer(row.customer_external_id)
            continue
        values = row.model_dump(exclude={"customer_external_id", "status"})
        values["customer_id"] = customers[row.customer_external_id]
        values["status"] = status_of(batch.reading, "status", row.status, words.ORDER_STATUS)
        values["source_status"] = row.status
        known[row.order_no] = batch.put(at, known.get(row.order_no), lambda: Order(shop_id=batch.shop.id), values)


def write_order_items(batch: Batch, rows: Rows[OrderItemRow]) -> None:
    orders = batch.orders(row.order_no for _, row in rows)
    query = select(OrderItem).where(OrderItem.order_id.in_(orders.values()))
    known = {(i.order_id, i.sku, i.line): i for i in batch.session.scalars(query)}
    for at, row in rows:
        order_id = orders.get(row.order_no)
        if order_id is None:
            batch.outcomes[at] = batch.no_order(row.order_no)
            continue
        key = (order_id, row.sku, row.line or 0)
        values = {"name": row.name, "quantity": row.quantity, "unit_price": row.unit_price}

        def make(key: tuple[int, str, int] = key) -> OrderItem:
            return OrderItem(order_id=key[0], sku=key[1], line=key[2])

        known[key] = batch.put(at, known.get(key), make, values)


def write_shipments(batch: Batch, rows: Rows[ShipmentRow]) -> None:
    """Without a status word a parcel with a time of delivery is delivered; anything else is unknown."""
    orders = batch.orders(row.order_no for _, row in rows)
    query = select(Shipment).where(Shipment.order_id.in_(orders.values()))
    known = {(s.order_id, s.tracking_no): s for s in batch.session.scalars(query)}
    for at, row in rows:
        order_id = orders.get(row.order_no)
        if order_id is None:
            batch.outcomes[at] = batch.no_order(row.order_no)
            continue
        key = (order_id, row.tracking_no)
        values = row.model_dump(exclude={"order_no", "status"})
        values["source_status"] = row.status
        if row.status is not None or key not in known:
            delivered = row.status is None and row.delivered_at is not None
            values["status"] = (
                ShipmentStatus.DELIVERED
                if delivered
                else status_of(batch.reading, "status", row.status, words.SHIPMENT_STATUS)
            )

        def make(order_id: int = order_id) -> Shipment:
            return Shipment(shop_id=batch.shop.id, order_id=order_id)

        known[key] = batch.put(at, known.get(key), make, values)


def write_shipment_events(batch: Batch, rows: Rows[ShipmentEventRow]) -> None:
    numbers = {row.tracking_no for _, row in rows}
    query = (
        select(Shipment, Order.customer_id, Order.order_no)
        .join(Order, Order.id == Shipment.order_id)
        .where(Shipment.shop_id == batch.shop.id, Shipment.tracking_no.in_(numbers))
    )
    parcels: dict[str, list[tuple[Shipment, int, str]]] = defaultdict(list)
    for shipment, customer_id, order_no in batch.session.execute(query):
        parcels[shipment.tracking_no].append((shipment, customer_id, order_no))
    ids = [shipment.id for found in parcels.values() for shipment, _, _ in found]
    digests = select(ShipmentEvent.shipment_id, ShipmentEvent.digest).where(ShipmentEvent.shipment_id.in_(ids))
    known = set(batch.session.execute(digests).tuples())
    for at, row in rows:
        found = _parcels_of(batch, row, parcels.get(row.tracking_no, []))
        if isinstance(found, Problem):
            batch.outcomes[at] = found
            continue
        parts = (row.at.isoformat(), row.status or "", row.location or "", row.description or "")
        digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
        status = words.SHIPMENT_STATUS.get(words.normal_word(row.status or ""), row.status or "")
        new = [shipment for shipment in found if (shipment.id, digest) not in known]
        for shipment in new:
            known.add((shipment.id, digest))
            batch.session.add(
                ShipmentEvent(
                    shipment_id=shipment.id, digest=digest, at=row.at, status=status,
                    location=row.location or "", description=row.description or "",
                )
            )  # fmt: skip
        batch.outcomes[at] = CREATED if new else UNCHANGED


def _parcels_of(
    batch: Batch, row: ShipmentEventRow, candidates: Sequence[tuple[Shipment, int, str]]
) -> list[Shipment] | Problem:
    """The parcels that a line of a trace is about.

    One parcel may hold several orders of a customer: all get the line. Carriers also give a number out again after
    some months; then the line belongs to the parcel that was shipped last before it. A customer must never see the
    trace of another's parcel, so what stays ambiguous is refused, and so is a line from long before the parcel: it is
    of an earlier one that is not among the records.
    """
    if row.order_no is not None:
        candidates = [c for c in candidates if c[2] == row.order_no]
    if not candidates:
        what = f"tracking number {row.tracking_no!r}" + (f" of order {row.order_no!r}" if row.order_no else "")
        return Problem(
            "tracking_no",
            row.tracking_no,
            f"{what} is not known: import shipments first, then this file again",
            "no_shipment",
        )
    if len({customer_id for _, customer_id, _ in candidates}) == 1:
        near = [s for s, _, _ in candidates if s.shipped_at is None or row.at >= s.shipped_at - MAX_BEFORE_SHIPPING]
        return near or Problem(
            "at",
            row.at.isoformat(),
            f"the line is from {MAX_BEFORE_SHIPPING.days} days or more before parcel {row.tracking_no!r} was shipped, "
            "so it is of an earlier parcel with the same number: import that shipment first",
            "too_early",
        )
    batch.warnings.add(
        f"tracking number {row.tracking_no} is used by {len(candidates)} orders of different customers: each line of "
        "its trace went to the parcel shipped last before it; add the column order_no to be sure"
    )
    earlier = [c for c in candidates if c[0].shipped_at is not None and c[0].shipped_at <= row.at]
    latest: datetime | None = max((c[0].shipped_at for c in earlier if c[0].shipped_at), default=None)
    last = [c for c in earlier if c[0].shipped_at == latest]
    if latest is None or len({customer_id for _, customer_id, _ in last}) > 1:
        return Problem(
            "tracking_no",
            row.tracking_no,
            f"tracking number {row.tracking_no!r} belongs to {len(candidates)} orders of different customers and the "
            "time does not tell which: add the column order_no",
            "ambiguous",
        )
    return [shipment for shipment, _, _ in last]


def write_after_sales(batch: Batch, rows: Rows[AfterSaleRow]) -> None:
    orders = batch.orders(row.order_no for _, row in rows)
    query = select(AfterSale).where(
        AfterSale.shop_id == batch.shop.id, AfterSale.external_id.in_({row.external_id for _, row in rows})
    )
    known = {a.external_id: a for a in batch.session.scalars(query)}
    for at, row in rows:
        order_id = orders.get(row.order_no)
        if order_id is None:
            batch.outcomes[at] = batch.no_order(row.order_no)
            continue
        values = row.model_dump(exclude={"order_no"}) | {"order_id": order_id}
        if row.amount is None:
            values["currency"] = None
        known[row.external_id] = batch.put(
            at, known.get(row.external_id), lambda: AfterSale(shop_id=batch.shop.id), values
        )
