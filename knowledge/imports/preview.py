"""What search would find an imported document by, and what the document nearly repeats."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy.orm import Session

from knowledge.articles.queries import NEAR_DUPLICATE, near_duplicates
from knowledge.imports.prepared import Prepared
from knowledge.imports.report import Alike
from knowledge.passages import cut
from knowledge.similarity import bands, jaccard, shingles
from records.principals import Principal

SHOWN = 3  # near duplicates of a document


class Repetitions:
    """Remembers the documents of one import, so that two of them that say the same are told, too."""

    def __init__(self) -> None:
        self._texts: list[tuple[str, frozenset[str]]] = []
        self._by_band: dict[tuple[int, int], list[int]] = defaultdict(list)

    def of(
        self, session: Session, principal: Principal, document: Prepared, article_id: int | None
    ) -> tuple[Alike, ...]:
        """The most similar first. `article_id`: what the document is a new version of; that may say the same."""
        known = [
            Alike(row.article.id, row.current.title, round(score, 3))
            for row, score in near_duplicates(session, principal, document.source.body, exclude=article_id)
        ]
        alike = sorted([*known, *self._others(document)], key=lambda one: -one.similarity)
        return tuple(alike[:SHOWN])

    def _others(self, document: Prepared) -> list[Alike]:
        found = shingles(document.source.body)
        keys = list(enumerate(bands(found)))
        candidates = {at for key in keys for at in self._by_band.get(key, ())}
        scored = [(self._texts[at][0], jaccard(found, self._texts[at][1])) for at in sorted(candidates)]
        for key in keys:
            self._by_band[key].append(len(self._texts))
        self._texts.append((f"{document.source.title} ({document.source.place})", found))
        return [Alike(None, title, round(score, 3)) for title, score in scored if score >= NEAR_DUPLICATE]


def passages_of(document: Prepared) -> int:
    """How many passages the document would be cut into."""
    return len(cut(document.source.title, document.source.body, document.metadata.language))
