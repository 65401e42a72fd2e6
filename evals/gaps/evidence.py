"""Which questions were answered badly or not at all, and what agents said in the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from copilot.models import Review, SuggestionState
from core.events import Event
from evals.cases.models import EvalCase, EvalCaseSource, EvalCaseStatus, Expected
from evals.gaps.clustering import MOST
from records.tickets.models import AuthorKind, Direction, Message, Visibility
from retrieval.draft.asked import asks_for_own_state
from retrieval.small_talk import small_talk

HEAVY: Final = frozenset({"fact", "policy", "missing"})  # kinds of an edit that say that the knowledge was wrong
HANDED_OVER: Final = "handed_over"
_PREFIXES: Final = (f"{HANDED_OVER}:", "thumbs_down:", "review:")


@dataclass(frozen=True, slots=True)
class BadQuestion:
    """One time that it was asked: `why` is handed_over (with its `reason`), thumbs_down, rejected or edited.

    Texts are those of the evaluation case, so without personal data. `weight`: how many such questions it stands for.
    `replies`: messages that agents wrote in the ticket.
    """

    source_id: int
    case_id: int
    shop_id: int | None
    language: str
    intent: str | None
    question: str
    answer: str
    why: str
    reason: str
    weight: float
    ticket_id: int | None
    replies: int
    at: datetime


def bad_questions(session: Session, since: datetime) -> list[BadQuestion]:
    """From `since` on, oldest first, the newest `MOST` at most. A question that was rightly handed over is none,
    nor is a mere courtesy, nor where an order of one's own is: no article could tell."""
    query = (
        select(EvalCaseSource, EvalCase)
        .join(EvalCase, EvalCase.id == EvalCaseSource.case_id)
        .where(
            EvalCaseSource.created_at >= since,
            EvalCase.status != EvalCaseStatus.RETIRED,
            EvalCase.expected != Expected.HAND_OVER,
            or_(*(EvalCaseSource.key.startswith(prefix) for prefix in _PREFIXES)),
        )
        .order_by(EvalCaseSource.id.desc())
        .limit(MOST)
    )
    rows = [(source, case) for source, case in session.execute(query).all()][::-1]
    reviews = _reviews(session, [_id(source.key) for source, _ in rows if source.key.startswith("review:")])
    reasons = _reasons(session, [source.event_id for source, _ in rows if source.key.startswith(f"{HANDED_OVER}:")])
    replies = _replies(session, {source.ticket_id for source, _ in rows if source.ticket_id is not None})
    found = []
    for source, case in rows:
        why = source.key.partition(":")[0]
        if why == "review":
            why = reviews.get(_id(source.key), "")
        if why and small_talk(case.question) is None and not (why == HANDED_OVER and asks_for_own_state(case.question)):
            found.append(
                BadQuestion(
                    source.id, case.id, case.shop_id, case.language, case.intent, case.question, case.good_answer, why,
                    reasons.get(source.event_id, "") if why == HANDED_OVER else "", max(source.weight, 1.0),
                    source.ticket_id, replies.get(source.ticket_id or 0, 0), source.created_at,
                )
            )  # fmt: skip
    return found


def recent_replies(session: Session, since: datetime) -> list[tuple[int, int | None, str, str]]:
    """(case id, shop id, language, what an agent sent) of cases that are not retired, oldest first."""
    query = (
        select(EvalCase.id, EvalCase.shop_id, EvalCase.language, EvalCase.good_answer)
        .where(EvalCase.updated_at >= since, EvalCase.good_answer != "", EvalCase.status != EvalCaseStatus.RETIRED)
        .order_by(EvalCase.id.desc())
        .limit(MOST)
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query).all()][::-1]


def _id(key: str) -> int:
    return int(key.partition(":")[2])


def _reviews(session: Session, suggestion_ids: Sequence[int]) -> Mapping[int, str]:
    """{suggestion: rejected or edited} of those that an agent did not simply take."""
    query = select(Review.suggestion_id, Review.verdict, Review.kinds).where(Review.suggestion_id.in_(suggestion_ids))
    return {
        one: str(verdict)
        for one, verdict, kinds in session.execute(query).all()
        if verdict == SuggestionState.REJECTED or (verdict == SuggestionState.EDITED and HEAVY & set(kinds))
    }


def _reasons(session: Session, event_ids: Sequence[int]) -> Mapping[int, str]:
    query = select(Event.id, Event.data).where(Event.id.in_(event_ids))
    return {one: str(data.get("reason", "")) for one, data in session.execute(query).all()}


def _replies(session: Session, ticket_ids: set[int]) -> Mapping[int, int]:
    query = (
        select(Message.ticket_id, func.count())
        .where(
            Message.ticket_id.in_(ticket_ids), Message.direction == Direction.OUT,
            Message.author_kind == AuthorKind.AGENT, Message.visibility == Visibility.PUBLIC,
        )
        .group_by(Message.ticket_id)
    )  # fmt: skip
    return dict(session.execute(query).tuples().all())
