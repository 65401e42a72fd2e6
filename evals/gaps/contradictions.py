"""Which sentences of the knowledge contradict each other, or what agents have answered lately."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from evals.gaps.conflicts import SHARED, Conflict, Statement, conflict, content_words
from knowledge.similarity import normalise
from retrieval.sentences import sentences
from retrieval.types import PassageDoc
from retrieval.verify import carries_instruction, has_placeholder


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of an article (`article_id`, with its version) or of a reply (`case_id`). No `shops`: everywhere."""

    title: str
    text: str
    language: str
    shops: tuple[int, ...]
    article_id: int | None = None
    version: int | None = None
    case_id: int | None = None

    @property
    def statement(self) -> Statement:
        return Statement(self.title, self.text)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`left` is of an article; `right` of another one, or of a reply."""

    left: Said
    right: Said
    conflict: Conflict

    @property
    def key(self) -> str:
        """The same as long as both sentences stay as they are."""
        texts = "\0".join(normalise(one.text) for one in (self.left, self.right))
        digest = hashlib.sha256(texts.encode()).hexdigest()[:16]
        other = f"a{self.right.article_id}" if self.right.article_id else "replies"
        return f"contradiction:a{self.left.article_id}:{other}:{digest}"


def said_in_articles(docs: Sequence[PassageDoc]) -> list[Said]:
    """Every sentence once; passages may overlap. A row of a table says nothing without its head and is left out."""
    found: dict[tuple[str, str], Said] = {}
    for doc in docs:
        if doc.source_kind != "article":
            continue
        article_id = int(doc.document_id.partition(":")[2])
        for span in sentences(doc.text, doc.language):
            if span.text.startswith("|"):
                continue
            said = Said(doc.title, span.text, doc.language, doc.shops, article_id, doc.version)
            found.setdefault((doc.document_id, span.text), said)
    return list(found.values())


def said_in_replies(replies: Sequence[tuple[int, int | None, str, str]]) -> list[Said]:
    """`replies` as of `evidence.recent_replies`. What holds for one customer only (a blank was left) is left out."""
    return [
        Said("", span.text, language, () if shop_id is None else (shop_id,), case_id=case_id)
        for case_id, shop_id, language, text in replies
        for span in sentences(text, language)
        if not has_placeholder(span.text) and not carries_instruction(span.text)
    ]


def contradictions(said: Sequence[Said]) -> list[Contradiction]:
    """Every pair of one language whose shops overlap, of which one at least is of an article.

    Within one article steps, levels and exceptions stand in a row of alike sentences: they are not compared.

    No pair is lost: two sentences that share `SHARED` of their words share one of the rarest of each (prefix filter,
    Chaudhuri, Ganti and Kaushik 2006).
    """
    words = [content_words(one.text) for one in said]
    frequency = Counter(word for own in words for word in own)
    index: dict[str, list[int]] = {}
    found: dict[tuple[int | None, int | None, str, str], Contradiction] = {}
    for at, (one, own) in enumerate(zip(said, words, strict=True)):
        rare = sorted(own, key=lambda word: (frequency[word], word))
        prefix = rare[: len(rare) - ceil(SHARED * len(rare) - 1e-9) + 1]
        for other in sorted({place for word in prefix for place in index.get(word, ())}):
            for pair in _compared(said[other], one):
                sides = (pair.left.article_id, pair.right.article_id, pair.left.text, pair.right.text)
                found.setdefault(sides, pair)
        for word in prefix:
            index.setdefault(word, []).append(at)
    return list(found.values())


def _compared(one: Said, other: Said) -> Iterator[Contradiction]:
    if one.article_id is None:
        one, other = other, one
    if one.article_id is None or one.language != other.language or one.article_id == other.article_id:
        return
    if one.shops and other.shops and not set(one.shops) & set(other.shops):
        return
    if other.article_id is not None and (other.article_id, other.text) < (one.article_id, one.text):
        one, other = other, one
    if (differs := conflict(one.statement, other.statement)) is not None:
        yield Contradiction(one, other, differs)
