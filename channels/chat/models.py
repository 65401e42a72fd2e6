from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, PrimaryKey, db_now
from records.shops.models import ChannelAccount


class ChatSession(Base):
    """A shopper's browser in a chat. Only the digest of its token is stored.

    `address` is the shop's own id of a shopper who is signed in there (`verified`), else a random one. There is no
    customer before the first message: most who open a chat write nothing.
    """

    __tablename__ = "chat_sessions"

    id: Mapped[PrimaryKey]
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("channel_accounts.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str] = mapped_column(String(128))
    verified: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(128), default="")
    email: Mapped[str | None] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(8), default="zh")
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    expires_at: Mapped[datetime] = mapped_column(index=True)

    account: Mapped[ChannelAccount] = relationship(lazy="raise")
