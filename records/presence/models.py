from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, PrimaryKey, db_now


class PresenceState(StrEnum):
    VIEWING = "viewing"
    TYPING = "typing"
    GONE = "gone"  # never stored: the row goes


class Presence(Base):
    """Who has a ticket open at this moment. A row past `expires_at` (the database's time) says nothing any more.

    `actor_kind` is staff or customer, `actor_id` its id there. Rows are overwritten and deleted: this is no history.
    """

    __tablename__ = "presence"

    id: Mapped[PrimaryKey]
    ticket_id: Mapped[int] = mapped_column(BigId, ForeignKey("tickets.id", ondelete="CASCADE"))
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[int]
    state: Mapped[str] = mapped_column(String(8))
    since: Mapped[datetime] = mapped_column(server_default=db_now())
    expires_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (UniqueConstraint("ticket_id", "actor_kind", "actor_id"),)
