from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, PrimaryKey, db_now
from records.shops.models import ChannelAccount


class Customer(Base):
    """A buyer. Keys are the platform's: the same person on two platforms is two rows until somebody merges them."""

    __tablename__ = "customers"

    id: Mapped[PrimaryKey]
    platform: Mapped[str] = mapped_column(String(32), default="web")
    external_id: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(128), default="")
    email: Mapped[str | None] = mapped_column(String(255), index=True)
    phone: Mapped[str | None] = mapped_column(String(32), index=True)
    gender: Mapped[str | None] = mapped_column(String(16))
    country: Mapped[str | None] = mapped_column(String(64))
    province: Mapped[str | None] = mapped_column(String(64))
    city: Mapped[str | None] = mapped_column(String(64))
    address: Mapped[str | None] = mapped_column(Text)
    postal_code: Mapped[str | None] = mapped_column(String(16))
    language: Mapped[str | None] = mapped_column(String(8))
    tier: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    updated_at: Mapped[datetime] = mapped_column(server_default=db_now())
    version: Mapped[int] = mapped_column(default=1)

    tags: Mapped[list[CustomerTag]] = relationship(lazy="raise", cascade="all, delete-orphan")
    identities: Mapped[list[ChannelIdentity]] = relationship(lazy="raise", cascade="all, delete-orphan")

    __table_args__ = (UniqueConstraint("platform", "external_id"),)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class CustomerTag(Base):
    __tablename__ = "customer_tags"

    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(64), primary_key=True)


class ChannelIdentity(Base):
    """Who writes on a channel. Verification belongs here: a verified web login says nothing of an e-mail address.

    `verified_by` is the method (signed_webhook, jwt, order_and_phone …); an unverified identity gets no facts.
    """

    __tablename__ = "channel_identities"

    id: Mapped[PrimaryKey]
    channel_account_id: Mapped[int] = mapped_column(BigId, ForeignKey("channel_accounts.id"))
    address: Mapped[str] = mapped_column(String(255))
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())

    account: Mapped[ChannelAccount] = relationship(lazy="raise")

    __table_args__ = (UniqueConstraint("channel_account_id", "address"),)


class Staff(Base):
    __tablename__ = "staff"

    id: Mapped[PrimaryKey]
    username: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(128))
    email: Mapped[str | None] = mapped_column(String(255))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8), default="zh")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    version: Mapped[int] = mapped_column(default=1)

    shops: Mapped[list[StaffShop]] = relationship(lazy="raise", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class StaffShop(Base):
    """Rows limit a member of staff to these shops; no row means all."""

    __tablename__ = "staff_shops"

    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    shop_id: Mapped[int] = mapped_column(BigId, ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)


class AuthSession(Base):
    """An opaque sign-in session; only the digest of its token is stored."""

    __tablename__ = "auth_sessions"

    id: Mapped[PrimaryKey]
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    expires_at: Mapped[datetime]
    user_agent: Mapped[str] = mapped_column(String(255), default="")


class SignInAttempt(Base):
    """Failed sign-ins, counted by name to slow down guessing."""

    __tablename__ = "sign_in_attempts"

    id: Mapped[PrimaryKey]
    username: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(server_default=db_now())

    __table_args__ = (Index("ix_sign_in_attempts_username_at", "username", "at"),)


class ApiToken(Base):
    __tablename__ = "api_tokens"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(64))
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    shop_ids: Mapped[list[int] | None]
    created_by: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AccessAudit(Base):
    """Who looked at or exported whose data, and when."""

    __tablename__ = "access_audit"

    id: Mapped[PrimaryKey]
    at: Mapped[datetime] = mapped_column(server_default=db_now(), index=True)
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(64))
    object_kind: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[int | None]
    customer_id: Mapped[int | None] = mapped_column(index=True)
