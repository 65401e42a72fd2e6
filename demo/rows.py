"""What the shop's systems show at `now`, as rows in the import format: nothing that is still to come."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from demo.customers import Person
from demo.orders import PlannedOrder
from demo.resources import ShopSpec
from demo.shipments import status_word
from demo.tickets import DemoTicket

Row = dict[str, Any]

_ORDER_WORDS = {
    "pending": "待付款",
    "paid": "已付款",
    "shipped": "已发货",
    "delivered": "已签收",
    "completed": "已完成",
    "cancelled": "已取消",
    "returned": "已退货",
    "refunded": "已退款",
}
_COMPLETED_AFTER = timedelta(days=10)


def _time(at: datetime | None, now: datetime) -> str:
    return at.replace(microsecond=0).isoformat() if at is not None and at <= now else ""


def order_status(order: PlannedOrder, now: datetime) -> str:
    """The canonical status (records.commerce.models.OrderStatus) of the order at `now`."""
    trace = order.trace
    if order.cancelled_at is not None:
        unpaid = order.scenario == "unpaid"
        return "cancelled" if order.cancelled_at <= now else ("pending" if unpaid else "paid")
    if order.refunded_at is not None and order.refunded_at <= now:
        partial = order.case is not None and order.case.amount < order.total
        return "completed" if partial else "refunded"
    if trace is None or trace.shipped_at > now:
        return "paid"
    if trace.closed_at is not None and trace.closed_at <= now and order.scenario == "refused":
        return "returned"
    if trace.delivered_at is None or trace.delivered_at > now:
        return "shipped"
    return "completed" if trace.delivered_at + _COMPLETED_AFTER <= now else "delivered"


def customer_rows(customers: Iterable[Person]) -> list[Row]:
    return [
        {
            "external_id": c.external_id,
            "name": c.name,
            "email": c.email,
            "phone": c.phone,
            "gender": c.gender,
            "country": c.country,
            "province": c.place.province,
            "city": c.place.city,
            "address": c.address,
            "postal_code": c.postal_code,
            "tier": c.tier,
            "tags": ";".join(c.tags),
        }
        for c in customers
    ]


def product_rows(shop: ShopSpec) -> list[Row]:
    return [
        {
            "sku": p.sku,
            "name": p.name,
            "description": p.description,
            "price": str(p.price),
            "currency": p.currency,
            "status": p.status,
            "options": json.dumps({name: list(values) for name, values in p.options.items()}, ensure_ascii=False),
        }
        for p in shop.products
    ]


def order_rows(shop: ShopSpec, orders: Iterable[PlannedOrder], now: datetime) -> list[Row]:
    rows = []
    for order in orders:
        status = order_status(order, now)
        rows.append(
            {
                "order_no": order.order_no,
                "customer_external_id": order.customer.external_id,
                "status": _ORDER_WORDS[status] if shop.language == "zh" else status,
                "total": str(order.total),
                "currency": shop.currency,
                "payment_method": order.payment,
                "recipient": order.customer.name,
                "phone": order.customer.phone,
                "address": order.customer.full_address,
                "placed_at": _time(order.placed_at, now),
            }
        )
    return rows


def item_rows(orders: Iterable[PlannedOrder]) -> list[Row]:
    return [
        {
            "order_no": order.order_no,
            "sku": line.product.sku,
            "name": f"{line.product.name} {line.variant}".strip(),
            "quantity": line.quantity,
            "unit_price": str(line.unit_price),
        }
        for order in orders
        for line in order.lines
    ]


def shipment_rows(shop: ShopSpec, orders: Iterable[PlannedOrder], now: datetime) -> tuple[list[Row], list[Row]]:
    """(shipments, their events) that exist at `now`."""
    shipments: list[Row] = []
    events: list[Row] = []
    for order in orders:
        trace = order.trace
        seen = [event for event in trace.events if event.at <= now] if trace else []
        if trace is None or not seen:
            continue
        shipments.append(
            {
                "order_no": order.order_no,
                "tracking_no": trace.tracking_no,
                "carrier": trace.carrier,
                "status": status_word(shop.language, seen[-1].status),
                "shipped_at": _time(trace.shipped_at, now),
                "estimated_at": trace.estimated_at.isoformat(),
                "delivered_at": _time(trace.delivered_at, now),
            }
        )
        events += [
            {
                "tracking_no": trace.tracking_no,
                "at": _time(event.at, now),
                "status": status_word(shop.language, event.status),
                "location": event.location,
                "description": event.description,
            }
            for event in seen
        ]
    return shipments, events


def after_sale_rows(shop: ShopSpec, orders: Iterable[PlannedOrder], now: datetime) -> list[Row]:
    rows = []
    for order in orders:
        case = order.case
        if case is None or case.opened_at > now:
            continue
        state, at = case.state_at(now)
        rows.append(
            {
                "external_id": case.external_id,
                "order_no": order.order_no,
                "kind": case.kind,
                "status": state,
                "reason": case.reason,
                "amount": str(case.amount),
                "currency": shop.currency,
                "opened_at": _time(case.opened_at, now),
                "updated_at": _time(at, now),
            }
        )
    return rows


def ticket_rows(shop: ShopSpec, tickets: Iterable[DemoTicket]) -> list[Row]:
    """`messages` is a list of {author, at, text}; `order_no`, `assignee`, `priority` and `language` are extras."""
    return [
        {
            "external_id": t.external_id,
            "customer_external_id": t.customer.external_id,
            "subject": t.subject,
            "channel": t.channel,
            "status": t.status,
            "intent": t.script.intent,
            "created_at": t.created_at.isoformat(),
            "resolved_at": t.messages[-1].at.replace(microsecond=0).isoformat() if t.resolved else "",
            "language": shop.language,
            "priority": t.priority,
            "assignee": t.assignee,
            "order_no": t.order.order_no if t.order else "",
            "messages": [
                {"author": said.author, "at": said.at.replace(microsecond=0).isoformat(), "text": said.text}
                for said in t.messages
            ],
        }
        for t in tickets
    ]
