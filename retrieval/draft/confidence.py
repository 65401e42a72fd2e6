"""How much the evidence says for a draft: one explainable number from named features.

The weights were fitted on the demo shops' questions and tickets (`python -m evals.confidence_fit demo/questions.yaml`),
where it is the probability that the quoted article answers. In another shop that is a beginning and not a calibration:
`Answer.extras["features"]` keeps the features, so that the model can be fitted on that shop's outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import exp

from retrieval.draft.selection import PASSAGES_READ, Candidate, passage_coverage, term_weights, text_coverage
from retrieval.types import Classification, Hit

# Fitted; weights that came out below zero (both coverages, beside `matched`) are left at zero, and `same_language` is
# set by hand with BASE lowered by as much: nearly all demo hits are in the customer's language.
BASE = -2.75
WEIGHTS: Mapping[str, float] = {
    "passage_coverage": 0.0,
    "sentence_coverage": 0.0,
    "agreement": 1.25,
    "dense": 0.05,
    "margin": 4.4,
    "same_language": 0.6,
    "classified": 0.85,
    "matched": 1.7,
    "likely": 0.85,
}
NOTHING_SHARED = 0.3  # the most for a source that shares no word with the question and is not very near either
_VERY_NEAR = 0.7
UNKNOWN_BELOW = 0.35  # below this an honest "I don't know" is drafted; sending by itself asks for far more
_FEW, _MANY = 1.0, 5.0  # weights of terms: one rare word weighs about 2
_DENSE_FLOOR, _DENSE_SPAN = 0.84, 0.06  # e5's cosines: unrelated texts reach .84, related ones .90


@dataclass(frozen=True, slots=True)
class Features:
    """All in [0, 1].

    `passage_coverage`: weighted share of the question's terms in the best passage, with its title;
    `sentence_coverage`: the same for the best chosen sentence; `agreement`: the best hit is near the top of both
    the dense and the sparse list of documents; `dense`: cosine of the best hit, rescaled;
    `margin`: its cosine's lead over the next document's. Agreement and margin count as far as the hit is near at all:
    in a small shop something is always first, and far ahead of nothing;
    `same_language`: the source is in the customer's language (if not, words cannot match and half of `dense` stands
    for both coverages); `classified`: calibrated confidence of the intent; `matched`: how much of the question stands
    in the passage, not as a share, so that a long chatty message loses nothing; `likely`: probability of the best
    sentence.
    """

    passage_coverage: float
    sentence_coverage: float
    agreement: float
    dense: float
    margin: float
    same_language: float
    classified: float
    matched: float = 0.0
    likely: float = 0.0

    def as_dict(self) -> dict[str, float]:
        return {name: round(getattr(self, name), 4) for name in _NAMES}


_NAMES = tuple(one.name for one in fields(Features))


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
        return Features(0, 0, 0, 0, 0, 0, 0.0 if classification.abstained else classification.confidence)
    top = chosen[0].hit if chosen else hits[0]
    document = next((hit for hit in hits if hit.passage.document_id == top.passage.document_id), top)  # its best
    weights = term_weights(question, hits[:PASSAGES_READ])
    total = sum(weights.values())
    certainty = total / (total + _FEW)  # a single shared word says little
    # A draft from articles is not the weaker for a resolved ticket above them that could not be used.
    rivals = [h for h in hits if not chosen or h.passage.source_kind != "case"]
    ranks = [_rank(document, rivals, leg) for leg in ("dense_rank", "sparse_rank")]
    others = [h.dense_score or 0.0 for h in rivals if h.passage.document_id != top.passage.document_id]
    lead = ((document.dense_score or 0.0) - max(others, default=_DENSE_FLOOR)) / _DENSE_SPAN
    dense = ((document.dense_score or 0.0) - _DENSE_FLOOR) / _DENSE_SPAN
    dense = min(1.0, max(0.0, dense))
    same_language = top.passage.language == language
    stated = max((c.coverage for c in chosen), default=0.0) if chosen else text_coverage(weights, top.passage.text)
    covered = passage_coverage(weights, top)
    likely = max((c.probability for c in chosen), default=stated)
    near = max(dense, covered * certainty)
    return Features(
        passage_coverage=covered * certainty if same_language else dense / 2,
        sentence_coverage=stated * certainty if same_language else dense / 2,
        agreement=near * sum(1 / rank for rank in ranks if rank) / 2,
        dense=dense,
        margin=near * min(1.0, max(0.0, lead)),
        same_language=float(same_language),
        classified=0.0 if classification.abstained else classification.confidence,
        matched=1 - exp(-covered * total / _MANY) if same_language else dense / 2,
        likely=likely,
    )


def _rank(top: Hit, rivals: Sequence[Hit], leg: str) -> int:
    """Place of `top` in a leg among the documents found, from 1; 0 when the leg did not find it."""
    own: int | None = getattr(top, leg)
    if own is None:
        return 0
    ahead = [rank for hit in rivals if (rank := getattr(hit, leg)) is not None and rank < own]
    return 1 + len(ahead)


def confidence(found: Features) -> float:
    """Logistic in the features, in [0, 1]."""
    evidence = sum([weight * getattr(found, name) for name, weight in WEIGHTS.items()])
    score = 1 / (1 + exp(-(BASE + evidence)))
    return min(score, NOTHING_SHARED) if found.matched == 0 and found.dense < _VERY_NEAR else score
