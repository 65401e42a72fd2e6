"""What every drafter is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from retrieval.draft.asked import read_asked
from retrieval.types import INTERNAL, Classification, Draft, Hit, Language, Question, SearchScope

SURE_INTENT = 0.8  # a coupon's "can it be extended" was taken for a late parcel at .58
STAFF_AUDIENCES = frozenset({INTERNAL, "agent", "editor", "supervisor", "admin"})


def sources_for_customer(hits: Sequence[Hit], scope: SearchScope) -> tuple[Hit, ...]:
    """The hits that a reply to the customer may use: in scope, and not for staff even when staff searches."""
    allowed = scope.audiences - STAFF_AUDIENCES
    return tuple(
        replace(hit, beside=sources_for_customer(hit.beside, scope)) if hit.beside else hit
        for hit in hits
        if hit.passage.audience in allowed
    )


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """`hits` are already limited to what the customer may see; `topic` is from `topic_of`, `stated` the intent's."""

    question: Question
    language: Language
    classification: Classification
    hits: tuple[Hit, ...]
    topic: str = ""
    stated: bool = False


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft, not verified yet, with the evidence for its confidence (`Answer.extras`)."""

    draft: Draft
    extras: Mapping[str, Any] = field(default_factory=dict)


def asks_for_facts(request: DraftRequest) -> bool:
    """Whether what was asked is what the facts of an order state.

    A claim, a request or a rule ("can I get the difference", "还能改地址吗") is for an article. Where the words ask for
    neither, the classified intent decides, if it is beyond doubt.
    """
    asked = read_asked(request.question.text)
    if asked.more:
        return False
    return bool(asked.topics) or (request.stated and sure_intent(request.classification))


def sure_intent(found: Classification) -> bool:
    """Whether the intent is beyond doubt, so that it may speak where the words do not."""
    return not found.abstained and found.confidence >= SURE_INTENT
