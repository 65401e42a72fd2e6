from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, BigId, PrimaryKey, db_now


class VersionStatus(StrEnum):
    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    RETIRED = "retired"  # replaced by a newer version, or archived with its article


class CaseStatus(StrEnum):
    PROPOSED = "proposed"
    PUBLISHED = "published"
    DISCARDED = "discarded"
    RETIRED = "retired"


class Article(Base):
    """What stays the same over versions. `shop_ids` empty: for all shops. Validity bounds when it may be retrieved."""

    __tablename__ = "articles"

    id: Mapped[PrimaryKey]
    external_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    category: Mapped[str] = mapped_column(String(128), default="", index=True)
    language: Mapped[str] = mapped_column(String(8))
    audience: Mapped[str] = mapped_column(String(32), default="public")
    shop_ids: Mapped[list[int]] = mapped_column(default=list)
    intents: Mapped[list[str]] = mapped_column(default=list)
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    valid_from: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    updated_at: Mapped[datetime] = mapped_column(server_default=db_now())
    version: Mapped[int] = mapped_column(default=1)

    versions: Mapped[list[ArticleVersion]] = relationship(lazy="raise", order_by="ArticleVersion.number")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class ArticleVersion(Base):
    """The text, never changed once published. At most one version of an article is published at a time."""

    __tablename__ = "article_versions"

    id: Mapped[PrimaryKey]
    article_id: Mapped[int] = mapped_column(BigId, ForeignKey("articles.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(512))
    body: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))  # of title and body: an unchanged import writes nothing
    status: Mapped[str] = mapped_column(String(16), default=VersionStatus.DRAFT)
    author_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    published_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    indexed_at: Mapped[datetime | None]

    article: Mapped[Article] = relationship(lazy="raise", back_populates="versions")

    __table_args__ = (
        UniqueConstraint("article_id", "number"),
        Index("ix_article_versions_status", "status"),
    )


class Case(Base):
    """A question and its answer from a resolved ticket, without personal data, as an editor may publish it."""

    __tablename__ = "cases"

    id: Mapped[PrimaryKey]
    ticket_id: Mapped[int] = mapped_column(BigId, ForeignKey("tickets.id", ondelete="CASCADE"))
    question_seq: Mapped[int] = mapped_column(default=0, server_default="0")  # of the message it begins with; 0: untold
    shop_id: Mapped[int] = mapped_column(BigId, ForeignKey("shops.id"))
    question: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    intent: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    audience: Mapped[str] = mapped_column(String(32), default="public")
    status: Mapped[str] = mapped_column(String(16), default=CaseStatus.PROPOSED, index=True)
    duplicate_of: Mapped[int | None] = mapped_column(BigId, ForeignKey("cases.id"))
    decided_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    published_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    indexed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (UniqueConstraint("ticket_id", "question_seq"),)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Passage(Base):
    """An immutable piece of a published source: with its span, version and chunker any past index can be rebuilt.

    Exactly one of `article_version_id` and `case_id` is set. When the source says so, `text` == body[start:end].
    """

    __tablename__ = "passages"

    id: Mapped[PrimaryKey]
    article_version_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("article_versions.id", ondelete="CASCADE"), index=True
    )
    case_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    chunker: Mapped[str] = mapped_column(String(32))
    ordinal: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    heading: Mapped[str] = mapped_column(String(512), default="")
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())

    __table_args__ = (
        UniqueConstraint("article_version_id", "chunker", "ordinal"),
        UniqueConstraint("case_id", "chunker", "ordinal"),
    )


class KnowledgeFeedback(Base):
    """A shopper's or an agent's word on a source: helpful or not, with a comment. Handled: an editor has seen to it."""

    __tablename__ = "knowledge_feedback"

    id: Mapped[PrimaryKey]
    article_id: Mapped[int] = mapped_column(BigId, ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    helpful: Mapped[bool]
    comment: Mapped[str] = mapped_column(Text, default="")
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(server_default=db_now())
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    handling: Mapped[str] = mapped_column(Text, default="", server_default="")  # what was done about it
    # A reader of the help centre is nobody, yet counts once a day: a keyed hash of day and address.
    visitor: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("article_id", "visitor"),)


class SimilarityBand(Base):
    """A band of a text's MinHash signature: texts that share a band are candidates for near duplicates.

    `owner` is "article:12" or "case:7"; `value` is the band's hash as a signed 64-bit number.
    """

    __tablename__ = "similarity_bands"

    owner: Mapped[str] = mapped_column(String(32), primary_key=True)
    band: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int]

    __table_args__ = (Index("ix_similarity_bands_value", "value", "band"),)
