"""Idempotency-Key: the first answer to a create is kept and given again to whoever repeats it with the same key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, PrimaryKey, db_now
from core.errors import Conflict


class IdempotencyRecord(Base):
    __tablename__ = "idempotency_records"

    id: Mapped[PrimaryKey]
    owner: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(128))
    request_digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=db_now(), index=True)

    __table_args__ = (UniqueConstraint("owner", "key"),)


def recall(session: Session, owner: str, key: str, request_digest: str) -> IdempotencyRecord | None:
    """The kept answer, or None. Raises Conflict when the key was used for another request."""
    row = session.scalar(
        select(IdempotencyRecord).where(IdempotencyRecord.owner == owner, IdempotencyRecord.key == key)
    )
    if row is not None and row.request_digest != request_digest:
        raise Conflict("This Idempotency-Key was used for another request. Use a new key for a new request.")
    return row


def remember(session: Session, owner: str, key: str, request_digest: str, status: int, body: dict[str, Any]) -> None:
    """Keep the answer in the same transaction; two requests at once: the second's insert fails on the unique key."""
    session.add(IdempotencyRecord(owner=owner, key=key, request_digest=request_digest, status=status, body=body))
    session.flush()
