"""Reads of suggestions, their decisions, reviews and streams."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, load_only

from copilot.models import DraftChunk, Suggestion, SuggestionState
from core.errors import NotFound
from records.principals import Principal
from records.tickets.models import Ticket


def list_suggestions(session: Session, ticket_id: int, limit: int = 20) -> list[Suggestion]:
    """Newest first, with decision and review."""
    return list(
        session.scalars(
            select(Suggestion)
            .where(Suggestion.ticket_id == ticket_id)
            .options(joinedload(Suggestion.decision), joinedload(Suggestion.review))
            .order_by(Suggestion.id.desc())
            .limit(limit)
        )
    )


def get_suggestion(session: Session, principal: Principal, suggestion_id: int, *, fresh: bool = False) -> Suggestion:
    """With decision and review; `fresh` reads again what this session has changed. Raises NotFound, also for shops
    out of reach."""
    suggestion = session.scalar(
        select(Suggestion)
        .where(Suggestion.id == suggestion_id)
        .options(joinedload(Suggestion.decision), joinedload(Suggestion.review))
        .execution_options(populate_existing=fresh)
    )
    if suggestion is not None and principal.may_see_shop(session.get_one(Ticket, suggestion.ticket_id).shop_id):
        return suggestion
    raise NotFound(f"There is no suggestion {suggestion_id} that you may see.")


def waiting_suggestions(session: Session, ticket_ids: Sequence[int]) -> dict[int, Suggestion]:
    """By ticket id: the newest draft that nobody has looked at, without what it was made from."""
    rows = session.scalars(
        select(Suggestion)
        .where(Suggestion.ticket_id.in_(ticket_ids))
        .where(Suggestion.state.in_([SuggestionState.DRAFTING, SuggestionState.PENDING]))
        .options(load_only(Suggestion.ticket_id, Suggestion.state, Suggestion.kind, Suggestion.confidence))
        .order_by(Suggestion.id)
    )
    return {row.ticket_id: row for row in rows}


def newest_chunks(session: Session, suggestion_id: int, after: int = -1) -> tuple[int, list[DraftChunk]]:
    """(attempt, sentences after ordinal `after`) of the newest attempt at this draft; attempt 0: none yet."""
    attempt = session.scalar(select(func.max(DraftChunk.attempt)).where(DraftChunk.suggestion_id == suggestion_id))
    if attempt is None:
        return 0, []
    rows = session.scalars(
        select(DraftChunk)
        .where(DraftChunk.suggestion_id == suggestion_id, DraftChunk.attempt == attempt, DraftChunk.ordinal > after)
        .order_by(DraftChunk.ordinal)
    )
    return attempt, list(rows)
