"""Idempotency-Key: the first answer to a create is kept and given again to whoever repeats it with the same key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, PrimaryKey, db_now, insert_into
from core.errors import Conflict

_UNANSWERED = 0  # only ever seen inside the transaction that answers


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


def claim(session: Session, owner: str, key: str, request_digest: str) -> IdempotencyRecord | None:
    """None: the key is ours now, and the caller does the work and then calls `keep`. Else the answer that was kept.

    Two requests at once: the second waits here until the first's transaction ends, then gets its answer, or does the
    work itself when the first failed. Raises Conflict when the key was used for another request.
    """
    mine = session.execute(
        insert_into(session, IdempotencyRecord)
        .values(owner=owner, key=key, request_digest=request_digest, status=_UNANSWERED, body={})
        .on_conflict_do_nothing(index_elements=["owner", "key"])
        .returning(IdempotencyRecord.id)
    ).first()
    if mine is not None:
        return None
    row = session.scalars(
        select(IdempotencyRecord).where(IdempotencyRecord.owner == owner, IdempotencyRecord.key == key)
    ).one()
    if row.request_digest != request_digest:
        raise Conflict("This Idempotency-Key was used for another request. Use a new key for a new request.")
    return row


def keep(session: Session, owner: str, key: str, status: int, body: dict[str, Any]) -> None:
    """Keep the answer in the transaction that did the work: there is none without the other."""
    session.execute(
        update(IdempotencyRecord)
        .where(IdempotencyRecord.owner == owner, IdempotencyRecord.key == key)
        .values(status=status, body=body)
        .execution_options(synchronize_session=False)
    )
