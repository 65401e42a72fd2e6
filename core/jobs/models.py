from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, PrimaryKey, db_now

QUEUED, RUNNING, DONE, DEAD = "queued", "running", "done", "dead"


class Job(Base):
    """One effect to bring about, at least once. `key` is unique for (event, job), so expansion can be repeated.

    `attempt` counts claims; only the attempt that holds the lease may commit. `progress` is {done, total, note}.
    """

    __tablename__ = "jobs"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(128), unique=True)
    event_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("events.id"))
    args: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16), default=QUEUED)
    attempt: Mapped[int] = mapped_column(BigInteger, default=0)
    max_attempts: Mapped[int] = mapped_column(BigInteger, default=8)
    run_at: Mapped[datetime] = mapped_column(server_default=db_now())
    lease_until: Mapped[datetime | None]
    progress: Mapped[dict[str, Any] | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_jobs_state_run_at", "state", "run_at"),
        Index("ix_jobs_event_id", "event_id"),
    )


class Schedule(Base):
    """When a scheduled event was last emitted, so that several schedulers emit it once."""

    __tablename__ = "schedules"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    slot: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(server_default=db_now())

    __table_args__ = (UniqueConstraint("name", "slot"),)
