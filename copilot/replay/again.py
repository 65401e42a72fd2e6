"""The answer once more from exactly what it was made of: stored passages, stored classification, no index, no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from copilot.replay.report import Part, PartState, Replayed
from copilot.replay.stored import Stored
from retrieval.engine import Engine, Topics
from retrieval.index.store import Later
from retrieval.search import SearchResult
from retrieval.types import Answer, Classification, Hit, SearchScope
from retrieval.verify import verify_draft

LLM = "llm"
_Vector = npt.NDArray[np.float32]


class _NoEncoder:
    """Nothing is encoded: the hits are known."""

    model_version, dimension = "replay", 1

    def encode_queries(self, texts: Sequence[str]) -> _Vector:
        return np.zeros((len(texts), 1), np.float32)

    def encode_passages(self, texts: Sequence[str]) -> _Vector:
        return np.zeros((len(texts), 1), np.float32)


@dataclass(frozen=True)
class _Known:
    """Finds what was found, and says what was classified."""

    hits: tuple[Hit, ...]
    classification: Classification
    taxonomy: Topics

    @property
    def model_version(self) -> str:
        return self.classification.model_version

    def search(self, query: str, scope: SearchScope, limit: int = 10, language: str | None = None) -> list[Hit]:
        return list(self.hits)

    def search_vector(
        self, query: str, vector: _Vector, scope: SearchScope, limit: int = 10, language: str | None = None
    ) -> SearchResult:
        return SearchResult(self.hits, {}, {})

    def begin(
        self,
        query: str,
        scope: SearchScope,
        limit: int = 10,
        language: str | None = None,
        *,
        beside: bool = False,
    ) -> _Found:
        return _Found(self.hits)

    def predict(self, text: str, vector: _Vector, language: str | None = None) -> Classification:
        return self.classification


class _Found(Later):
    def __init__(self, hits: tuple[Hit, ...]) -> None:
        super().__init__(lambda _: list(hits), None)

    def result(self) -> SearchResult:
        return SearchResult(tuple(self.hits()), {}, {})


def replay(stored: Stored, taxonomy: Topics, parts: Sequence[Part]) -> Replayed:
    """Draft and verify again. What a language model wrote is not asked for again: it is not deterministic, so only the
    verification of its stored sentences is replayed (`reproduced` None)."""
    answer = stored.answer
    limits = _limits(stored, parts)
    verdicts = verify_draft(answer.draft, stored.question.records, stored.question.customer_name)
    same = all(
        _verdicts_agree(before.verdict, before.reasons, now.verdict, now.reasons)
        for before, now in zip(answer.draft.sentences, verdicts.sentences, strict=True)
    )
    if answer.draft.kind == LLM:
        limits.append(
            "A language model wrote this draft: asked again it may write something else, so it was not asked."
        )
        return Replayed(None, answer.draft.text, (), same, tuple(limits))
    known = _Known(stored.hits, answer.classification, taxonomy)
    engine = Engine(_NoEncoder(), known, known)
    again = engine.answer(stored.question, limit=max(1, len(stored.hits)))
    differences = _differences(answer, again)
    return Replayed(not differences, again.draft.text, tuple(differences), same, tuple(limits))


def _verdicts_agree(verdict: str, reasons: Sequence[str], now: str, now_reasons: Sequence[str]) -> bool:
    """The engine marks a quotation in another language after verification; that mark is not verification's."""
    foreign = any(reason.startswith("is in another language") for reason in reasons)
    return foreign or (verdict, tuple(reasons)) == (now, tuple(now_reasons))


def _limits(stored: Stored, parts: Sequence[Part]) -> list[str]:
    limits = []
    if stored.question.records or any(c.source_kind == "record" for c in stored.answer.draft.citations):
        limits.append("The customer's records are read as they are today: their state at the time is not kept.")
    if not stored.question.verified and any(c.source_kind == "record" for c in stored.answer.draft.citations):
        limits.append("The customer is no longer verified here, so no record can be read.")
    used = {one.passage.id for hit in stored.answer.hits for one in (hit, *hit.beside)}
    missing = sorted(used - set(stored.rows))
    if missing:
        limits.append(f"The rows of passages {', '.join(map(str, missing))} are gone: the answer's own copy is used.")
    for part in parts:
        if part.name in ("drafter", "verifier") and part.state == PartState.CHANGED:
            limits.append(
                f"The {part.name} was {part.then} and is {part.now} in this release: it is that one that runs."
            )
    return limits


def _differences(then: Answer, now: Answer) -> list[str]:
    found = []
    if then.draft.text != now.draft.text:
        found.append("the text")
    if then.draft.kind != now.draft.kind:
        found.append(f"the kind: {then.draft.kind} → {now.draft.kind}")
    cited_then = [(c.document_id, c.passage_id) for c in then.draft.citations]
    cited_now = [(c.document_id, c.passage_id) for c in now.draft.citations]
    if cited_then != cited_now:
        found.append("the sources cited")
    if [s.verdict for s in then.draft.sentences] != [s.verdict for s in now.draft.sentences]:
        found.append("the verdicts")
    if abs(then.draft.confidence - now.draft.confidence) > 1e-6:
        found.append(f"the confidence: {then.draft.confidence:.4f} → {now.draft.confidence:.4f}")
    return found
