from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, PrimaryKey, db_now


class TaskState(StrEnum):
    OPEN = "open"
    DONE = "done"
    DISMISSED = "dismissed"


class TaskCause(StrEnum):
    FACT = "fact"  # agents correct a number, a date, a name that the article gave
    POLICY = "policy"  # agents correct what is allowed, or under which condition


class KnowledgeTask(Base):
    """Something in an article that those who use it keep correcting. At most one is open an article and cause.

    `open_key` ("12:fact") is set while it is open, so that two that are opened at once cannot both be.
    """

    __tablename__ = "knowledge_tasks"

    id: Mapped[PrimaryKey]
    article_id: Mapped[int] = mapped_column(BigId, ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    cause: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default=TaskState.OPEN, index=True)
    open_key: Mapped[str | None] = mapped_column(String(48), unique=True)
    handler_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    resolution: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    version: Mapped[int] = mapped_column(default=1)

    evidence: Mapped[list[TaskEvidence]] = relationship(
        lazy="raise", order_by="TaskEvidence.id", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version, "eager_defaults": True}  # noqa: RUF012


class TaskEvidence(Base):
    """One correction: what the draft said, what the agent wrote instead, and the passage that the draft cited.

    `source` names where it comes from ("suggestion:7"); texts are without personal data. `article_version` is the
    version's number that was cited.
    """

    __tablename__ = "knowledge_task_evidence"

    id: Mapped[PrimaryKey]
    task_id: Mapped[int] = mapped_column(BigId, ForeignKey("knowledge_tasks.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(32))
    ordinal: Mapped[int]
    ticket_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    article_version: Mapped[int]
    passage_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("passages.id", ondelete="SET NULL"))
    quote: Mapped[str] = mapped_column(Text, default="")
    before: Mapped[str] = mapped_column(Text, default="")
    after: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())

    __table_args__ = (
        UniqueConstraint("task_id", "source", "ordinal"),
        Index("ix_knowledge_task_evidence_source", "source"),
    )
