"""The shop's own records. Imported ones are mirrors: never edited here, what we want of them is an ActionRequest."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, PrimaryKey, db_now
from records.people.models import Customer


class OrderStatus(StrEnum):
    PENDING = "pending"  # 待付款
    PAID = "paid"  # 已付款
    PROCESSING = "processing"  # 处理中
    SHIPPED = "shipped"  # 已发货
    DELIVERED = "delivered"  # 已签收
    COMPLETED = "completed"  # 已完成
    CANCELLED = "cancelled"  # 已取消
    RETURNED = "returned"  # 已退货
    REFUNDED = "refunded"  # 已退款
    UNKNOWN = "unknown"  # the shop's word is not mapped yet: see source_status


class ShipmentStatus(StrEnum):
    CREATED = "created"  # 已创建
    PICKED_UP = "picked_up"  # 已揽收
    IN_TRANSIT = "in_transit"  # 运输中
    OUT_FOR_DELIVERY = "out_for_delivery"  # 派送中
    DELIVERED = "delivered"  # 已签收
    EXCEPTION = "exception"  # 异常
    RETURNED = "returned"  # 已退回
    UNKNOWN = "unknown"  # not told, or a word that is not mapped yet: see source_status


class AfterSaleKind(StrEnum):
    RETURN = "return"
    EXCHANGE = "exchange"
    REPAIR = "repair"


class AfterSaleStatus(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    SHIPPED_BACK = "shipped_back"
    RECEIVED = "received"
    REFUNDED = "refunded"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Product(Base):
    __tablename__ = "products"

    id: Mapped[PrimaryKey]
    shop_id: Mapped[int] = mapped_column(BigId, ForeignKey("shops.id"))
    sku: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(512))
    description: Mapped[str] = mapped_column(Text, default="")
    price: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(32), default="on_sale")
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (UniqueConstraint("shop_id", "sku"),)


class Order(Base):
    """`status` is ours, `source_status` is the shop's own word; `imported_at` dates the mirror."""

    __tablename__ = "orders"

    id: Mapped[PrimaryKey]
    shop_id: Mapped[int] = mapped_column(BigId, ForeignKey("shops.id"))
    order_no: Mapped[str] = mapped_column(String(64), index=True)
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    status: Mapped[str] = mapped_column(String(32))
    source_status: Mapped[str] = mapped_column(String(64), default="")
    total: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    payment_method: Mapped[str | None] = mapped_column(String(64))
    recipient: Mapped[str | None] = mapped_column(String(128))
    phone: Mapped[str | None] = mapped_column(String(32))
    address: Mapped[str | None] = mapped_column(Text)
    placed_at: Mapped[datetime | None] = mapped_column(index=True)
    imported_at: Mapped[datetime] = mapped_column(server_default=db_now())

    customer: Mapped[Customer] = relationship(lazy="raise")
    items: Mapped[list[OrderItem]] = relationship(lazy="raise", order_by="OrderItem.line")
    shipments: Mapped[list[Shipment]] = relationship(lazy="raise", order_by="Shipment.id")
    after_sales: Mapped[list[AfterSale]] = relationship(lazy="raise", order_by="AfterSale.id")

    __table_args__ = (UniqueConstraint("shop_id", "order_no"),)


class OrderItem(Base):
    """`line` numbers the same sku in the same order (0, 1, …), so that an import can be repeated."""

    __tablename__ = "order_items"

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id", ondelete="CASCADE"))
    sku: Mapped[str] = mapped_column(String(64))
    line: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(512))
    quantity: Mapped[int]
    unit_price: Mapped[Decimal]

    __table_args__ = (UniqueConstraint("order_id", "sku", "line"),)


class Shipment(Base):
    __tablename__ = "shipments"

    id: Mapped[PrimaryKey]
    shop_id: Mapped[int] = mapped_column(BigId, ForeignKey("shops.id"))
    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    tracking_no: Mapped[str] = mapped_column(String(64))
    carrier: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(32))
    source_status: Mapped[str] = mapped_column(String(64), default="")
    shipped_at: Mapped[datetime | None]
    estimated_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    imported_at: Mapped[datetime] = mapped_column(server_default=db_now())

    events: Mapped[list[ShipmentEvent]] = relationship(lazy="raise", order_by="ShipmentEvent.at")

    __table_args__ = (UniqueConstraint("shop_id", "tracking_no", "order_id"),)


class ShipmentEvent(Base):
    """One line of a carrier's trace. `digest` (of time, status, place and text) makes an import repeatable."""

    __tablename__ = "shipment_events"

    id: Mapped[PrimaryKey]
    shipment_id: Mapped[int] = mapped_column(BigId, ForeignKey("shipments.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(64), default="")
    location: Mapped[str] = mapped_column(String(255), default="")
    description: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (UniqueConstraint("shipment_id", "digest"),)


class AfterSale(Base):
    __tablename__ = "after_sales"

    id: Mapped[PrimaryKey]
    shop_id: Mapped[int] = mapped_column(BigId, ForeignKey("shops.id"))
    external_id: Mapped[str] = mapped_column(String(64))
    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text, default="")
    amount: Mapped[Decimal | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    opened_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("shop_id", "external_id"),)


class ActionKind(StrEnum):
    RETURN = "return"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    CANCEL = "cancel"
    CHANGE_ADDRESS = "change_address"
    REFUND = "refund"
    EXPEDITE = "expedite"  # 催件: ask the warehouse or the carrier to hurry
    RESHIP = "reship"  # 补发: send it, or a part of it, once more


class ActionState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    EXECUTED = "executed"
    FAILED = "failed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # by whoever asked, before anybody decided


class ActionRequest(Base):
    """What we ask of the shop's system about an order; a person approves it, and who and when are kept."""

    __tablename__ = "action_requests"

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("tickets.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(16), default=ActionState.REQUESTED)
    requested_by: Mapped[str] = mapped_column(String(64))
    decided_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    # One a step: {"state", "at" (ISO 8601), "by" ("staff:3"), "note"}. Kept here since `note` is only the last word.
    history: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    updated_at: Mapped[datetime] = mapped_column(server_default=db_now())
    version: Mapped[int] = mapped_column(default=1)

    order: Mapped[Order] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
