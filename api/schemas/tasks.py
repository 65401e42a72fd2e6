from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.common import Body, Note, Row
from knowledge.tasks.queries import TaskRow

TaskStateWord = Literal["open", "done", "dismissed"]
TaskCauseWord = Literal["fact", "policy"]


class EvidenceOut(Row):
    """`before`: what the draft said; `after`: what the agent wrote instead ("": left out); `quote`: what was cited.
    `source` is "suggestion:7"."""

    id: int
    source: str
    ticket_id: int | None
    article_version: int
    passage_id: int | None
    quote: str
    before: str
    after: str
    note: str
    created_at: datetime


class TaskOut(Row):
    """`newer_version`: this version was published after what was corrected; is the task solved?"""

    id: int
    article_id: int
    article_title: str = ""
    cause: TaskCauseWord
    state: TaskStateWord
    handler_id: int | None
    resolution: str
    newer_version: int | None = None
    created_at: datetime
    closed_at: datetime | None
    closed_by: int | None
    version: int
    evidence: list[EvidenceOut]

    @classmethod
    def of(cls, row: TaskRow) -> TaskOut:
        shown = cls.model_validate(row.task)
        shown.article_title, shown.newer_version = row.title, row.newer_version
        return shown


class TaskIn(Body):
    """What is left out stays. `handler_id` null: nobody. A dismissal needs a `resolution`."""

    state: TaskStateWord | None = None
    resolution: Note = ""
    handler_id: int | None = Field(None, description="who sees to it")
