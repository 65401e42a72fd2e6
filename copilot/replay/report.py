"""What explaining a suggestion says: plain, frozen, as JSON by `asdict`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class PartState(StrEnum):
    SAME = "same"  # what runs now is what made the answer
    CHANGED = "changed"  # another version runs now
    UNKNOWN = "unknown"  # the answer does not name it
    GONE = "gone"  # it made the answer and cannot be run again


@dataclass(frozen=True, slots=True)
class Part:
    """A versioned part of the answer (encoder, classifier, fusion, drafter …): `then` made it, `now` runs."""

    name: str
    then: str | None
    now: str | None
    state: PartState


class SourceState(StrEnum):
    VALID = "valid"
    REPLACED = "replaced"  # a newer version is published
    ENDED = "ended"  # archived, retired or past its validity
    HIDDEN = "hidden"  # audience or shops no longer cover the ticket
    MISSING = "missing"  # the passage row is gone
    RECORD = "record"  # a row of the customer's own, not knowledge


@dataclass(frozen=True, slots=True)
class SourceNow:
    """A passage that was found or cited. `intact`: the stored passage row still has the text that was used."""

    passage_id: int | None
    document_id: str
    title: str
    version: int | None
    newest_version: int | None
    cited: bool
    intact: bool
    state: SourceState


@dataclass(frozen=True, slots=True)
class Replayed:
    """The answer made again from its own stored passages and classification.

    `reproduced` is None when it could not be tried; `limits` say which part is not replayed and why. `verdicts_same`:
    each stored sentence, held against its stored citations again, has its stored verdict.
    """

    reproduced: bool | None
    text: str
    differences: tuple[str, ...]
    verdicts_same: bool
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HitChange:
    """Ranks begin at 1; None: not among the hits."""

    passage_id: int
    document_id: str
    title: str
    rank_then: int | None
    rank_now: int | None


@dataclass(frozen=True, slots=True)
class RuleChange:
    rule: str
    then: bool | None
    now: bool | None
    detail_then: str
    detail_now: str


@dataclass(frozen=True, slots=True)
class Today:
    """The same question answered by what runs now and decided by today's rules. Lists hold only what differs."""

    text: str
    text_same: bool
    kind: str
    confidence: float
    intent: str | None
    intent_then: str | None
    priority: str
    hits: tuple[HitChange, ...]
    outcome: str
    outcome_then: str | None
    reason: str
    reason_then: str | None
    rules: tuple[RuleChange, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`today` is None when what runs now cannot answer; `today_error` says why."""

    suggestion_id: int
    ticket_id: int
    question: str
    text: str
    kind: str
    state: str
    created_at: str
    parts: tuple[Part, ...]
    sources: tuple[SourceNow, ...]
    replayed: Replayed
    today: Today | None
    today_error: str | None
    decision: Mapping[str, Any] | None
