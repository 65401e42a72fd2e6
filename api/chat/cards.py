"""A verified shopper's own orders beside the answers that speak of them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from api.schemas.chat import OrderCardOut, OrderItemCardOut, ParcelEventOut, ParcelOut
from records.commerce.models import Order, Shipment
from records.commerce.progress import arrived_at, current_status
from records.commerce.queries import WHOLE, visible
from records.commerce.wording import ORDER_STATUS, SHIPMENT_STATUS, Words, description, word
from records.principals import Principal

EVENTS = 5  # lines of a parcel's trace
_ORDER = "order:"


def order_ids(citations: Iterable[dict[str, object]]) -> list[int]:
    """The orders that a message's sources name."""
    named = [str(item.get("document_id", "")) for item in citations if item.get("source_kind") == "record"]
    numbers = [name.removeprefix(_ORDER) for name in named if name.startswith(_ORDER)]
    return [int(number) for number in numbers if number.isascii() and number.isdecimal()]


def cards(session: Session, principal: Principal, shop_id: int, ids: Iterable[int]) -> dict[int, OrderCardOut]:
    """By order id; only this verified customer's own orders in this shop, whatever `ids` holds."""
    wanted = set(ids)
    if not wanted:
        return {}
    query = visible(principal).where(Order.id.in_(wanted), Order.shop_id == shop_id).options(*WHOLE)
    return {order.id: _card(order) for order in session.scalars(query)}


def _card(order: Order) -> OrderCardOut:
    return OrderCardOut(
        order_no=order.order_no,
        status=order.status,
        status_text=_words(ORDER_STATUS, order.status, order.source_status),
        placed_at=order.placed_at,
        total=order.total,
        currency=order.currency,
        items=[
            OrderItemCardOut(name=item.name, quantity=item.quantity)
            for item in sorted(order.items, key=lambda item: item.line)
        ],
        parcels=[_parcel(shipment) for shipment in sorted(order.shipments, key=lambda shipment: shipment.id)],
    )


def _parcel(shipment: Shipment) -> ParcelOut:
    status = current_status(shipment)
    newest = sorted(shipment.events, key=lambda event: (event.at, event.id), reverse=True)[:EVENTS]
    return ParcelOut(
        carrier=shipment.carrier or "",
        tracking_no=shipment.tracking_no,
        status=status,
        status_text=_words(SHIPMENT_STATUS, status, shipment.source_status),
        estimated_at=shipment.estimated_at,
        delivered_at=arrived_at(shipment),
        events=[
            ParcelEventOut(at=event.at, location=event.location or "", description=description(event.description))
            for event in newest
        ],
    )


def _words(table: Words, status: str, source: str) -> dict[str, str]:
    return {language: word(table, status, source, language) for language in ("zh", "en")}
