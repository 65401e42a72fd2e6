"""What a reader who is not signed in may write: whether an article helped."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import insert_into
from core.events import emit
from knowledge import events
from knowledge.models import KnowledgeFeedback
from knowledge.public.queries import get_public
from records.principals import Principal

SHOPPER = Principal("customer")  # nobody in particular
MAX_COMMENT = 2000  # characters


def leave_feedback(
    session: Session, article_id: int, *, visitor: str, helpful: bool, comment: str | None = None
) -> KnowledgeFeedback:
    """One word a visitor and article: a second one replaces the first, and is for the editors to see again.

    `visitor` tells visitors apart without naming them (a keyed hash). `comment` None keeps what was said before; a
    comment is kept only with "no". Raises NotFound for an article that is not for everybody.
    """
    get_public(session, article_id)
    fresh = insert_into(session, KnowledgeFeedback).values(
        article_id=article_id, visitor=visitor, helpful=helpful, comment="", actor_kind=SHOPPER.kind, handling=""
    )
    added = session.scalar(fresh.on_conflict_do_nothing().returning(KnowledgeFeedback.id))
    row = session.scalars(
        select(KnowledgeFeedback)
        .where(KnowledgeFeedback.article_id == article_id, KnowledgeFeedback.visitor == visitor)
        .with_for_update()
    ).one()
    said = "" if helpful else row.comment if comment is None else comment.strip()[:MAX_COMMENT]
    if added is None and (row.helpful, row.comment) == (helpful, said):
        return row
    if (row.helpful, row.comment) != (helpful, said):
        row.helpful, row.comment = helpful, said
        row.handled_at, row.handled_by, row.handling = None, None, ""
    session.flush()
    emit(session, events.FeedbackGiven, actor=SHOPPER.actor, article_id=article_id, helpful=helpful)
    return row
