from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.common import Body, Row


class MacroOut(Row):
    """`shop_id` null: every shop. An empty body: not written in that language."""

    id: int
    shop_id: int | None
    intent: str | None
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    updated_at: datetime
    version: int


class MacroIn(Body):
    """At least one language, with title and body. Variables are under `GET /api/v1/macros/variables`."""

    shop_id: int | None = None
    intent: str | None = Field(None, max_length=64)
    title_zh: str = Field("", max_length=128)
    title_en: str = Field("", max_length=128)
    body_zh: str = Field("", max_length=5_000)
    body_en: str = Field("", max_length=5_000)


class MacroChanges(Body):
    """Fields that are left out stay as they are; `shop_id` null is every shop."""

    shop_id: int | None = None
    intent: str | None = Field(None, max_length=64)
    title_zh: str | None = Field(None, max_length=128)
    title_en: str | None = Field(None, max_length=128)
    body_zh: str | None = Field(None, max_length=5_000)
    body_en: str | None = Field(None, max_length=5_000)


class RenderedMacroOut(Row):
    """A macro with a ticket's values. `unfilled` variables stand in `text` as `{{…}}`, which is not sent like that."""

    id: int
    title: str
    text: str
    language: Literal["zh", "en"]
    unfilled: list[str]
    for_intent: bool = Field(description="made for what this ticket is about")
