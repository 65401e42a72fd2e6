"""Say what an article is worth, and see to what was said."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import Conflict, NotFound
from core.events import emit
from knowledge import events
from knowledge.models import Article, KnowledgeFeedback
from knowledge.policies import Act, may_read, require
from records.principals import Principal


def give_feedback(
    session: Session, principal: Principal, article_id: int, *, helpful: bool, comment: str = ""
) -> KnowledgeFeedback:
    """Say whether an article helped. Raises NotFound for an article that the principal may not see."""
    article = session.get(Article, article_id)
    if article is None or not may_read(principal, article.audience, article.shop_ids):
        raise NotFound("There is no such article.")
    feedback = KnowledgeFeedback(
        article_id=article_id,
        helpful=helpful,
        comment=comment.strip(),
        actor_kind=principal.kind,
        actor_id=principal.id,
    )
    session.add(feedback)
    session.flush()
    emit(session, events.FeedbackGiven, actor=principal.actor, article_id=article_id, helpful=helpful)
    return feedback


def handle_feedback(
    session: Session, principal: Principal, feedback_id: int, *, handled: bool, handling: str = ""
) -> KnowledgeFeedback:
    """Take feedback off the editors' list, with a word on what was done, or put it back. Raises NotFound for feedback
    on an article that the principal may not see, Conflict when it is so already."""
    feedback = session.scalar(select(KnowledgeFeedback).where(KnowledgeFeedback.id == feedback_id).with_for_update())
    article = session.get(Article, feedback.article_id) if feedback is not None else None
    if feedback is None or article is None or not may_read(principal, article.audience, article.shop_ids):
        raise NotFound("There is no such feedback.", feedback_id=feedback_id)
    require(principal, Act.EDIT)
    if handled == (feedback.handled_at is not None):
        raise Conflict("Somebody has seen to this feedback already." if handled else "It waits already.")
    feedback.handled_at = db_now() if handled else None
    feedback.handled_by = principal.id if handled and principal.kind == "staff" else None
    feedback.handling = handling.strip() if handled else ""
    session.flush()
    session.refresh(feedback)
    emit(session, events.FeedbackHandled, actor=principal.actor, article_id=article.id, handled=handled)
    return feedback
