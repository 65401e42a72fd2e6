from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, PrimaryKey, db_now


class SuggestionState(StrEnum):
    DRAFTING = "drafting"  # being written; its sentences can be streamed
    PENDING = "pending"
    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"  # a newer customer message came
    AUTO_SENT = "auto_sent"


class Outcome(StrEnum):
    AUTO_SEND = "auto_send"
    SUGGEST = "suggest"
    HAND_OVER = "hand_over"


class GrantOrigin(StrEnum):
    MANUAL = "manual"  # a supervisor's word
    EARNED = "earned"  # measured outcomes


class Suggestion(Base):
    """A draft for one customer message with everything it was made from, so that it can be shown and replayed.

    `answer` is `retrieval.types.Answer` as JSON: classification, all hits with scores, the draft's sentences and
    citations with the cited text itself, versions and latency by stage.
    """

    __tablename__ = "suggestions"

    id: Mapped[PrimaryKey]
    ticket_id: Mapped[int] = mapped_column(BigId, ForeignKey("tickets.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(BigId, ForeignKey("messages.id", ondelete="CASCADE"))
    ordinal: Mapped[int] = mapped_column(default=1)  # 2, 3 … when an agent asks for another draft
    state: Mapped[str] = mapped_column(String(16), default=SuggestionState.DRAFTING)
    kind: Mapped[str] = mapped_column(String(16), default="")
    language: Mapped[str] = mapped_column(String(8), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    confidence: Mapped[float] = mapped_column(Float, default=0.0)
    answer: Mapped[dict[str, Any]] = mapped_column(default=dict)
    versions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    version: Mapped[int] = mapped_column(default=1)

    decision: Mapped[Decision | None] = relationship(lazy="raise", uselist=False)
    review: Mapped[Review | None] = relationship(lazy="raise", uselist=False)

    __table_args__ = (
        UniqueConstraint("message_id", "ordinal"),
        Index("ix_suggestions_ticket_id_id", "ticket_id", "id"),
        # all that counting drafts reads: the rows themselves are large
        Index(
            "ix_suggestions_created_at",
            "created_at",
            "ordinal",
            "state",
            "kind",
            "language",
            "ticket_id",
            "message_id",
            "id",
        ),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class SuggestionSource(Base):
    """Which documents a draft cites ("article:12", "case:7"), to be asked the other way round: what is it used for?"""

    __tablename__ = "suggestion_sources"

    suggestion_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("suggestions.id", ondelete="CASCADE"), primary_key=True
    )
    document_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int | None]

    __table_args__ = (Index("ix_suggestion_sources_document_id_suggestion_id", "document_id", "suggestion_id"),)


class Decision(Base):
    """What was done with a suggestion and why: `evidence` is a list of {rule, passed, detail}.

    `propensity` is the probability with which this outcome was chosen (1 unless an audit sample was drawn).
    """

    __tablename__ = "decisions"

    id: Mapped[PrimaryKey]
    suggestion_id: Mapped[int] = mapped_column(BigId, ForeignKey("suggestions.id", ondelete="CASCADE"), unique=True)
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(64))
    rule_version: Mapped[str] = mapped_column(String(32))
    evidence: Mapped[list[Any]]
    propensity: Mapped[float] = mapped_column(Float, default=1.0)
    grant_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("auto_send_grants.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())


class Review(Base):
    """An agent's verdict: accepted, edited (with the diff) or rejected (with the reason).

    `confirmed_…`: the agent sent a sentence that no source supports, or used an internal source, by a deliberate step.
    """

    __tablename__ = "reviews"

    id: Mapped[PrimaryKey]
    suggestion_id: Mapped[int] = mapped_column(BigId, ForeignKey("suggestions.id", ondelete="CASCADE"), unique=True)
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text, default="")
    sent_text: Mapped[str] = mapped_column(Text, default="")
    diff: Mapped[list[Any]] = mapped_column(default=list)
    message_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("messages.id"))
    kinds: Mapped[list[str]] = mapped_column(default=list, server_default="[]")  # fact, policy, tone, missing, length
    confirmed_unverified: Mapped[bool] = mapped_column(default=False, server_default=false())
    confirmed_internal: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(server_default=db_now(), index=True)


class AutoSendGrant(Base):
    """Permission to send without an agent, for one shop and intent, until it expires or is revoked.

    `origin` manual: `min_confidence` is the draft's. Earned: it is the acceptance score of the model `score_version`,
    and the author is who let the shop's bot earn.
    """

    __tablename__ = "auto_send_grants"

    id: Mapped[PrimaryKey]
    shop_id: Mapped[int] = mapped_column(BigId, ForeignKey("shops.id"), index=True)
    intent: Mapped[str] = mapped_column(String(64))
    min_confidence: Mapped[float] = mapped_column(Float)
    author_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    origin: Mapped[str] = mapped_column(String(16), default=GrantOrigin.MANUAL, server_default=GrantOrigin.MANUAL)
    score_version: Mapped[str] = mapped_column(String(128), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))


class DraftChunk(Base):
    """A verified sentence of a draft while it is being written: the stream is read from here, by any process.

    A repeated job writes under a new `attempt`; readers drop what earlier attempts wrote.
    """

    __tablename__ = "draft_chunks"

    id: Mapped[PrimaryKey]
    suggestion_id: Mapped[int] = mapped_column(BigId, ForeignKey("suggestions.id", ondelete="CASCADE"))
    attempt: Mapped[int]
    ordinal: Mapped[int]
    sentence: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())

    __table_args__ = (UniqueConstraint("suggestion_id", "attempt", "ordinal"),)
