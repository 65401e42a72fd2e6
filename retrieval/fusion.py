"""Dense and sparse candidates into one list, with the evidence of both kept on each hit.

The method and its constants were chosen on one half of real questions and reported on the other; the table of what was
tried is in docs/decisions/0004-fusion.md. Nothing here is set per data set, shop or language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import dist, fsum, sqrt
from operator import neg
from typing import Any, Final, NamedTuple, Protocol

from core.errors import InvalidInput
from retrieval.index.legs import Leg, ScoredPassage
from retrieval.types import Hit, Language, PassageDoc

SPARSE_WEIGHT: Final = 0.7
LANGUAGE_BONUS: Final = 0.1  # standard deviations of the dense scores: decides near ties only
_RRF_K: Final = 60
_NOWHERE: Final = (None, None)  # score and rank in a leg that did not find it

Candidates = Sequence[ScoredPassage]  # of one leg, best first
About = Callable[[int], tuple[str, Language]]  # passage id → its document's id and its language


class Ranked(NamedTuple):
    """A candidate in the fused order, with how it was found (as in `Hit`)."""

    id: int
    score: float
    dense_score: float | None
    dense_rank: int | None
    sparse_score: float | None
    sparse_rank: int | None

    def hit(self, passage: PassageDoc) -> Hit:
        return Hit(passage, *self[1:])


class Fusion(Protocol):
    """Merges both legs; `version` names method and constants, so that an answer can be replayed."""

    @property
    def version(self) -> str: ...

    def rank(self, dense: Candidates, sparse: Candidates, limit: int, language: Language, about: About) -> list[Ranked]:
        """The best `limit` candidates, best first, at most `per_document` of a document; legs come best first.

        `language` is preferred on near ties. Only passages of the legs, which lie inside the scope, are ranked.
        """
        ...

    def fuse(self, dense: Candidates, sparse: Candidates, limit: int, language: Language) -> list[Hit]:
        """As `rank`, with the passages, which are decoded only as far as they are needed."""
        ...


class _Fuses:
    """`fuse` in terms of `rank`."""

    __slots__ = ()

    def fuse(self: Fusion, dense: Candidates, sparse: Candidates, limit: int, language: Language) -> list[Hit]:
        passages = _Passages(dense, sparse)
        return [found.hit(passages[found.id]) for found in self.rank(dense, sparse, limit, language, passages.about)]


@dataclass(frozen=True, slots=True)
class LinearFusion(_Fuses):
    """Sum of the dense z-score and `sparse_weight` times BM25 / √(best BM25).

    Dense scores of most encoders are compressed into a narrow band that moves with the question, so they are taken in
    standard deviations over the leg. BM25 is additive over terms and its absolute size says how much of the question
    was met: dividing by the root of the best score, not by the score itself, lets a strong lexical match weigh
    more than a weak one. A passage that one leg lacks gets that leg's lowest score (BM25: 0 when the
    leg was not full, since then it has no term at all). Convex combinations of scores beating rank fusion is the
    finding of Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2022, and ours.
    """

    sparse_weight: float = SPARSE_WEIGHT
    language_bonus: float = LANGUAGE_BONUS
    per_document: int = 1

    @property
    def version(self) -> str:
        return f"linear-1:w={self.sparse_weight:g},l={self.language_bonus:g},d={self.per_document}"

    def scores(self, dense: Candidates, sparse: Candidates) -> dict[int, float]:
        """Fused score by passage id, over the union of both legs. Unit: standard deviations of the dense leg."""
        fused: dict[int, float] = {}
        floor = 0.0
        if dense:
            ids, values = _ranked(dense)
            # A hundred numbers: not slower than numpy in plain Python, and a third faster after an idle while.
            mean = fsum(values) / len(values)
            spread = dist(values, [mean] * len(values)) / sqrt(len(values))
            if spread <= 1e-9:
                fused = dict.fromkeys(ids, 0.0)
            else:
                fused = dict(zip(ids, [(value - mean) / spread for value in values], strict=True))
                floor = fused[ids[-1]]
        if sparse:
            ids, values = _ranked(sparse)
            best = values[0]
            scale = self.sparse_weight / sqrt(best) if best > 0 else 0.0
            # A full leg was cut off: what it lacks may score as much as its last. Else it lacks all terms.
            missing = values[-1] if len(sparse) >= len(dense) else 0.0
            for passage_id, value in zip(ids, values, strict=True):
                fused[passage_id] = fused.get(passage_id, floor) + scale * (value - missing)
        return fused

    def rank(self, dense: Candidates, sparse: Candidates, limit: int, language: Language, about: About) -> list[Ranked]:
        scores = self.scores(dense, sparse)
        return _best(scores, dense, sparse, limit, language, about, self.language_bonus, self.per_document)


@dataclass(frozen=True, slots=True)
class LanguageFusion(_Fuses):
    """`LinearFusion` with a weight of BM25 for each language of questions, as tuned on accepted citations.

    `default` is for a language that `weights` does not name.
    """

    weights: Mapping[str, float]
    default: float = SPARSE_WEIGHT
    language_bonus: float = LANGUAGE_BONUS
    per_document: int = 1

    @property
    def version(self) -> str:
        named = "".join(f"{language}={weight:g}," for language, weight in sorted(self.weights.items()))
        return f"linear-1:{named}w={self.default:g},l={self.language_bonus:g},d={self.per_document}"

    def rank(self, dense: Candidates, sparse: Candidates, limit: int, language: Language, about: About) -> list[Ranked]:
        weight = self.weights.get(language, self.default)
        fusion = LinearFusion(weight, self.language_bonus, self.per_document)
        return fusion.rank(dense, sparse, limit, language, about)


@dataclass(frozen=True, slots=True)
class ReciprocalRankFusion(_Fuses):
    """Weighted reciprocal ranks (Cormack, Clarke & Büttcher 2009), for comparison: below `LinearFusion` everywhere."""

    sparse_weight: float = 0.5
    k: int = _RRF_K
    per_document: int = 1

    @property
    def version(self) -> str:
        return f"rrf-1:w={self.sparse_weight:g},k={self.k},d={self.per_document}"

    def rank(self, dense: Candidates, sparse: Candidates, limit: int, language: Language, about: About) -> list[Ranked]:
        fused: dict[int, float] = {}
        for leg, weight in ((dense, 1 - self.sparse_weight), (sparse, self.sparse_weight)):
            for rank, passage_id in enumerate(_ranked(leg)[0], 1):
                fused[passage_id] = fused.get(passage_id, 0.0) + weight / (self.k + rank)
        return _best(fused, dense, sparse, limit, language, about, 0.0, self.per_document)


def _best(
    fused: Mapping[int, float],
    dense: Candidates,
    sparse: Candidates,
    limit: int,
    language: Language,
    about: About,
    language_bonus: float,
    per_document: int,
) -> list[Ranked]:
    """Candidates in order; asks `about` no more of them than are needed."""
    found: list[tuple[float, int]] = []
    lowest = float("-inf")  # what even the language bonus cannot lift over the cut
    seen: dict[str, int] = {}
    for negative, passage_id in sorted(zip(map(neg, fused.values()), fused, strict=True)):
        score = -negative
        if score <= lowest:
            break
        document_id, spoken = about(passage_id)
        before = seen.get(document_id, 0)
        if before >= per_document:
            continue
        seen[document_id] = before + 1
        found.append((score + language_bonus if spoken == language else score, passage_id))
        if len(found) == limit:
            lowest = score - language_bonus
    found.sort(key=lambda one: -one[0])
    in_dense, in_sparse = _places(dense), _places(sparse)
    return [Ranked(i, score, *in_dense.get(i, _NOWHERE), *in_sparse.get(i, _NOWHERE)) for score, i in found[:limit]]


def _places(leg: Candidates) -> dict[int, tuple[float, int]]:
    """Score and rank by passage id."""
    ids, scores = _ranked(leg)
    return dict(zip(ids, zip(scores, range(1, len(ids) + 1), strict=True), strict=True))


class _Passages:
    """The candidates' passages by id, each decoded once."""

    def __init__(self, dense: Candidates, sparse: Candidates) -> None:
        self._legs = [(leg, _places(leg)) for leg in (dense, sparse)]
        self._decoded: dict[int, PassageDoc] = {}

    def __getitem__(self, passage_id: int) -> PassageDoc:
        if passage_id not in self._decoded:
            leg, (_, rank) = next((leg, places[passage_id]) for leg, places in self._legs if passage_id in places)
            self._decoded[passage_id] = leg[rank - 1].passage
        return self._decoded[passage_id]

    def about(self, passage_id: int) -> tuple[str, Language]:
        passage = self[passage_id]
        return passage.document_id, passage.language


def _ranked(leg: Candidates) -> tuple[Sequence[int], Sequence[float]]:
    """Ids and scores without making a `ScoredPassage` of each."""
    if isinstance(leg, Leg):
        return leg.ids, leg.scores
    return [found.id for found in leg], [found.score for found in leg]


def deeper(fusion: Fusion, per_document: int) -> Fusion:
    """`fusion` with at most `per_document` passages of a document; one that is not of ours stays as it is."""
    if isinstance(fusion, LinearFusion | LanguageFusion | ReciprocalRankFusion):
        return replace(fusion, per_document=per_document)
    return fusion


_BY_NAME: Final[Mapping[str, type[LinearFusion] | type[LanguageFusion] | type[ReciprocalRankFusion]]] = {
    "linear": LinearFusion,
    "language": LanguageFusion,
    "rrf": ReciprocalRankFusion,
}


def named(fusion: Fusion) -> tuple[str, dict[str, Any]] | None:
    """Name and constants from which another process makes the same fusion (`from_name`); None for one not of ours."""
    for name, kind in _BY_NAME.items():
        if type(fusion) is kind:
            return name, asdict(fusion)
    return None


def from_name(name: str, constants: Mapping[str, Any]) -> Fusion:
    """Raises InvalidInput for a name or a constant that there is not."""
    try:
        return _BY_NAME[name](**constants)
    except (KeyError, TypeError) as error:
        raise InvalidInput(f"There is no fusion {name!r} with the constants {dict(constants)}.") from error


DEFAULT_FUSION: Final[Fusion] = LinearFusion()
