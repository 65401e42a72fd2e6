"""What an adapter learns from: questions with the passages that a person stood behind, and what search finds for them.

Held-out sets are made by the hash of the question, near-duplicates together: a question that was seen in other words
would flatter what was trained on it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from retrieval import sparse
from retrieval.encoder.base import Vectors
from retrieval.index.legs import Leg
from retrieval.index.store import VectorStore
from retrieval.search import LEG_DEPTH
from retrieval.types import Language, PassageDoc, SearchScope

NEAR_DUPLICATE = 0.6  # Jaccard similarity of character bigrams
_LEFT_OUT = re.compile(r"[\W_]+")
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Passages:
    """Everything that can be found: `vectors` float32 (n, dimension), L2-normalised, in the order of `passages`."""

    passages: Sequence[PassageDoc]
    vectors: Vectors

    def about(self, passage_id: int) -> tuple[str, Language]:
        """Document id and language, by row: what fusion asks."""
        passage = self.passages[passage_id]
        return passage.document_id, passage.language


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question and the ids of the documents that answer it, as accepted citations or a BEIR folder give them.

    `passages`, when known and still there, say which passages of these documents; else all of them teach.
    """

    text: str
    documents: frozenset[str]
    language: Language
    scope: SearchScope = field(default_factory=SearchScope)
    passages: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Example:
    """`vector` as encoded, not adapted; `relevant` the rows to be found, `documents` their documents; `sparse` the
    BM25 leg, by row; `allowed` None: every row lies within the question's scope."""

    text: str
    language: Language
    vector: Vectors
    relevant: Rows
    documents: frozenset[str]
    sparse: Leg
    allowed: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """Examples with the collection that their rows count in."""

    examples: Sequence[Example]
    collection: Passages


def examples(
    questions: Sequence[Labelled],
    vectors: Vectors,
    collection: Passages,
    store: VectorStore,
    progress: Callable[[int, int], None] | None = None,
) -> list[Example]:
    """Questions with what they should find in `collection`; one whose documents are all outside of it is left out.

    The sparse leg is that of the index which serves, `store`; it holds the passages of `collection` by their ids.
    """
    row_of = {passage.id: row for row, passage in enumerate(collection.passages)}
    rows_of: dict[str, list[int]] = {}
    for row, passage in enumerate(collection.passages):
        rows_of.setdefault(passage.document_id, []).append(row)
    masks: dict[tuple[frozenset[str], int | None], NDArray[np.bool_] | None] = {}
    found: list[Example] = []
    for number, (question, vector) in enumerate(zip(questions, vectors, strict=True), 1):
        scope = question.scope
        key = (scope.audiences, scope.shop)
        if key not in masks:
            masks[key] = _allowed(collection, scope)
        allowed = masks[key]
        inside = sorted(row for document in question.documents for row in rows_of.get(document, ()))
        inside = [row for row in inside if allowed is None or allowed[row]]
        named = [row for row in inside if collection.passages[row].id in question.passages]
        relevant = np.array(named or inside, np.int64)
        if relevant.size:
            leg = Leg.of(store.search(None, sparse.encode_query(question.text), scope, LEG_DEPTH).sparse)
            places = [(row_of[one], score) for one, score in zip(leg.ids, leg.scores, strict=True) if one in row_of]
            rows = Leg([row for row, _ in places], [score for _, score in places], {})
            documents = frozenset(collection.passages[row].document_id for row in relevant)
            found.append(Example(question.text, question.language, vector, relevant, documents, rows, allowed))
        if progress is not None and (number % 100 == 0 or number == len(questions)):
            progress(number, len(questions))
    return found


def merged(corpora: Sequence[Corpus]) -> Corpus:
    """All examples over all collections; each still finds passages of its own collection only."""
    corpora = [corpus for corpus in corpora if corpus.collection.passages]
    if len(corpora) < 2:
        return corpora[0] if corpora else Corpus([], Passages([], np.empty((0, 0), np.float32)))
    total = sum(len(corpus.collection.passages) for corpus in corpora)
    found: list[Example] = []
    start = 0
    for corpus in corpora:
        count = len(corpus.collection.passages)
        masks: dict[int, NDArray[np.bool_]] = {}
        for example in corpus.examples:
            key = id(example.allowed)
            if key not in masks:
                masks[key] = np.zeros(total, np.bool_)
                masks[key][start : start + count] = True if example.allowed is None else example.allowed
            leg = Leg([row + start for row in example.sparse.ids], example.sparse.scores, {})
            found.append(replace(example, relevant=example.relevant + start, sparse=leg, allowed=masks[key]))
        start += count
    passages = [passage for corpus in corpora for passage in corpus.collection.passages]
    return Corpus(found, Passages(passages, np.concatenate([corpus.collection.vectors for corpus in corpora])))


def _allowed(collection: Passages, scope: SearchScope) -> NDArray[np.bool_] | None:
    inside = np.array(
        [
            passage.audience in scope.audiences
            and (scope.shop is None or not passage.shops or scope.shop in passage.shops)
            for passage in collection.passages
        ],
        np.bool_,
    )
    return None if inside.all() else inside


def folds(texts: Sequence[str], count: int, salt: str = "") -> NDArray[np.int64]:
    """The fold (0 … count-1) of each question: SHA-256 of the group of near-duplicates that it belongs to.

    The same questions fall into the same folds on every machine. `salt` gives another division, as for an inner one.
    Raises InvalidInput for less than two folds.
    """
    if count < 2:
        raise InvalidInput(f"At least two folds are needed, not {count}.")
    groups = near_duplicates(texts)
    names: dict[int, str] = {}
    for text, group in zip(texts, groups, strict=True):
        plain = _plain(text)
        names[group] = min(names.get(group, plain), plain)
    return np.array([_hash(f"{salt}\0{names[group]}") % count for group in groups], np.int64)


def near_duplicates(texts: Sequence[str]) -> list[int]:
    """The number of each text's group: linked, also by others between, by `NEAR_DUPLICATE` or more."""
    shingles = [_shingles(_plain(text)) for text in texts]
    parent = list(range(len(texts)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    holders: dict[str, list[int]] = {}
    for number, own in enumerate(shingles):
        shared: dict[int, int] = {}
        for shingle in own:
            for other in holders.get(shingle, ()):
                shared[other] = shared.get(other, 0) + 1
            holders.setdefault(shingle, []).append(number)
        for other, common in shared.items():
            if common / (len(own) + len(shingles[other]) - common) >= NEAR_DUPLICATE:
                parent[root(number)] = root(other)
    return [root(number) for number in range(len(texts))]


def _plain(text: str) -> str:
    return _LEFT_OUT.sub("", unicodedata.normalize("NFKC", text).lower())


def _shingles(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)} or {text}


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def take(rows: Sequence[Example], places: Iterable[int]) -> list[Example]:
    return [rows[place] for place in places]
