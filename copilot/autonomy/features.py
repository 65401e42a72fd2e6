"""What the acceptance model reads of an answer: numbers only, all of them stored with the suggestion. Pure."""

from __future__ import annotations

import math

from retrieval.classify.mood import mood_from_json
from retrieval.classify.priority import LEVELS
from retrieval.types import Answer, Hit, Verdict

VERSION = "features-1"
NAMES = (
    "confidence",  # of the draft
    "top_score",
    "margin",  # between the two best documents
    "agreement",  # of the dense and the sparse leg: the share of the first five that both have among their first five
    "top_in_both",
    "intent_confidence",
    "intent_margin",
    "out_of_scope",
    "supported_share",
    "uncertain_share",
    "sentences",
    "sources",
    "from_record",
    "from_llm",
    "chinese",
    "verified",
    "turns",
    "urgency",
    "negative",
    "question_length",
)


def features(answer: Answer) -> tuple[float, ...]:
    """One number for each of `NAMES`, all within a few units of 0; what is missing in an old answer is 0."""
    draft, found, hits = answer.draft, answer.classification, answer.hits
    scores = _best_by_document(hits)
    verdicts = [sentence.verdict for sentence in draft.sentences]
    said = max(len([v for v in verdicts if v is not Verdict.NOT_A_CLAIM]), 1)
    ranked = [confidence for _, confidence in found.ranking]
    mood = mood_from_json(answer.extras.get("mood"))
    top = hits[0] if hits else None
    return (
        draft.confidence,
        scores[0] if scores else 0.0,
        scores[0] - scores[1] if len(scores) > 1 else 0.0,
        _agreement(hits),
        float(top is not None and top.dense_rank is not None and top.sparse_rank is not None),
        found.confidence,
        ranked[0] - ranked[1] if len(ranked) > 1 else 0.0,
        found.out_of_scope,
        verdicts.count(Verdict.SUPPORTED) / said,
        (verdicts.count(Verdict.UNCERTAIN) + verdicts.count(Verdict.UNSUPPORTED)) / said,
        math.log1p(len(verdicts)),
        math.log1p(len(draft.citations)),
        float(any(citation.source_kind == "record" for citation in draft.citations)),
        float(draft.kind == "llm"),
        float(draft.language == "zh"),
        float(bool(answer.extras.get("verified"))),
        math.log1p(float(answer.extras.get("turns", 0))),
        LEVELS.index(mood.urgency) / 3,
        float(mood.forbids_auto),
        math.log1p(len(answer.question)) / 5,
    )


def _best_by_document(hits: tuple[Hit, ...]) -> list[float]:
    best: dict[str, float] = {}
    for hit in hits:
        best[hit.passage.document_id] = max(hit.score, best.get(hit.passage.document_id, -math.inf))
    return sorted(best.values(), reverse=True)


def _agreement(hits: tuple[Hit, ...]) -> float:
    first = 5
    dense = {hit.passage.id for hit in hits if hit.dense_rank is not None and hit.dense_rank <= first}
    sparse = {hit.passage.id for hit in hits if hit.sparse_rank is not None and hit.sparse_rank <= first}
    return len(dense & sparse) / max(len(dense | sparse), 1)
