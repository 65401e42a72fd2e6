"""What shoppers and staff say about articles, and what editors did about it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Response, status

from api.deps import Once, Reading, Writing, allowed
from api.pages import Page, Paged
from api.schemas.feedback import FeedbackIn, FeedbackOut, FeedbackRowOut, HandleFeedbackIn
from api.versioned import versioned
from copilot.policies import Permission
from knowledge.articles import actions
from knowledge.articles.feedback import FeedbackFilter, feedback_row, list_feedback
from knowledge.articles.queries import get_article
from records.principals import Principal

router = versioned("/articles", tags=["articles"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_KNOWLEDGE))]
Editor = Annotated[Principal, Depends(allowed(Permission.PUBLISH_KNOWLEDGE))]


@router.get("/feedback")
def read_feedback(
    session: Reading,
    principal: Reader,
    paging: Paged,
    article_id: int | None = None,
    handled: bool | None = None,
    helpful: bool | None = None,
    author: Literal["staff", "shopper"] | None = None,
    commented: bool | None = None,
) -> Page[FeedbackRowOut]:
    """Newest first."""
    if article_id is not None:
        get_article(session, principal, article_id)
    wanted = FeedbackFilter(article_id, handled, helpful, author, commented)
    rows = list_feedback(session, principal, wanted, before=paging.after_id, limit=paging.rows)
    return paging.page(rows, FeedbackRowOut.of, lambda row: [row.feedback.id])


@router.patch("/feedback/{feedback_id}")
def handle_feedback(feedback_id: int, body: HandleFeedbackIn, session: Writing, principal: Editor) -> FeedbackRowOut:
    """Take it off the list, or put it back; 409 when it is so already."""
    feedback = actions.handle_feedback(session, principal, feedback_id, handled=body.handled, handling=body.handling)
    return FeedbackRowOut.of(feedback_row(session, feedback))


@router.post("/{article_id}/feedback", status_code=status.HTTP_201_CREATED, response_model=FeedbackOut)
def give_feedback(
    article_id: int, body: FeedbackIn, session: Writing, principal: Reader, once: Once
) -> FeedbackOut | Response:
    """Say whether it helped."""
    if (known := once.known(session)) is not None:
        return known
    feedback = actions.give_feedback(session, principal, article_id, helpful=body.helpful, comment=body.comment)
    shown = FeedbackOut.model_validate(feedback)
    once.keep(session, status.HTTP_201_CREATED, shown)
    return shown
