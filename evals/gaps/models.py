from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, Text, true
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, PrimaryKey, db_now


class FindingKind(StrEnum):
    GAP = "gap"  # questions that nothing, or nothing good, answers
    CONTRADICTION = "contradiction"  # of two articles, or of an article and agents' replies
    STALE = "stale"
    UNUSED = "unused"


class FindingState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"  # somebody sees to it
    DISMISSED = "dismissed"


class KnowledgeFinding(Base):
    """Something that the knowledge lacks or has too much of, as last computed; an editor decides on it.

    `key` is what makes a finding the same one when it is computed again; a gap is recognised by its questions
    (`FindingMember`). `current`: the last computation found it. `volume` is in questions as asked, `effort` in messages
    that agents wrote for them. `draft_id` is the article that came of it.
    """

    __tablename__ = "knowledge_findings"

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(128), unique=True)
    state: Mapped[str] = mapped_column(String(16), default=FindingState.OPEN)
    current: Mapped[bool] = mapped_column(default=True, server_default=true())
    shop_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("shops.id"), index=True)
    article_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    other_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(Text)
    intent: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8), default="")
    volume: Mapped[float] = mapped_column(Float, default=0.0)
    effort: Mapped[float] = mapped_column(Float, default=0.0)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    draft_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("articles.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    decided_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    computed_at: Mapped[datetime] = mapped_column(server_default=db_now())
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (Index("ix_knowledge_findings_kind_state", "kind", "state"),)
    __mapper_args__ = {"version_id_col": version, "eager_defaults": True}  # noqa: RUF012


class FindingMember(Base):
    """A question belongs to one gap at most: by its members a gap is found again."""

    __tablename__ = "knowledge_finding_members"

    source_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("eval_case_sources.id", ondelete="CASCADE"), primary_key=True
    )
    finding_id: Mapped[int] = mapped_column(BigId, ForeignKey("knowledge_findings.id", ondelete="CASCADE"), index=True)
