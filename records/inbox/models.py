from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, PrimaryKey, db_now


class SavedView(Base):
    """A member of staff's named filter. `filters` holds only what filters, `shared` shows it to everybody."""

    __tablename__ = "saved_views"

    id: Mapped[PrimaryKey]
    owner_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    filters: Mapped[dict[str, Any]]
    sort: Mapped[str] = mapped_column(String(16), default="newest")
    shared: Mapped[bool] = mapped_column(default=False, index=True)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class BulkChange(Base):
    """What one bulk action did, so that it can be undone: `items` is a list of {ticket_id, before, after}.

    `before` and `after` hold the changed fields only; `tags` there are those that were taken away and those added.
    """

    __tablename__ = "bulk_changes"

    id: Mapped[PrimaryKey]
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    items: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    undone_at: Mapped[datetime | None]
