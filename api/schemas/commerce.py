from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.schemas.common import Amount, Body, Note, Row
from records.commerce.models import (
    ActionKind,
    ActionRequest,
    ActionState,
    AfterSaleKind,
    AfterSaleStatus,
    Order,
    OrderStatus,
    Shipment,
    ShipmentStatus,
)
from records.commerce.progress import current_status
from records.commerce.requests import possible_requests


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
    reached: ShipmentStatus = Field(description="how far it has come: the trace may be ahead of the shop's own status")
    events: list[ShipmentEventOut]

    @classmethod
    def of(cls, shipment: Shipment) -> ShipmentOut:
        """`shipment` with its events loaded."""
        plain = {name: getattr(shipment, name) for name in cls.model_fields if name not in ("reached", "events")}
        events = [ShipmentEventOut.model_validate(event) for event in shipment.events]
        return cls(**plain, reached=ShipmentStatus(current_status(shipment)), events=events)


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
    customer_name: str
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

    @classmethod
    def of(cls, order: Order) -> OrderOut:
        """`order` whole, with its customer."""
        return cls(**_order(cls, order))


def _order(model: type[OrderOut], order: Order) -> dict[str, Any]:
    computed = {"customer_name", "items", "shipments", "after_sales", "possible", "requests"}
    return {name: getattr(order, name) for name in model.model_fields if name not in computed} | {
        "customer_name": order.customer.name,
        "items": [OrderItemOut.model_validate(item) for item in order.items],
        "shipments": [ShipmentOut.of(shipment) for shipment in order.shipments],
        "after_sales": [AfterSaleOut.model_validate(case) for case in order.after_sales],
    }


class ActionIn(Body):
    """`params`, all but the new address optional: {"reason": "…"} of every kind; "items" [{"sku": "…", "quantity": 1}]
    of return, exchange, repair, reship and refund; "address", "recipient" and "phone" of change_address; "address" of
    reship; "wanted" of exchange; "amount" ("12.50") of refund."""

    order_id: int
    kind: ActionKind
    params: dict[str, Any] = Field(default_factory=dict, max_length=20)
    ticket_id: int | None = None
    note: Note = ""


class StepOut(BaseModel):
    """`by` is "staff:3", "api:1" …"""

    state: ActionState
    at: datetime
    by: str
    note: str


class ActionOut(Row):
    """What is asked of the shop's system about an order. `requested_by` is "staff:3", "api:1" …"""

    id: int
    order_id: int
    order_no: str
    shop_id: int
    customer_id: int
    customer_name: str
    ticket_id: int | None
    kind: ActionKind
    params: dict[str, Any]
    state: ActionState
    requested_by: str
    decided_by: int | None
    note: str
    history: list[StepOut]
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, action: ActionRequest) -> ActionOut:
        """`action` with its order and the customer loaded."""
        order = action.order
        told = {"order_no", "shop_id", "customer_id", "customer_name", "history"}
        plain = {name: getattr(action, name) for name in cls.model_fields if name not in told}
        return cls(
            **plain,
            order_no=order.order_no,
            shop_id=order.shop_id,
            customer_id=order.customer_id,
            customer_name=order.customer.name,
            history=[StepOut(**step) for step in action.history],
        )


class PossibleOut(Row):
    """Whether a kind can be asked for now. `why_not`: the order's state forbids it, or request `action_id` is open."""

    kind: ActionKind
    why_not: Literal["", "state", "open"]
    action_id: int | None


class OrderViewOut(OrderOut):
    """With what can be asked for it, and what was, newest first."""

    possible: list[PossibleOut]
    requests: list[ActionOut]

    @classmethod
    def seen(cls, order: Order, actions: Sequence[ActionRequest]) -> OrderViewOut:
        return cls(
            **_order(cls, order),
            possible=[PossibleOut.model_validate(one) for one in possible_requests(order, actions)],
            requests=[ActionOut.of(action) for action in actions],
        )


class ReasonIn(Body):
    reason: str = Field(min_length=1, max_length=2_000)


class ExecutedIn(Body):
    note: Note = Field("", description="the shop system's reference")


class FailedIn(Body):
    note: str = Field(min_length=1, max_length=2_000, description="what the shop's system said")
