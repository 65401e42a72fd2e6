"""Which drafts cite a document, and what became of them: the citations of suggestions, asked the other way round."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, select, true
from sqlalchemy.orm import Session

from copilot.models import Review, Suggestion, SuggestionSource, SuggestionState
from records.principals import Principal
from records.tickets.models import Message, Ticket
from retrieval.types import Citation


@dataclass(frozen=True, slots=True)
class Use:
    """A draft that cites the document: the customer's question, what was drafted and what an agent made of it.

    `sent_text` is "" unless an agent or the bot sent it; `version` is the article version that was cited.
    """

    suggestion_id: int
    ticket_id: int
    shop_id: int
    subject: str
    status: str
    state: str
    version: int | None
    question: str
    draft: str
    sent_text: str
    reason: str
    created_at: datetime
    reviewed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Usage:
    """How often a document was cited, by what became of the drafts. `waiting`: nobody has decided yet."""

    cited: int = 0
    accepted: int = 0
    edited: int = 0
    rejected: int = 0
    auto_sent: int = 0
    waiting: int = 0
    superseded: int = 0
    last_used_at: datetime | None = None


def record_sources(session: Session, suggestion_id: int, citations: Collection[Citation]) -> None:
    """Note the articles and cases that a finished draft cites; a customer's own records are not knowledge."""
    versions = {c.document_id: c.version for c in citations if c.source_kind in ("article", "case")}
    rows = [
        {"suggestion_id": suggestion_id, "document_id": document_id, "version": version}
        for document_id, version in versions.items()
    ]
    if rows:
        session.execute(insert(SuggestionSource), rows)


def uses_of(
    session: Session,
    principal: Principal,
    document_id: str,
    *,
    states: Collection[str] = (),
    before: int | None = None,
    limit: int = 50,
) -> list[Use]:
    """Newest first, in shops that the principal works for. `before` is the last suggestion id of the page before."""
    query = (
        select(Suggestion, SuggestionSource.version, Ticket, Message.text, Review)
        .select_from(SuggestionSource)
        .join(Suggestion, Suggestion.id == SuggestionSource.suggestion_id)
        .join(Ticket, Ticket.id == Suggestion.ticket_id)
        .join(Message, Message.id == Suggestion.message_id)
        .outerjoin(Review, Review.suggestion_id == Suggestion.id)
        .where(SuggestionSource.document_id == document_id, _within(principal))
        .order_by(Suggestion.id.desc())
        .limit(limit)
    )
    if states:
        query = query.where(Suggestion.state.in_(states))
    if before is not None:
        query = query.where(Suggestion.id < before)
    return [_use(*row) for row in session.execute(query)]


def usage_of(session: Session, principal: Principal, document_ids: Collection[str]) -> dict[str, Usage]:
    """By document, in shops that the principal works for; documents that were never cited are left out."""
    query = (
        select(SuggestionSource.document_id, Suggestion.state, func.count(), func.max(Suggestion.created_at))
        .join(Suggestion, Suggestion.id == SuggestionSource.suggestion_id)
        .join(Ticket, Ticket.id == Suggestion.ticket_id)
        .where(SuggestionSource.document_id.in_(document_ids), _within(principal))
        .group_by(SuggestionSource.document_id, Suggestion.state)
    )
    found: dict[str, dict[str, tuple[int, datetime]]] = {}
    for document_id, state, count, last in session.execute(query):
        found.setdefault(document_id, {})[state] = (count, last)
    return {document_id: _usage(by_state) for document_id, by_state in found.items()}


def _usage(by_state: dict[str, tuple[int, datetime]]) -> Usage:
    counts = {state: count for state, (count, _) in by_state.items()}
    used = [SuggestionState.ACCEPTED, SuggestionState.EDITED, SuggestionState.AUTO_SENT]
    return Usage(
        cited=sum(counts.values()),
        accepted=counts.get(SuggestionState.ACCEPTED, 0),
        edited=counts.get(SuggestionState.EDITED, 0),
        rejected=counts.get(SuggestionState.REJECTED, 0),
        auto_sent=counts.get(SuggestionState.AUTO_SENT, 0),
        waiting=counts.get(SuggestionState.PENDING, 0),
        superseded=counts.get(SuggestionState.SUPERSEDED, 0),
        last_used_at=max((by_state[state][1] for state in used if state in by_state), default=None),
    )


def _within(principal: Principal) -> ColumnElement[bool]:
    return true() if principal.shops is None else Ticket.shop_id.in_(principal.shops)


def _use(suggestion: Suggestion, version: int | None, ticket: Ticket, question: str, review: Review | None) -> Use:
    sent = suggestion.text if suggestion.state == SuggestionState.AUTO_SENT else ""
    return Use(
        suggestion_id=suggestion.id,
        ticket_id=ticket.id,
        shop_id=ticket.shop_id,
        subject=ticket.subject,
        status=ticket.status,
        state=suggestion.state,
        version=version,
        question=question,
        draft=suggestion.text,
        sent_text=review.sent_text if review else sent,
        reason=review.reason if review else "",
        created_at=suggestion.created_at,
        reviewed_at=review.created_at if review else None,
    )
