"""Rows for tests, flushed and never committed here."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from copilot.autonomy.models import AutonomySettings
from records.commerce.models import Order, OrderItem, Shipment, ShipmentEvent
from records.people.models import ChannelIdentity, Customer, Staff
from records.principals import Principal, Role
from records.shops.models import ChannelAccount, Shop

_numbers = itertools.count(1)


T = TypeVar("T")


def _add(session: Session, row: T) -> T:
    session.add(row)
    session.flush()
    return row


def make_shop(session: Session, **values: Any) -> Shop:
    n = next(_numbers)
    return _add(session, Shop(**{"code": f"shop{n}", "name": f"Shop {n}", **values}))


def unaudited(session: Session, *shops: int) -> None:
    """Nothing is drawn for review in these shops: a test of what the bot sends must not be one in ten times another."""
    for shop_id in shops:
        settings = session.get(AutonomySettings, shop_id) or AutonomySettings(shop_id=shop_id)
        settings.audit_share = 0.0
        session.add(settings)
    session.flush()


def make_account(session: Session, shop: Shop, **values: Any) -> ChannelAccount:
    return _add(
        session, ChannelAccount(**{"shop_id": shop.id, "kind": "webhook", "name": f"w{next(_numbers)}", **values})
    )


def make_customer(session: Session, **values: Any) -> Customer:
    n = next(_numbers)
    return _add(session, Customer(**{"external_id": f"c{n}", "name": f"顾客{n}", **values}))


def make_identity(
    session: Session, account: ChannelAccount, customer: Customer, *, verified: bool = True
) -> ChannelIdentity:
    return _add(
        session,
        ChannelIdentity(
            channel_account_id=account.id,
            address=customer.external_id,
            customer_id=customer.id,
            verified_at=datetime.now(UTC) if verified else None,
            verified_by="signed_webhook" if verified else None,
        ),
    )


def make_staff(session: Session, role: Role = Role.AGENT, **values: Any) -> Staff:
    n = next(_numbers)
    return _add(session, Staff(**{"username": f"staff{n}", "display_name": f"客服{n}", "role": role, **values}))


def staff_principal(staff: Staff, shops: frozenset[int] | None = None) -> Principal:
    return Principal("staff", staff.id, staff.display_name, Role(staff.role), shops)


def make_order(session: Session, shop: Shop, customer: Customer, **values: Any) -> Order:
    n = next(_numbers)
    order = _add(
        session,
        Order(
            **{
                "shop_id": shop.id,
                "order_no": f"3130{n:08d}",
                "customer_id": customer.id,
                "status": "shipped",
                "total": Decimal("1299.00"),
                "currency": "CNY",
                "placed_at": datetime(2026, 11, 1, 8, tzinfo=UTC),
                **values,
            }
        ),
    )
    _add(session, OrderItem(order_id=order.id, sku="A1", name="电热水器", quantity=1, unit_price=Decimal("1299.00")))
    return order


def make_shipment(session: Session, order: Order, **values: Any) -> Shipment:
    shipment = _add(
        session,
        Shipment(
            **{
                "shop_id": order.shop_id,
                "order_id": order.id,
                "tracking_no": f"JD{next(_numbers):010d}",
                "carrier": "京东快递",
                "status": "in_transit",
                **values,
            }
        ),
    )
    _add(
        session,
        ShipmentEvent(
            shipment_id=shipment.id,
            digest="d1",
            at=datetime(2026, 11, 3, 2, 30, tzinfo=UTC),
            status="in_transit",
            location="南京市鼓楼区",
            description="快件已到达南京转运中心",
        ),
    )
    return shipment
