from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from api.schemas.common import Body, Row, Time
from copilot.models import Suggestion

Outcome = Literal["auto_send", "suggest", "hand_over"]


class DecisionOut(Row):
    outcome: Outcome
    reason: str
    rule_version: str
    evidence: list[dict[str, Any]]
    propensity: float
    grant_id: int | None
    created_at: datetime


class ReviewOut(Row):
    staff_id: int
    verdict: Literal["accepted", "edited", "rejected"]
    reason: str
    sent_text: str
    diff: list[dict[str, Any]]
    message_id: int | None
    created_at: datetime


class SuggestionOut(Row):
    """`answer` holds classification, hits with scores, sentences with verdicts, and citations with the cited text."""

    id: int
    ticket_id: int
    message_id: int
    ordinal: int
    state: Literal["drafting", "pending", "accepted", "edited", "rejected", "superseded", "auto_sent"]
    kind: str
    language: str
    text: str
    confidence: float
    answer: dict[str, Any]
    versions: dict[str, Any]
    created_at: datetime
    version: int
    decision: DecisionOut | None
    review: ReviewOut | None

    @classmethod
    def of(cls, suggestion: Suggestion) -> SuggestionOut:
        """`suggestion` with decision and review loaded."""
        return cls.model_validate(suggestion)


class ApproveIn(Body):
    """`text` left out: as drafted. Unsupported sentences are sent only with `confirm_unverified`."""

    text: str | None = Field(None, min_length=1, max_length=20_000)
    confirm_unverified: bool = False


class RejectIn(Body):
    reason: str = Field(min_length=1, max_length=2_000)


class RequestedOut(Row):
    """The customer's message that is drafted for anew."""

    message_id: int


class ApprovedOut(Row):
    suggestion: SuggestionOut
    message_id: int


class GrantIn(Body):
    shop_id: int
    intent: str = Field(min_length=1, max_length=64)
    min_confidence: float = Field(gt=0, le=1)
    expires_at: Time
    reason: str = Field(min_length=1, max_length=2_000)


class GrantOut(Row):
    id: int
    shop_id: int
    intent: str
    min_confidence: float
    author_id: int
    reason: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    revoked_by: int | None
