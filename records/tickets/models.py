from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, PrimaryKey, db_now
from records.people.models import ChannelIdentity, Customer
from records.shops.models import ChannelAccount, Shop

MAX_TEXT = 20_000  # characters of a message; longer ones are refused rather than cut


class TicketStatus(StrEnum):
    NEW = "new"  # 新建
    OPEN = "open"  # 处理中
    PENDING = "pending"  # 待客户
    RESOLVED = "resolved"  # 已解决
    CLOSED = "closed"  # 已关闭


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Visibility(StrEnum):
    PUBLIC = "public"
    NOTE = "note"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class AuthorKind(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    BOT = "bot"
    SYSTEM = "system"


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"  # the provider may or may not have it: a person decides, it is never resent blindly
    CANCELLED = "cancelled"


def _where_known(name: str) -> Index:
    """Of rows that hold a value: a new ticket holds none, so that creating one writes nothing here."""
    known = text(f"{name} IS NOT NULL")
    return Index(f"ix_tickets_{name}", name, sqlite_where=known, postgresql_where=known)


class Ticket(Base):
    """A conversation about one matter. `next_seq` is the sequence number the next message gets, under a row lock.

    `version` (ETag) counts changes that a second agent must know of; `last_inbound_seq` is the newest customer message.
    `waiting_since` is the time of the oldest customer message that nobody has answered; null when nobody waits.
    """

    __tablename__ = "tickets"

    id: Mapped[PrimaryKey]
    shop_id: Mapped[int] = mapped_column(BigId, ForeignKey("shops.id"))
    external_id: Mapped[str | None] = mapped_column(String(128))
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    identity_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("channel_identities.id"))
    channel_account_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("channel_accounts.id"))
    subject: Mapped[str] = mapped_column(String(255), default="")
    status: Mapped[str] = mapped_column(String(16), default=TicketStatus.NEW)
    priority: Mapped[str] = mapped_column(String(16), default=Priority.NORMAL)
    category: Mapped[str | None] = mapped_column(String(64))
    intent: Mapped[str | None] = mapped_column(String(64))
    assignee_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    channel: Mapped[str] = mapped_column(String(32))
    language: Mapped[str | None] = mapped_column(String(8))
    next_seq: Mapped[int] = mapped_column(default=1)
    last_inbound_seq: Mapped[int] = mapped_column(default=0)
    bot_stopped: Mapped[bool] = mapped_column(default=False)  # handed over: the bot is silent until it is resolved
    waiting_since: Mapped[datetime | None]
    customer_seen_seq: Mapped[int] = mapped_column(
        default=0, server_default="0"
    )  # the last message the shopper has read
    satisfaction: Mapped[int | None]  # 1 to 5, the customer's own word at the end
    satisfaction_comment: Mapped[str] = mapped_column(Text, default="", server_default="")
    satisfaction_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    updated_at: Mapped[datetime] = mapped_column(server_default=db_now())
    first_response_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    shop: Mapped[Shop] = relationship(lazy="raise")
    customer: Mapped[Customer] = relationship(lazy="raise")
    identity: Mapped[ChannelIdentity | None] = relationship(lazy="raise")
    channel_account: Mapped[ChannelAccount | None] = relationship(lazy="raise")
    messages: Mapped[list[Message]] = relationship(lazy="raise", order_by="Message.seq", cascade="all, delete-orphan")
    tags: Mapped[list[TicketTag]] = relationship(lazy="raise", cascade="all, delete-orphan")

    __table_args__ = (
        UniqueConstraint("shop_id", "external_id"),
        Index("ix_tickets_status_updated_at", "status", "updated_at"),
        Index("ix_tickets_updated_at_id", "updated_at", "id"),
        Index("ix_tickets_waiting_since_id", "waiting_since", "id"),
        Index("ix_tickets_assignee_id_updated_at", "assignee_id", "updated_at"),
        Index("ix_tickets_created_at", "created_at"),
        _where_known("intent"),
        _where_known("resolved_at"),
        _where_known("satisfaction_at"),
    )
    # eager_defaults: times are set by the database's clock and read back in the same statement.
    __mapper_args__ = {"version_id_col": version, "eager_defaults": True}  # noqa: RUF012


class Message(Base):
    """One message or note. `citations` is the list of sources as it was sent; `send_after` delays an outgoing one.

    `client_id` makes a create repeatable; `external_id` is the channel's own id, unique in its account.
    """

    __tablename__ = "messages"

    id: Mapped[PrimaryKey]
    ticket_id: Mapped[int] = mapped_column(BigId, ForeignKey("tickets.id", ondelete="CASCADE"))
    seq: Mapped[int]
    client_id: Mapped[str | None] = mapped_column(String(64))
    channel_account_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("channel_accounts.id"))
    external_id: Mapped[str | None] = mapped_column(String(255))
    direction: Mapped[str] = mapped_column(String(8))
    visibility: Mapped[str] = mapped_column(String(8), default=Visibility.PUBLIC)
    author_kind: Mapped[str] = mapped_column(String(16))
    author_id: Mapped[int | None]
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(8))
    citations: Mapped[list[Any]] = mapped_column(default=list)
    attachments: Mapped[list[Any]] = mapped_column(default=list)
    suggestion_id: Mapped[int | None]
    send_after: Mapped[datetime | None]
    has_html: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())

    delivery: Mapped[Delivery | None] = relationship(lazy="raise", uselist=False, cascade="all, delete-orphan")

    __table_args__ = (
        UniqueConstraint("ticket_id", "seq"),
        UniqueConstraint("ticket_id", "client_id"),
        UniqueConstraint("channel_account_id", "external_id"),
        Index("ix_messages_created_at", "created_at"),
    )


class MessageHtml(Base):
    """The customer's letter as it was laid out, cleaned; apart, so that lists of messages do not carry it."""

    __tablename__ = "message_html"

    message_id: Mapped[int] = mapped_column(BigId, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    html: Mapped[str] = mapped_column(Text)


class Delivery(Base):
    """Where an outgoing message is on its way; changed by the sender only, by conditional updates."""

    __tablename__ = "deliveries"

    id: Mapped[PrimaryKey]
    message_id: Mapped[int] = mapped_column(BigId, ForeignKey("messages.id", ondelete="CASCADE"), unique=True)
    state: Mapped[str] = mapped_column(String(16), default=DeliveryState.QUEUED, index=True)
    attempt: Mapped[int] = mapped_column(default=0)
    provider_id: Mapped[str | None] = mapped_column(String(255))
    last_error: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    updated_at: Mapped[datetime] = mapped_column(server_default=db_now())


class TicketTag(Base):
    __tablename__ = "ticket_tags"

    ticket_id: Mapped[int] = mapped_column(BigId, ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class ReadCursor(Base):
    """The last message a member of staff has read."""

    __tablename__ = "read_cursors"

    ticket_id: Mapped[int] = mapped_column(BigId, ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int]
