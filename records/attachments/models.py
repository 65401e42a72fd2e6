from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, PrimaryKey, db_now

STAFF, API, CHAT_SESSION = "staff", "api", "chat_session"  # who uploads


class Attachment(Base):
    """A file. `message_id` is null until the message that it goes with is sent, `ticket_id` also before there is one.

    `storage_key` names it in the file store; `media_type` was read from its content; `size` is in bytes.
    """

    __tablename__ = "attachments"

    id: Mapped[PrimaryKey]
    shop_id: Mapped[int] = mapped_column(BigId, ForeignKey("shops.id"))
    ticket_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("tickets.id", ondelete="CASCADE"))
    message_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    storage_key: Mapped[str] = mapped_column(String(32), unique=True)
    uploader_kind: Mapped[str] = mapped_column(String(16))
    uploader_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())

    __table_args__ = (Index("ix_attachments_uploader_kind_uploader_id", "uploader_kind", "uploader_id"),)
