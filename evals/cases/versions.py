"""Keep each form of a case: runs compare the same version, and nobody's label is lost."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import db_now
from evals.cases.models import EvalCase, EvalCaseStatus, EvalCaseVersion, Note
from knowledge.similarity import forget_bands, store_bands

CONTENT: Final = (
    "kind", "status", "question", "language", "shop_id", "intent", "intent_by_person", "expected", "sources",
    "good_answer", "dangerous", "weight", "seen",
)  # fmt: skip


def content(case: EvalCase) -> dict[str, Any]:
    """What a version keeps, as JSON values."""
    return {name: getattr(case, name) for name in CONTENT}


def keep_version(
    session: Session, case: EvalCase, code: Note, of: str = "", *, author_id: int | None = None, note: str = ""
) -> None:
    """Flush the change and keep the case as it is now under its new version number. Call it once a change. `of`: the
    kind or the verdict that `code` speaks of; `note`: the author's own words."""
    if session.is_modified(case):  # asked before any query, which would flush
        with session.no_autoflush:  # one change, one version
            case.updated_at = session.scalar(select(db_now())) or case.updated_at
        session.flush()
    known = select(EvalCaseVersion.id).where(EvalCaseVersion.case_id == case.id, EvalCaseVersion.number == case.version)
    if session.scalar(known) is not None:
        return  # nothing has changed
    session.add(
        EvalCaseVersion(
            case_id=case.id,
            number=case.version,
            content=content(case),
            author_id=author_id,
            note=note[:255],
            note_code=code,
            note_of=of,
        )
    )
    if case.status == EvalCaseStatus.RETIRED:
        forget_bands(session, f"eval:{case.id}")
    else:
        store_bands(session, f"eval:{case.id}", case.question)
    session.flush()
