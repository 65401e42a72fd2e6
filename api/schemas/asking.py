"""The search playground: what is asked, in whose place, and all that came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from api.schemas.answers import AnswerOut
from api.schemas.common import Body, Row
from records.principals import Role

Audience = Literal["customer", "staff"] | Role
_AUDIENCE = "whose eyes: a customer's, your own, or those of a role that you may read for"


class SearchIn(Body):
    query: str = Field(min_length=1, max_length=4_000)
    shop_id: int | None = None
    audience: Audience = Field("staff", description=_AUDIENCE)
    limit: int = Field(10, ge=1, le=50)


class AskIn(Body):
    question: str = Field(min_length=1, max_length=4_000)
    shop: str | None = Field(None, description="code of the shop")
    customer: str | None = Field(None, description="external id of a customer whose records may be used")
    audience: Audience | None = Field(
        None, description=f"{_AUDIENCE}; null: all that is public or internal. The draft uses public sources always"
    )


class HitOut(Row):
    """For a case, `text` is the earlier customer's question and `answer` the reply."""

    document_id: str
    passage_id: int
    source_kind: str
    title: str
    heading: str
    text: str
    answer: str
    version: int
    span: tuple[int, int]
    audience: str
    language: str
    published_at: datetime | None
    score: float
    dense_score: float | None
    dense_rank: int | None
    sparse_score: float | None
    sparse_rank: int | None


class RuleOut(BaseModel):
    rule: str
    passed: bool
    detail: str


class RulingOut(BaseModel):
    """`evidence` holds every rule, passed or not."""

    outcome: Literal["auto_send", "suggest", "hand_over"]
    reason: str
    rule_version: str
    grant_id: int | None
    evidence: list[RuleOut]


class AskedOut(AnswerOut):
    """What a ticket with this question would lead to; `reply` is the draft's text."""

    reply: str
    decision: RulingOut
