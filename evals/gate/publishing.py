"""A preview that is kept, and what it must be for an article to be published. The door publishes in the same unit."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from copilot.runtime import Runtime
from core.db import db_now
from core.errors import Conflict, Forbidden, NotFound
from evals.gate.models import GatePreview
from knowledge.articles.actions import ArticleScope
from knowledge.models import Article, ArticleVersion
from knowledge.policies import Act, may_read, require
from records.people.actions import record_access
from records.principals import Principal, Role
from records.shops.models import PUBLISH_GATES, Shop

VALID: Final = timedelta(days=1)  # the rest of the knowledge moves on
OVERRIDING: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})


def keep_preview(runtime: Runtime, principal: Principal, article_version_id: int, *, answers: bool = True) -> int:
    """Preview the draft as it is now and keep what came of it; returns the row's id. Raises as `preview`.

    The draft is read before and after: one that was changed meanwhile is a Conflict.
    """
    from evals.gate.preview import preview  # noqa: PLC0415 - SciPy, only when a change is looked at

    with runtime.db.reading() as session:
        before = content_of(_version(session, principal, article_version_id))
    found = preview(runtime, principal, article_version_id, answers=answers)
    result = asdict(found) | {"falls": found.falls}
    result["shown"] = [
        asdict(one) | {"top_changed": one.top_changed, "answer_changed": one.answer_changed} for one in found.shown
    ]
    with runtime.db.unit_of_work() as session:
        version = _version(session, principal, article_version_id)
        require(principal, Act.PUBLISH, version.article.shop_ids)
        if content_of(version) != before:
            raise Conflict("The draft was changed while it was previewed. Preview it again.")
        row = GatePreview(
            article_id=version.article_id,
            article_version_id=version.id,
            content=before,
            falls=found.falls,
            result=result,
            created_by=principal.id if principal.kind == "staff" else None,
        )
        session.add(row)
        session.flush()
        return row.id


def get_preview(
    session: Session, principal: Principal, preview_id: int, *, article_id: int | None = None
) -> GatePreview:
    """Raises NotFound also for one of another article, or of one that the principal may not see."""
    row = session.get(GatePreview, preview_id)
    if row is None or (article_id is not None and row.article_id != article_id):
        raise NotFound(f"There is no preview {preview_id}.")
    _version(session, principal, row.article_version_id)
    return row


def gate_of(session: Session, article: Article) -> str:
    """The strictest gate of the shops that the article reaches."""
    query = select(Shop.publish_gate).where(Shop.active)
    if article.shop_ids:
        query = query.where(Shop.id.in_(article.shop_ids))
    return max(session.scalars(query), key=PUBLISH_GATES.index, default="off")


def pass_gate(
    session: Session,
    principal: Principal,
    article_version_id: int,
    *,
    preview_id: int | None = None,
    override: str = "",
) -> GatePreview | None:
    """Before publishing, in the same unit: Conflict when the gate does not let this draft through.

    A preview that is named must be of this very draft and scope, and not older than `VALID`, whatever the gate. With
    "block" one must be named, and one that falls significantly needs `override`, a supervisor's reason, which is kept
    and audited. Raises Forbidden for an override by anybody else.
    """
    version = _version(session, principal, article_version_id, lock=True)
    blocking = gate_of(session, version.article) == "block"
    if preview_id is None:
        if blocking:
            raise Conflict(
                "In this article's shops a preview comes before publishing: make one, and publish with its id.",
                reason="preview_required",
            )
        return None
    row = session.scalar(select(GatePreview).where(GatePreview.id == preview_id).with_for_update())
    if row is None or row.article_version_id != version.id or row.content != content_of(version):
        raise Conflict(
            "The draft, or who sees it, has changed since this preview. Preview it again.", reason="preview_outdated"
        )
    now = session.scalar(select(db_now()))
    if now is None or row.created_at < now - VALID:
        raise Conflict("This preview is more than a day old. Preview the draft again.", reason="preview_outdated")
    if row.falls and blocking:
        if not override.strip():
            raise Conflict(
                "Past questions would find their answers significantly worse. Mend the draft, or let a supervisor "
                "publish it with a reason.",
                reason="significant_fall",
            )
        if principal.role not in OVERRIDING:
            raise Forbidden("Only a supervisor publishes in spite of a significant fall.")
        row.override = override.strip()
        row.overridden_by = principal.id if principal.kind == "staff" else None
        record_access(session, principal, "article.publish_override", "article", row.article_id)
    row.published_at = now
    session.flush()
    return row


def content_of(version: ArticleVersion) -> str:
    """A digest of all that a preview depends on and an editor can change. Reads `article`."""
    scope = asdict(ArticleScope.of(version.article))
    scope.pop("owner_id")
    said = json.dumps([version.digest, version.article.language, scope], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def _version(session: Session, principal: Principal, article_version_id: int, *, lock: bool = False) -> ArticleVersion:
    if lock:
        owner = select(ArticleVersion.article_id).where(ArticleVersion.id == article_version_id).scalar_subquery()
        session.scalar(select(Article.id).where(Article.id == owner).with_for_update())
    version = session.get(
        ArticleVersion, article_version_id, options=[joinedload(ArticleVersion.article)], populate_existing=True
    )
    if version is None or not may_read(principal, version.article.audience, version.article.shop_ids):
        raise NotFound(f"There is no article version {article_version_id} that you may see.")
    return version
