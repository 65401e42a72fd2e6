"""The index that the path is measured on: the demo shops' passages and variants of them, ten thousand in all.

Every demo article is cut and encoded as the product does it. The other points are variants: the sentences of a passage
with some of another one's, terms counted anew, and the passage's vector turned by about 15 degrees, a little more than
paraphrases are apart. Encoding them all would take minutes and search would not notice.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.yaml_text import parse_yaml
from retrieval import sparse
from retrieval.chunking import split
from retrieval.encoder.base import Encoder, Vectors
from retrieval.index.store import Point
from retrieval.sentences import sentences
from retrieval.types import INTERNAL, PUBLIC, PassageDoc, SearchScope

SOURCE: Final = Path(__file__).resolve().parents[2] / "demo"  # read as files: `demo` is no import of ours
POINTS: Final = 10_000
SHOPS: Final = ("lehuo", "homeco")
SEED: Final = 7
_TURN: Final = 0.27  # length of the noise added to a unit vector: arctan(.27) is 15 degrees
AT: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """A customer's question of the demo, and the scope in which the product answers it."""

    text: str
    scope: SearchScope


def questions() -> list[Asked]:
    """The demo's questions, answerable or not, Chinese and English; scope as in `copilot.prepare`."""
    raw = parse_yaml((SOURCE / "questions.yaml").read_text("utf-8"))
    rows: list[dict[str, Any]] = [*raw["answerable"], *raw["unanswerable"]]
    audiences = frozenset({PUBLIC, INTERNAL})
    return [Asked(row["text"], SearchScope(audiences, shop=SHOPS.index(row["shop"]) + 1, at=AT)) for row in rows]


def articles() -> list[tuple[dict[str, Any], str]]:
    """(front matter, body) of every demo article."""
    found = []
    for path in sorted((SOURCE / "articles").glob("*.md")):
        _, head, body = path.read_text("utf-8").split("---\n", 2)
        found.append((parse_yaml(head), body))
    return found


def passages() -> list[PassageDoc]:
    docs: list[PassageDoc] = []
    for number, (head, body) in enumerate(articles(), 1):
        for span in split(body, title=head["title"], language=head["language"]):
            docs.append(
                PassageDoc(
                    id=len(docs) + 1,
                    document_id=f"article:{number}",
                    source_kind="article",
                    title=head["title"],
                    text=span.text,
                    version=1,
                    span=(span.start, span.end),
                    language=head["language"],
                    audience=head["audience"],
                    shops=tuple(SHOPS.index(shop) + 1 for shop in head["shops"] or ()),
                    heading=span.heading,
                    category=head["category"],
                )
            )
    return docs


class KnowledgeBase:
    """`count` points; the same for every run of one encoder."""

    def __init__(self, encoder: Encoder, count: int = POINTS) -> None:
        self.encoder, self.count = encoder, count
        self.docs = passages()
        self.vectors = encoder.encode_passages([doc.embed_text for doc in self.docs])

    def batches(self, size: int = 256) -> Iterator[list[Point]]:
        rng, noise = random.Random(SEED), np.random.default_rng(SEED)
        batch: list[Point] = []
        for i in range(self.count):
            at = i % len(self.docs)
            vector = self.vectors[at]
            doc = self.docs[at]
            if i >= len(self.docs):
                doc, vector = _variant(doc, i, self.docs, rng), _turned(vector, noise)
            batch.append(Point(doc, vector, sparse.encode_passage(doc.embed_text)))
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch


def _variant(doc: PassageDoc, number: int, docs: Sequence[PassageDoc], rng: random.Random) -> PassageDoc:
    own = [span.text for span in sentences(doc.text, doc.language)]
    other = rng.choice(docs)
    foreign = [span.text for span in sentences(other.text, other.language)]
    kept = rng.sample(own, max(1, len(own) * 2 // 3))
    mixed = [*kept, *rng.sample(foreign, len(foreign) // 3)]
    copy = number // len(docs)
    article = doc.document_id.partition(":")[2]
    return replace(
        doc, id=number + 1, document_id=f"article:{copy}{article.zfill(4)}", text=" ".join(mixed), span=(0, 200)
    )


def _turned(vector: np.ndarray[Any, np.dtype[np.float32]], noise: np.random.Generator) -> Vectors:
    direction = noise.standard_normal(len(vector)).astype(np.float32)
    turned: Vectors = vector + _TURN * direction / np.linalg.norm(direction)
    return turned / np.float32(np.linalg.norm(turned))
