from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.schemas.common import Body, Note, Row, Time
from knowledge.articles.actions import ArticleScope
from knowledge.articles.compare import LineChange
from knowledge.articles.queries import ArticleRow
from knowledge.models import Article, ArticleVersion, CaseStatus, VersionStatus

MAX_BODY = 200_000  # characters of an article
Title = Annotated[str, Field(min_length=1, max_length=512)]
Text = Annotated[str, Field(min_length=1, max_length=MAX_BODY)]


class ScopeIn(Body):
    """Who finds an article. `audience`: public, internal or role:<role>; `shop_ids` empty: every shop."""

    audience: str = Field("public", max_length=32)
    shop_ids: list[int] = Field(default_factory=list, max_length=500)
    valid_from: Time | None = None
    valid_to: Time | None = None
    category: str = Field("", max_length=128)
    intents: list[Annotated[str, Field(max_length=64)]] = Field(default_factory=list, max_length=100)
    owner_id: int | None = None

    def scope(self) -> ArticleScope:
        return ArticleScope(
            self.audience,
            tuple(sorted(set(self.shop_ids))),
            self.valid_from,
            self.valid_to,
            self.category,
            tuple(self.intents),
            self.owner_id,
        )


class NewArticleIn(Body):
    title: Title
    body: Text
    scope: ScopeIn = Field(default_factory=ScopeIn)
    language: Literal["zh", "en"] | None = Field(None, description="null: as detected")
    external_id: str | None = Field(None, min_length=1, max_length=255)
    note: Note = ""


class DraftIn(Body):
    title: Title
    body: Text
    note: Note | None = None


class PublishIn(Body):
    """`preview_id`: publish only what was previewed. `override`: a supervisor's reason to publish despite a fall."""

    preview_id: int | None = None
    override: str = Field("", max_length=2000)


class RollBackIn(Body):
    number: int = Field(ge=1, description="the version whose text is published again")


class NearDuplicatesIn(Body):
    text: Text
    exclude: int | None = Field(None, description="id of the article that the text belongs to")


class VersionHeadOut(Row):
    id: int
    number: int
    title: str
    status: VersionStatus
    author_id: int | None
    note: str
    created_at: datetime
    published_at: datetime | None
    retired_at: datetime | None
    indexed_at: datetime | None


class VersionOut(VersionHeadOut):
    body: str

    @classmethod
    def of(cls, version: ArticleVersion) -> VersionOut:
        return cls.model_validate(version)


class ArticleHeadOut(Row):
    id: int
    external_id: str | None
    category: str
    language: str
    audience: str
    shop_ids: list[int]
    intents: list[str]
    owner_id: int | None
    valid_from: datetime | None
    valid_to: datetime | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class ArticleRowOut(ArticleHeadOut):
    """`current` is the published version, or else the newest; `opened` the one being written or reviewed.

    `unread_feedback` counts words of shoppers and staff that no editor has handled.
    """

    current: VersionHeadOut
    opened: VersionHeadOut | None
    has_draft: bool
    unread_feedback: int = 0

    @classmethod
    def of(cls, row: ArticleRow, unread_feedback: int = 0) -> ArticleRowOut:
        head = ArticleHeadOut.model_validate(row.article)
        return cls(
            **dict(head),
            current=VersionHeadOut.model_validate(row.current),
            opened=None if row.opened is None else VersionHeadOut.model_validate(row.opened),
            has_draft=row.has_draft,
            unread_feedback=unread_feedback,
        )


class ArticleOut(ArticleHeadOut):
    """`current` is the published version, or else the newest, with its text; `versions` are all, newest first."""

    current: VersionOut
    versions: list[VersionHeadOut]
    helpful: int
    not_helpful: int

    @classmethod
    def of(cls, article: Article, feedback: tuple[int, int]) -> ArticleOut:
        """`article` with its versions loaded."""
        versions = sorted(article.versions, key=lambda version: version.number, reverse=True)
        published = [version for version in versions if version.status == VersionStatus.PUBLISHED]
        return cls(
            **dict(ArticleHeadOut.model_validate(article)),
            current=VersionOut.of((published or versions)[0]),
            versions=[VersionHeadOut.model_validate(version) for version in versions],
            helpful=feedback[0],
            not_helpful=feedback[1],
        )


class CategoryOut(Row):
    """Articles in the category itself, not below it; one with a published version and a draft counts in both."""

    name: str
    articles: int = Field(description="not archived")
    published: int
    draft: int
    review: int
    archived: int


class SimilarOut(Row):
    article: ArticleRowOut
    similarity: float


class LineOut(Row):
    """`kind`: equal, insert, delete or replace; `parts` marks [kind, words] within a replaced line."""

    kind: Literal["equal", "insert", "delete", "replace"]
    old: str
    new: str
    parts: list[tuple[str, str]]

    @classmethod
    def of(cls, line: LineChange) -> LineOut:
        return cls.model_validate(line)


class CaseOut(Row):
    id: int
    ticket_id: int
    shop_id: int
    question: str
    answer: str
    intent: str | None
    language: str
    audience: str
    status: CaseStatus
    duplicate_of: int | None
    decided_by: int | None
    created_at: datetime
    published_at: datetime | None
    retired_at: datetime | None
    indexed_at: datetime | None
    version: int


class CaseIn(Body):
    """`intent` and `audience` left out stay as they are."""

    question: str = Field(min_length=1, max_length=20_000)
    answer: str = Field(min_length=1, max_length=20_000)
    intent: str | None = Field(None, max_length=64)
    audience: str | None = Field(None, max_length=32)


class CaseCountsOut(BaseModel):
    proposed: int
    published: int
    discarded: int
    retired: int


class SimilarCaseOut(BaseModel):
    """`similarity` of the questions, 0 to 1."""

    case: CaseOut
    similarity: float


class MergeIn(Body):
    into_id: int
