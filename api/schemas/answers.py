"""An answer as a suggestion stores it (`copilot.serialize`), typed for those who show it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from api.schemas.common import Row

VerdictWord = Literal["supported", "unsupported", "uncertain", "not_a_claim"]


class CitationOut(Row):
    """A source with the cited text itself. `span` is (start, end) in characters of the article version's body."""

    number: int
    source_kind: str
    document_id: str
    title: str
    text: str
    passage_id: int | None
    version: int | None
    span: tuple[int, int] | None
    audience: str
    published_at: datetime | None
    heading: str


class SentenceOut(Row):
    text: str
    citations: list[int]
    verdict: VerdictWord
    reasons: list[str]


class DraftOut(Row):
    kind: str
    language: str
    sentences: list[SentenceOut]
    citations: list[CitationOut]
    confidence: float


class PassageOut(Row):
    """For a case, `text` is the earlier customer's question and `answer` the reply."""

    id: int
    document_id: str
    source_kind: str
    title: str
    heading: str
    text: str
    answer: str
    version: int
    span: tuple[int, int]
    language: str
    audience: str
    published_at: datetime | None


class FoundOut(Row):
    """`score` is fused; a leg that did not find it has no rank."""

    passage: PassageOut
    score: float
    dense_score: float | None
    dense_rank: int | None
    sparse_score: float | None
    sparse_rank: int | None


class ClassificationOut(Row):
    intent: str | None
    confidence: float
    ranking: list[tuple[str, float]]
    category: str | None
    priority: str
    language: str
    model_version: str
    abstained: bool
    out_of_scope: float
    priority_reasons: list[str]


class AnswerOut(Row):
    """`hits` are in fused order, best first."""

    question: str
    classification: ClassificationOut
    hits: list[FoundOut]
    draft: DraftOut
    versions: dict[str, Any]
    latency_ms: dict[str, float]
    extras: dict[str, Any]
