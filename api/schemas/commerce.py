from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from api.schemas.common import Amount, Body, Note, Row
from records.commerce.models import (
    ActionKind,
    ActionState,
    AfterSaleKind,
    AfterSaleStatus,
    OrderStatus,
    ShipmentStatus,
)


class ProductOut(Row):
    id: int
    shop_id: int
    sku: str
    name: str
    description: str
    price: Amount | None
    currency: str
    status: str
    options: dict[str, Any]


class OrderItemOut(Row):
    sku: str
    name: str
    quantity: int
    unit_price: Amount


class ShipmentEventOut(Row):
    at: datetime
    status: str
    location: str
    description: str


class ShipmentOut(Row):
    id: int
    tracking_no: str
    carrier: str | None
    status: ShipmentStatus
    source_status: str
    shipped_at: datetime | None
    estimated_at: datetime | None
    delivered_at: datetime | None
    events: list[ShipmentEventOut]


class AfterSaleOut(Row):
    id: int
    shop_id: int
    order_id: int
    external_id: str
    kind: AfterSaleKind
    status: AfterSaleStatus
    reason: str
    amount: Amount | None
    currency: str | None
    opened_at: datetime | None
    updated_at: datetime | None


class OrderOut(Row):
    """A mirror of the shop's order. `source_status` is the shop's own word."""

    id: int
    shop_id: int
    order_no: str
    customer_id: int
    status: OrderStatus
    source_status: str
    total: Amount
    currency: str
    payment_method: str | None
    recipient: str | None
    phone: str | None
    address: str | None
    placed_at: datetime | None
    imported_at: datetime
    items: list[OrderItemOut]
    shipments: list[ShipmentOut]
    after_sales: list[AfterSaleOut]


class ActionIn(Body):
    """`params`: change_address takes {"address": "…"}, refund an optional {"amount": "12.50"}."""

    order_id: int
    kind: ActionKind
    params: dict[str, Any] = Field(default_factory=dict, max_length=20)
    ticket_id: int | None = None
    note: Note = ""


class ActionOut(Row):
    """What is asked of the shop's system about an order. `requested_by` is "staff:3", "api:1" …"""

    id: int
    order_id: int
    ticket_id: int | None
    kind: ActionKind
    params: dict[str, Any]
    state: ActionState
    requested_by: str
    decided_by: int | None
    note: str
    created_at: datetime
    updated_at: datetime
    version: int


class ReasonIn(Body):
    reason: str = Field(min_length=1, max_length=2_000)


class ExecutedIn(Body):
    note: Note = Field("", description="the shop system's reference")


class FailedIn(Body):
    note: str = Field(min_length=1, max_length=2_000, description="what the shop's system said")
