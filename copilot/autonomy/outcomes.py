"""Answers that people have judged: what the acceptance model learns from and what the bound counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from copilot.autonomy.features import features
from copilot.autonomy.model import AcceptanceModel
from copilot.decide import AUDIT, OF_THE_GRANT
from copilot.events import HandedOver
from copilot.handover.states import Reason
from copilot.models import Decision, Review, Suggestion, SuggestionState
from copilot.serialize import answer_from_json
from core.events import Event
from records.tickets.models import AuthorKind, Delivery, DeliveryState, Direction, Message, Ticket, Visibility

WRONG_KINDS = frozenset({"fact", "policy"})  # an edit of these means that the answer was wrong
BAD_SCORE = 2  # the customer's satisfaction, 1 to 5, from which down the answer counts as wrong
_LEFT_LYING = (SuggestionState.PENDING, SuggestionState.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Judged:
    """`sendable`: every rule that does not rest on a grant had passed, so that it could have been sent.

    `audit_of`: the grant under which it was drawn for review, with `propensity`, the chance of that (1 for all others).
    """

    suggestion_id: int
    shop_id: int
    intent: str
    at: datetime
    values: tuple[float, ...]
    confidence: float
    right: bool
    sendable: bool
    ungranted: bool  # no grant was in force: every such answer went to an agent
    audit_of: int | None
    propensity: float

    def score(self, model: AcceptanceModel | None) -> float:
        return model.score(self.values) if model else self.confidence


def judged(session: Session, *, shop_id: int | None = None, grant_id: int | None = None) -> list[Judged]:
    """First drafts that an agent has judged, in the order of the verdicts; of `grant_id` those drawn for review.

    Right: accepted, or edited without a change of fact or policy. Wrong: rejected, or such an edit, or passed over (the
    agent had it and wrote a reply of their own: leaving out these would leave out bad drafts), or a later unhappy word
    of the customer in this ticket: a satisfaction of 1 or 2, or asking for a person.
    """
    unhappy = select(Event.id).where(
        Event.name == HandedOver.name,
        Event.ticket_id == Suggestion.ticket_id,
        Event.at > Review.created_at,
        Event.data["reason"].as_string() == Reason.CUSTOMER_ASKED,
    )
    passed_over = _passed_over()
    query = (
        select(
            Suggestion.id, Suggestion.answer, Ticket.shop_id, Ticket.satisfaction, Review, Decision, exists(unhappy),
            passed_over,
        )
        .join(Decision, Decision.suggestion_id == Suggestion.id)
        .join(Message, Message.id == Suggestion.message_id)
        .join(Ticket, Ticket.id == Suggestion.ticket_id)
        .outerjoin(Review, Review.suggestion_id == Suggestion.id)
        .where(Suggestion.ordinal == 1, or_(Review.id.is_not(None), passed_over.is_not(None)))
        .order_by(Suggestion.id)
    )  # fmt: skip
    if shop_id is not None:
        query = query.where(Ticket.shop_id == shop_id)
    if grant_id is not None:
        query = query.where(Decision.grant_id == grant_id, Decision.reason == AUDIT)
    found = []
    for suggestion_id, stored, shop, satisfaction, review, decision, asked, passed in session.execute(query):
        answer = answer_from_json(stored) if stored else None
        if answer is None or answer.classification.intent is None or not answer.draft.answered:
            continue
        audit = decision.reason == AUDIT
        found.append(
            Judged(
                suggestion_id=suggestion_id,
                shop_id=shop,
                intent=answer.classification.intent,
                at=passed if review is None else review.created_at,
                values=features(answer),
                confidence=answer.draft.confidence,
                right=_fine(review) and not asked and (satisfaction is None or satisfaction > BAD_SCORE),
                sendable=sendable(decision.evidence),
                ungranted=any(item["rule"] == "granted" and not item["passed"] for item in decision.evidence),
                audit_of=decision.grant_id if audit else None,
                propensity=decision.propensity if audit else 1.0,
            )
        )
    return sorted(found, key=lambda one: (one.at, one.suggestion_id))


def _fine(review: Review | None) -> bool:
    if review is None:
        return False
    return review.verdict == "accepted" or (review.verdict == "edited" and not WRONG_KINDS & set(review.kinds))


def _passed_over() -> ScalarSelect[datetime]:
    """When an agent who could see the draft answered that message in words of their own; null: nobody did."""
    reply, between = aliased(Message), aliased(Message)
    newer = select(between.id).where(
        between.ticket_id == reply.ticket_id,
        between.direction == Direction.IN,
        between.seq > Message.seq,
        between.seq < reply.seq,
    )
    taken_back = select(Delivery.id).where(Delivery.message_id == reply.id, Delivery.state == DeliveryState.CANCELLED)
    return (
        select(func.min(reply.created_at))
        .where(
            Suggestion.state.in_(_LEFT_LYING),
            reply.ticket_id == Suggestion.ticket_id,
            reply.direction == Direction.OUT,
            reply.author_kind == AuthorKind.AGENT,
            reply.visibility == Visibility.PUBLIC,
            reply.seq > Message.seq,
            reply.created_at > Decision.created_at,
            ~exists(newer),
            ~exists(taken_back),
        )
        .correlate(Suggestion, Message, Decision)
        .scalar_subquery()
    )


def sendable(evidence: Sequence[dict[str, object]]) -> bool:
    """Nothing but the want of a grant spoke against sending it."""
    return bool(evidence) and all(item["passed"] or item["rule"] in OF_THE_GRANT for item in evidence)
