"""What the actions share: an article's scope, its locks and checks, its one event."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import Conflict, Forbidden, InvalidInput, NotFound, PreconditionFailed
from core.events import EventType, emit
from knowledge.models import Article, ArticleVersion, VersionStatus
from knowledge.policies import Act, check_audience, may, may_read, require
from records.principals import Principal
from retrieval.types import PUBLIC

OPEN = (VersionStatus.DRAFT, VersionStatus.REVIEW)


_TITLE_LENGTH = 512


@dataclass(frozen=True, slots=True)
class ArticleScope:
    """Who finds an article, where and when, and how it is filed. Empty `shop_ids`: every shop; times are aware."""

    audience: str = PUBLIC
    shop_ids: tuple[int, ...] = ()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    category: str = ""
    intents: tuple[str, ...] = ()
    owner_id: int | None = None

    @classmethod
    def of(cls, article: Article) -> ArticleScope:
        """The article's present scope; `dataclasses.replace` it to change one thing."""
        return cls(
            article.audience,
            tuple(article.shop_ids),
            article.valid_from,
            article.valid_to,
            article.category,
            tuple(article.intents),
            article.owner_id,
        )

    def check(self) -> None:
        """Raises InvalidInput for an unknown audience or a validity that ends before it begins."""
        check_audience(self.audience)
        if self.valid_from and self.valid_to and self.valid_from >= self.valid_to:
            raise InvalidInput(
                f"The article would be valid from {self.valid_from:%Y-%m-%d %H:%M} to {self.valid_to:%Y-%m-%d %H:%M}: "
                "the end must be after the beginning.",
                field="valid_to",
            )


def text_digest(title: str, body: str) -> str:
    """SHA-256 hex of a version's text: equal digests mean that nothing was changed."""
    return hashlib.sha256(f"{title}\0{body}".encode()).hexdigest()


def lock_article(session: Session, article_id: int, expected_version: int | None = None) -> Article:
    """The article, locked until the unit ends.

    Raises NotFound, and PreconditionFailed when its version is not `expected_version` (None: not asked).
    """
    article = session.scalar(
        select(Article).where(Article.id == article_id).with_for_update().execution_options(populate_existing=True)
    )
    if article is None:
        raise NotFound("There is no such article.", article_id=article_id)
    if expected_version is not None and article.version != expected_version:
        raise PreconditionFailed(
            "Somebody changed the article meanwhile. Load it again, then decide.", current_version=article.version
        )
    return article


def locked_version(
    session: Session, article_version_id: int, expected_version: int | None
) -> tuple[Article, ArticleVersion]:
    article_id = session.scalar(select(ArticleVersion.article_id).where(ArticleVersion.id == article_version_id))
    if article_id is None:
        raise NotFound("There is no such version.", article_version_id=article_version_id)
    article = lock_article(session, article_id, expected_version)
    version = session.get_one(ArticleVersion, article_version_id, populate_existing=True)
    return article, version


def add_version(
    session: Session, principal: Principal, article: Article, title: str, body: str, note: str
) -> ArticleVersion:
    check_text(title, body)
    number = session.scalar(select(func.max(ArticleVersion.number)).where(ArticleVersion.article_id == article.id))
    version = ArticleVersion(
        article_id=article.id,
        number=(number or 0) + 1,
        title=title.strip(),
        body=body,
        digest=text_digest(title.strip(), body),
        status=VersionStatus.DRAFT,
        author_id=principal.id if principal.kind == "staff" else None,
        note=note,
    )
    session.add(version)
    session.flush()
    return version


def check_text(title: str, body: str) -> None:
    if not title.strip() or len(title.strip()) > _TITLE_LENGTH:
        raise InvalidInput(f"Give the article a title of 1 to {_TITLE_LENGTH} characters.", field="title")
    if not body.strip():
        raise InvalidInput("The article is empty. Write its text.", field="body")


def require_open(version: ArticleVersion) -> None:
    if version.status not in OPEN:
        raise Conflict(f"Version {version.number} is {version.status}: its text stays. Make a new draft instead.")


def require_own(principal: Principal, article: Article, version: ArticleVersion) -> None:
    require(principal, Act.PROPOSE, article.shop_ids)
    own = principal.kind == "staff" and version.author_id == principal.id
    if not own and not may(principal, Act.EDIT):
        raise Forbidden("You may edit only drafts that you proposed. Ask an editor.")


def require_sight(principal: Principal, article: Article) -> None:
    if not may_read(principal, article.audience, article.shop_ids):
        raise NotFound("There is no such article.", article_id=article.id)


def set_scope(article: Article, scope: ArticleScope) -> None:
    article.audience, article.shop_ids = scope.audience, sorted(set(scope.shop_ids))
    article.valid_from, article.valid_to = scope.valid_from, scope.valid_to
    article.category, article.intents, article.owner_id = scope.category, list(scope.intents), scope.owner_id


def touch(article: Article) -> None:
    """A change of a version is a change of its article: the ETag moves."""
    article.updated_at = db_now()


def database_time(session: Session) -> datetime:
    return session.execute(select(db_now())).scalar_one()


def emit_for(
    session: Session,
    kind: EventType,
    principal: Principal,
    article: Article,
    version: ArticleVersion | None = None,
) -> None:
    session.flush()
    shop_id = article.shop_ids[0] if len(article.shop_ids) == 1 else None
    data = {"article_version_id": version.id} if version is not None else {}
    emit(session, kind, actor=principal.actor, shop_id=shop_id, article_id=article.id, **data)
