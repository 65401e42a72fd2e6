from __future__ import annotations

from datetime import datetime

from api.schemas.common import Body, Note, Row
from knowledge.articles.feedback import FeedbackRow


class FeedbackIn(Body):
    helpful: bool
    comment: Note = ""


class FeedbackOut(Row):
    """`actor_kind`: staff, api, customer or visitor. `handled_at` null: it waits for an editor."""

    id: int
    article_id: int
    helpful: bool
    comment: str
    actor_kind: str
    actor_id: int | None
    at: datetime
    handled_at: datetime | None
    handled_by: int | None
    handling: str


class FeedbackRowOut(FeedbackOut):
    article_title: str

    @classmethod
    def of(cls, row: FeedbackRow) -> FeedbackRowOut:
        return cls(**dict(FeedbackOut.model_validate(row.feedback)), article_title=row.title)


class HandleFeedbackIn(Body):
    """`handling` says what was done about it, for those who ask later."""

    handled: bool
    handling: Note = ""
