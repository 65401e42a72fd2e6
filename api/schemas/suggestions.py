from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, field_validator

from api.schemas.answers import AnswerOut, CitationOut, VerdictWord
from api.schemas.common import Body, Row, Time
from copilot.edits import propose_kinds
from copilot.models import Suggestion

EditKind = Literal["fact", "policy", "tone", "missing", "length"]
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
    kinds: list[EditKind] = Field(description="what the agent said was changed")
    proposed_kinds: list[EditKind] = Field(default_factory=list, description="what the edit looks like, by rules")
    confirmed_unverified: bool
    confirmed_internal: bool
    created_at: datetime


class SuggestionOut(Row):
    """`answer` is null while the draft is written, and when none could be made."""

    id: int
    ticket_id: int
    message_id: int
    ordinal: int
    state: Literal["drafting", "pending", "accepted", "edited", "rejected", "superseded", "auto_sent"]
    kind: str
    language: str
    text: str
    confidence: float
    answer: AnswerOut | None
    versions: dict[str, Any]
    created_at: datetime
    version: int
    decision: DecisionOut | None
    review: ReviewOut | None

    @classmethod
    def of(cls, suggestion: Suggestion) -> SuggestionOut:
        """`suggestion` with decision and review loaded."""
        shown = cls.model_validate(suggestion)
        if shown.review is not None and shown.review.verdict == "edited":
            shown.review.proposed_kinds = list(propose_kinds(suggestion.text, shown.review.sent_text))
        return shown

    @field_validator("answer", mode="before")
    @classmethod
    def _none_yet(cls, value: Any) -> Any:
        return value or None


class Confirmations(Body):
    """Deliberate steps, noted in the audit: without them a 422 says what they are needed for."""

    confirm_unverified: bool = Field(False, description="send what no source supports")
    confirm_internal: bool = Field(False, description="use an internal source; the customer is not shown it")


class ApproveIn(Confirmations):
    """`text` left out: as drafted. `sources`: passages that were added, by id."""

    text: str | None = Field(None, min_length=1, max_length=20_000)
    sources: list[int] = Field(default_factory=list, max_length=10)
    attachment_ids: list[int] = Field(default_factory=list, max_length=10)


class CheckIn(Body):
    """A reply that is being written; `suggestion_id` is the draft it began as."""

    text: str = Field(max_length=20_000)
    suggestion_id: int | None = None
    sources: list[int] = Field(default_factory=list, max_length=10)


class CheckedSentenceOut(Row):
    """`start`, `end` in characters of the text. `own`: the agent's words; `confirm`: sent by a deliberate step only."""

    text: str
    start: int
    end: int
    own: bool
    verdict: VerdictWord
    reasons: list[str]
    citations: list[int]
    confirm: bool


class CheckedOut(Row):
    sentences: list[CheckedSentenceOut]
    citations: list[CitationOut]


class KindsIn(Body):
    """What was wrong with the draft: a fact, the policy, the tone, something missing, its length."""

    kinds: list[EditKind] = Field(max_length=5)


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
