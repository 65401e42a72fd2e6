"""What publishing a draft would do to past questions, kept so that publishing can name it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response
from sqlalchemy.orm import Session

from api.deps import Reading, RuntimeDep, allowed
from api.schemas.evals import KeptPreviewOut
from api.versioned import versioned
from copilot.policies import Permission
from evals.gate.models import GatePreview
from evals.gate.publishing import gate_of, get_preview, keep_preview
from knowledge.articles.queries import get_article, version_of
from knowledge.models import Article
from records.principals import Principal

router = versioned("/articles", tags=["articles"])
Editor = Annotated[Principal, Depends(allowed(Permission.PUBLISH_KNOWLEDGE))]


@router.post("/{article_id}/versions/{number}/preview")
def preview_version(
    article_id: int, number: int, runtime: RuntimeDep, principal: Editor, response: Response, answers: bool = True
) -> KeptPreviewOut:
    """Which past questions would find another source or get another answer, get better or break. The first preview of a
    process takes longer. `answers=false` leaves out drafting them."""
    with runtime.db.reading() as session:
        version_id = version_of(session, principal, article_id, number).id
    preview_id = keep_preview(runtime, principal, version_id, answers=answers)
    response.headers["Location"] = f"/api/v1/articles/{article_id}/previews/{preview_id}"
    with runtime.db.reading() as session:
        return _shown(session, get_preview(session, principal, preview_id))


@router.get("/{article_id}/previews/{preview_id}")
def read_preview(article_id: int, preview_id: int, session: Reading, principal: Editor) -> KeptPreviewOut:
    get_article(session, principal, article_id)
    return _shown(session, get_preview(session, principal, preview_id, article_id=article_id))


def _shown(session: Session, row: GatePreview) -> KeptPreviewOut:
    article = session.get_one(Article, row.article_id)
    return KeptPreviewOut.model_validate(
        {
            "id": row.id,
            "article_id": row.article_id,
            "article_version_id": row.article_version_id,
            "gate": gate_of(session, article),
            "created_at": row.created_at,
            "result": row.result,
        }
    )
