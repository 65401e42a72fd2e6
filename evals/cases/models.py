from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, PrimaryKey, db_now


class EvalCaseStatus(StrEnum):
    ACTIVE = "active"  # its labels count in runs
    REVIEW = "review"  # what would be right is not known yet: an editor says so
    RETIRED = "retired"


class Expected(StrEnum):
    """What the copilot should do with the question."""

    ANSWER = "answer"
    HAND_OVER = "hand_over"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """Where the label comes from."""

    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"
    CORRECTED = "corrected"
    THUMBS_DOWN = "thumbs_down"
    HANDED_OVER = "handed_over"
    AUTO_SENT = "auto_sent"  # went out by itself and nobody has judged it
    WRITTEN = "written"
    IMPORTED = "imported"


class Note(StrEnum):
    """What happened to a case, for readers of any language; some are of a kind, one of a verdict."""

    MADE = "made"  # of a kind
    MERGED = "merged"  # with one of a kind
    NEWS = "news"  # of a kind, about what it was made from
    SOURCE_TAKEN_BACK = "source_taken_back"
    AGENTS_ANSWER = "agents_answer"
    VERDICT = "verdict"  # which one
    VERDICT_TAKEN_BACK = "verdict_taken_back"
    CHANGED = "changed"
    RETIRED = "retired"


class EvalCase(Base):
    """A question with what is known to be right, without personal data. Its past forms are `EvalCaseVersion` rows.

    `sources` are ids of relevant documents ("article:12", "case:7"); `intent` is a label only when `intent_by_person`,
    else it serves for slices. `weight` is how many questions as asked it stands for: the sum over its sources of one
    over the probability with which each was taken.
    """

    __tablename__ = "eval_cases"

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(16), index=True)
    status: Mapped[str] = mapped_column(String(16), default=EvalCaseStatus.ACTIVE, index=True)
    question: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    shop_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("shops.id"), index=True)
    intent: Mapped[str | None] = mapped_column(String(64))
    intent_by_person: Mapped[bool] = mapped_column(default=False, server_default=false())
    expected: Mapped[str] = mapped_column(String(16), default=Expected.UNKNOWN)
    sources: Mapped[list[str]] = mapped_column(default=list)
    good_answer: Mapped[str] = mapped_column(Text, default="")
    dangerous: Mapped[bool] = mapped_column(default=False, server_default=false())
    weight: Mapped[float] = mapped_column(Float, default=1.0)
    seen: Mapped[int] = mapped_column(default=1)  # sources that say the same
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    updated_at: Mapped[datetime] = mapped_column(server_default=db_now())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class EvalCaseVersion(Base):
    """A case as it was, never changed: a run names the version that it measured. `note_code` is a `Note`, `note_of` the
    kind or the verdict that it is of."""

    __tablename__ = "eval_case_versions"

    id: Mapped[PrimaryKey]
    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("eval_cases.id", ondelete="CASCADE"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    author_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    note: Mapped[str] = mapped_column(String(255), default="")  # the author's own words
    note_code: Mapped[str] = mapped_column(String(32), default="", server_default="")
    note_of: Mapped[str] = mapped_column(String(32), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())

    __table_args__ = (UniqueConstraint("case_id", "number"),)


class EvalCaseSource(Base):
    """What a case was made from, once: `key` names it ("review:12"), `event_id` the newest event taken into account.

    `case_id` None: nothing came of it (not drawn, or taken back).
    """

    __tablename__ = "eval_case_sources"

    id: Mapped[PrimaryKey]
    key: Mapped[str] = mapped_column(String(128), unique=True)
    case_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("eval_cases.id", ondelete="CASCADE"), index=True)
    event_id: Mapped[int]
    ticket_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("tickets.id", ondelete="SET NULL"), index=True)
    message_id: Mapped[int | None]
    weight: Mapped[float] = mapped_column(Float, default=0.0)
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())


class EvalLabel(Base):
    """An editor's verdict on what a run said about a case: right, wrong, source (set it) or retire."""

    __tablename__ = "eval_labels"

    id: Mapped[PrimaryKey]
    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("eval_cases.id", ondelete="CASCADE"))
    case_version: Mapped[int]
    run_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("eval_runs.id", ondelete="SET NULL"))
    staff_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    verdict: Mapped[str] = mapped_column(String(16))
    document_id: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())

    __table_args__ = (Index("ix_eval_labels_case_id_run_id", "case_id", "run_id"),)
