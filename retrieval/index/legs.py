"""What one search finds: the ranked candidates of each leg, with texts that are decoded when somebody reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from retrieval.index.payload import decode_passage, encode_stored
from retrieval.types import PassageDoc


class ScoredPassage:
    """A passage found by one leg; a higher score is better (cosine, or BM25 summed over terms).

    The stored text is decoded when `passage` is first read: fusion needs the ids of a hundred candidates but the text
    of a few, and decoding them all would cost as much as the search.
    """

    __slots__ = ("_passage", "_stored", "id", "score")

    def __init__(self, passage: PassageDoc, score: float) -> None:
        self.id = passage.id
        self.score = score
        self._passage: PassageDoc | None = passage
        self._stored: bytes | str = b""

    @classmethod
    def stored(cls, passage_id: int, stored: bytes | str, score: float) -> ScoredPassage:
        hit = cls.__new__(cls)
        hit.id, hit.score, hit._passage, hit._stored = passage_id, score, None, stored
        return hit

    @property
    def passage(self) -> PassageDoc:
        if self._passage is None:
            self._passage = decode_passage(self._stored)
        return self._passage

    def stored_bytes(self) -> bytes:
        """The passage as it is stored (JSON)."""
        if not self._stored:
            return encode_stored(self.passage)
        return self._stored.encode() if isinstance(self._stored, str) else self._stored

    def __repr__(self) -> str:
        return f"ScoredPassage(id={self.id}, score={self.score:.4f})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ScoredPassage):
            return NotImplemented
        return self.score == other.score and self.passage == other.passage

    __hash__ = None  # type: ignore[assignment]


class Leg(Sequence[ScoredPassage]):
    """The ranked candidates of one leg, best first: `ids` and `scores` as they are, each passage when it is read.

    A leg has a hundred candidates of which a search returns ten, so nothing is made of the others.
    """

    __slots__ = ("ids", "scores", "texts")

    def __init__(self, ids: Sequence[int], scores: Sequence[float], texts: Mapping[int, bytes]) -> None:
        """`texts` holds the stored passage (JSON) of at least these ids."""
        self.ids, self.scores, self.texts = ids, scores, texts

    @classmethod
    def of(cls, found: Sequence[ScoredPassage]) -> Leg:
        if isinstance(found, Leg):
            return found
        texts = {hit.id: hit.stored_bytes() for hit in found}
        return cls([hit.id for hit in found], [hit.score for hit in found], texts)

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, at: int) -> ScoredPassage: ...
    @overload
    def __getitem__(self, at: slice) -> list[ScoredPassage]: ...
    def __getitem__(self, at: int | slice) -> ScoredPassage | list[ScoredPassage]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        return ScoredPassage.stored(self.ids[at], self.texts[self.ids[at]], self.scores[at])

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Leg | list) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Leg({list(self)})"


@dataclass(frozen=True, slots=True)
class LegResults:
    """The ranked candidates of both legs, best first. A leg that was not asked for is empty."""

    dense: Sequence[ScoredPassage]
    sparse: Sequence[ScoredPassage]
