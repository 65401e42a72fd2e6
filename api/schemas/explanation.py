from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from api.schemas.common import Row

Outcome = Literal["auto_send", "suggest", "hand_over"]


class PartVersionOut(Row):
    """`then` made the answer, `now` runs. gone: it cannot be run again."""

    name: str
    then: str | None
    now: str | None
    state: Literal["same", "changed", "unknown", "gone"]


class SourceNowOut(Row):
    """`intact`: the stored passage still has the text that was used."""

    passage_id: int | None
    document_id: str
    title: str
    version: int | None
    newest_version: int | None
    cited: bool
    intact: bool
    state: Literal["valid", "replaced", "ended", "hidden", "missing", "record"]


class ReplayedOut(Row):
    """`reproduced` null: it was not tried; `limits` say which part is not replayed, and why."""

    reproduced: bool | None
    text: str
    differences: list[str]
    verdicts_same: bool
    limits: list[str]


class HitChangeOut(Row):
    passage_id: int
    document_id: str
    title: str
    rank_then: int | None
    rank_now: int | None


class RuleChangeOut(Row):
    rule: str
    then: bool | None
    now: bool | None
    detail_then: str
    detail_now: str


class TodayOut(Row):
    """Lists hold only what differs."""

    text: str
    text_same: bool
    kind: str
    confidence: float
    intent: str | None
    intent_then: str | None
    priority: str
    hits: list[HitChangeOut]
    outcome: Outcome
    outcome_then: Outcome | None
    reason: str
    reason_then: str | None
    rules: list[RuleChangeOut]


class ExplanationOut(Row):
    """`today` null: what runs now cannot answer, `today_error` says why."""

    suggestion_id: int
    ticket_id: int
    question: str
    text: str
    kind: str
    state: str
    created_at: datetime
    parts: list[PartVersionOut]
    sources: list[SourceNowOut]
    replayed: ReplayedOut
    today: TodayOut | None
    today_error: str | None
    decision: dict[str, Any] | None
