from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from api.schemas.common import Body, Row

FindingKindWord = Literal["gap", "contradiction", "stale", "unused"]
FindingStateWord = Literal["open", "taken", "dismissed"]


class FindingOut(Row):
    """`title`: the question of a gap, the sentence that is contradicted, the article's title. `volume`: questions (a
    gap), replies against the article (a contradiction), corrections (stale), drafts that did not cite it (unused).
    `effort`: messages that agents wrote. `current`: the last computation found it. `draft_id`: the article that came of
    a gap. What is in `data` of each kind stands in docs/knowledge.md."""

    id: int
    kind: FindingKindWord
    state: FindingStateWord
    current: bool
    shop_id: int | None
    article_id: int | None
    other_id: int | None
    title: str
    intent: str | None
    language: str
    volume: float
    effort: float
    draft_id: int | None
    note: str
    decided_by: int | None
    decided_at: datetime | None
    created_at: datetime
    computed_at: datetime
    version: int
    data: dict[str, Any]


class FindingCountsOut(Row):
    """Open ones by kind; `computed_at` null: never computed, or nothing found."""

    gap: int
    contradiction: int
    stale: int
    unused: int
    computed_at: datetime | None


class FindingIn(Body):
    """A dismissal needs a word."""

    state: FindingStateWord
    note: str = Field("", max_length=2000)
