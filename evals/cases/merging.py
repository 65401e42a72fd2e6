"""One case for questions that say the same: exact after normalisation, or near by character 3-grams."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from evals.cases.models import EvalCase, EvalCaseStatus
from knowledge.similarity import candidates, jaccard, normalise, shingles

SAME = 0.8  # Jaccard similarity of character 3-grams, as knowledge cases are merged


def find_same(session: Session, question: str, language: str, shop_id: int | None) -> EvalCase | None:
    """The case of this shop and language that asks the same, not retired, or None. An equal text comes first."""
    plain, grams = normalise(question), shingles(question)
    rows = session.scalars(
        select(EvalCase).where(
            EvalCase.id.in_(candidates(session, "eval", grams)),
            EvalCase.language == language,
            EvalCase.shop_id == shop_id if shop_id is not None else EvalCase.shop_id.is_(None),
            EvalCase.status != EvalCaseStatus.RETIRED,
        )
    )
    scored = [
        (normalise(case.question) == plain, similarity, -case.id, case)
        for case in rows
        if (similarity := jaccard(grams, shingles(case.question))) >= SAME
    ]
    return max(scored, key=lambda one: one[:3])[3] if scored else None
