"""How much the evidence says for a draft: one explainable number from named features.

The weights were set by hand from what each feature means; they are not calibrated. `Answer.extras["features"]` keeps
the features, so that a model can be fitted on outcomes later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import exp

from retrieval.draft.selection import PASSAGES_READ, Candidate, passage_coverage, term_weights, text_coverage
from retrieval.types import Classification, Hit

BASE = -4.6
WEIGHTS: Mapping[str, float] = {
    "passage_coverage": 3.0,
    "sentence_coverage": 1.6,
    "agreement": 0.8,
    "dense": 1.6,
    "margin": 0.6,
    "same_language": 0.6,
    "classified": 0.6,
}
UNKNOWN_BELOW = 0.4  # below this an honest "I don't know" is drafted
_DENSE_FLOOR, _DENSE_SPAN = 0.84, 0.06  # e5's cosines: unrelated texts reach .84, related ones .90


@dataclass(frozen=True, slots=True)
class Features:
    """All in [0, 1].

    `passage_coverage`: weighted share of the question's terms in the best passage, with its title;
    `sentence_coverage`: the same for the best chosen sentence; `agreement`: the best hit is near the top of both the
    dense and the sparse list; `dense`: cosine of the best hit, rescaled; `margin`: its lead over the next document;
    `same_language`: the source is in the customer's language (if not, words cannot match and half of `dense` stands
    for both coverages); `classified`: calibrated confidence of the intent.
    """

    passage_coverage: float
    sentence_coverage: float
    agreement: float
    dense: float
    margin: float
    same_language: float
    classified: float

    def as_dict(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


def features(
    question: str,
    language: str,
    hits: Sequence[Hit],
    chosen: Sequence[Candidate],
    classification: Classification,
) -> Features:
    """The evidence for answering `question` from `hits` with the `chosen` sentences, or from the first hit.

    The first hit alone is a resolved ticket: what counts there is how much of this question the earlier one covers.
    """
    if not hits:
        return Features(0, 0, 0, 0, 0, 0, classification.confidence)
    top = chosen[0].hit if chosen else hits[0]
    weights = term_weights(question, hits[:PASSAGES_READ])
    ranks = [rank for rank in (top.dense_rank, top.sparse_rank) if rank is not None]
    others = [h.score for h in hits if h.passage.document_id != top.passage.document_id]
    lead = (top.score - max(others)) / (abs(top.score) or 1.0) if others else 1.0
    dense = ((top.dense_score or 0.0) - _DENSE_FLOOR) / _DENSE_SPAN
    dense = min(1.0, max(0.0, dense))
    same_language = top.passage.language == language
    stated = max((c.coverage for c in chosen), default=0.0) if chosen else text_coverage(weights, top.passage.text)
    return Features(
        passage_coverage=passage_coverage(weights, top) if same_language else dense / 2,
        sentence_coverage=stated if same_language else dense / 2,
        agreement=sum(1 / rank for rank in ranks) / 2,
        dense=dense,
        margin=min(1.0, max(0.0, lead)),
        same_language=float(same_language),
        classified=0.0 if classification.abstained else classification.confidence,
    )


def confidence(found: Features) -> float:
    """Logistic in the features, in [0, 1]."""
    values = asdict(found)
    return 1 / (1 + exp(-(BASE + sum(weight * values[name] for name, weight in WEIGHTS.items()))))
