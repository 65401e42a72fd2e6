from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, PrimaryKey

# off: nothing; warn: the editor is told; block: a preview is needed, and a fall needs a supervisor's reason.
PUBLISH_GATES = ("off", "warn", "block")


class Shop(Base):
    """A shop of the seller. `business_hours`: {"mon": ["09:00", "21:00"], …} in the shop's time zone.

    `publish_gate`: what a significant fall in a preview does to publishing (`PUBLISH_GATES`).
    """

    __tablename__ = "shops"

    id: Mapped[PrimaryKey]
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    platform: Mapped[str] = mapped_column(String(32), default="web")
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    timezone: Mapped[str] = mapped_column(String(64), default="Asia/Shanghai")
    language: Mapped[str] = mapped_column(String(8), default="zh")
    business_hours: Mapped[dict[str, Any]] = mapped_column(default=dict)
    active: Mapped[bool] = mapped_column(default=True)
    publish_gate: Mapped[str] = mapped_column(String(8), default="warn", server_default="warn")


class ChannelAccount(Base):
    """One connection of a shop to a channel; `kind` names the protocol (webhook, web, import).

    `config` holds what is not secret (the outgoing URL; of a chat its `ChatConfig`); `secret` signs both ways (Standard
    Webhooks: whsec_…) or the identities of a chat's shoppers. `public_key` names a chat in the shop's own page.
    """

    __tablename__ = "channel_accounts"

    id: Mapped[PrimaryKey]
    shop_id: Mapped[int] = mapped_column(BigId, ForeignKey("shops.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(64))
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secret: Mapped[str | None] = mapped_column(String(255))
    public_key: Mapped[str | None] = mapped_column(String(32), unique=True)
    active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (UniqueConstraint("shop_id", "kind", "name"),)
