"""Small stand-ins for encoder, searcher and classifier: lexical, deterministic, no model file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from retrieval.search import SearchResult
from retrieval.types import (
    PUBLIC,
    Classification,
    Fact,
    Hit,
    PassageDoc,
    Question,
    RecordCard,
    SearchScope,
)
from retrieval.verify.parse import is_soft, words_of


class FakeEncoder:
    """Counts its calls; the vector says nothing."""

    dimension = 4
    model_version = "fake"

    def __init__(self) -> None:
        self.calls = 0

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        self.calls += 1
        return np.ones((len(texts), 4), dtype=np.float32) / 2

    encode_passages = encode_queries


class FakeSearcher:
    """Ranks passages by words shared with the query. `leak` hits are returned whatever the scope, as a bug would."""

    def __init__(self, passages: Iterable[PassageDoc], leak: Iterable[PassageDoc] = ()) -> None:
        self.passages, self.leak = list(passages), list(leak)

    def search(self, query: str, scope: SearchScope, limit: int = 10, language: str | None = None) -> list[Hit]:
        wanted = {w for w in words_of(query) if not is_soft(w)}
        found = []
        for passage in [*(p for p in self.passages if p.audience in scope.audiences), *self.leak]:
            shared = wanted & set(words_of(passage.embed_text + " " + passage.answer))
            if shared:
                found.append((len(shared) / (len(wanted) or 1), passage))
        found.sort(key=lambda pair: -pair[0])
        return [
            Hit(passage, score, 0.80 + 0.08 * score, rank, score, rank)
            for rank, (score, passage) in enumerate(found[:limit], start=1)
        ]

    def search_vector(
        self, query: str, vector: object, scope: SearchScope, limit: int = 10, language: str | None = None
    ) -> SearchResult:
        return self.begin(query, scope, limit, language).result()

    def begin(
        self, query: str, scope: SearchScope, limit: int = 10, language: str | None = None, *, beside: bool = False
    ) -> FakeSearch:
        found = tuple(self.search(query, scope, limit, language))
        return FakeSearch(SearchResult(found, {"query": 0.0}, {"fusion": "fake"}))


class FakeSearch(contextlib.nullcontext[Any]):
    def __init__(self, found: SearchResult) -> None:
        super().__init__(self)
        self.result = lambda: found

    def supply(self, vector: object) -> None:
        self.vector = vector


class _Intent:
    topic = "none"
    stated = False


class FakeClassifier:
    """Always one intent that needs no records."""

    taxonomy: dict[str, _Intent] = {"any": _Intent()}
    model_version = "fake"

    def __init__(self, topic: str = "none", confidence: float = 0.9) -> None:
        self.confidence = confidence
        intent = _Intent()
        intent.topic, intent.stated = topic, topic in ("logistics", "refund")
        self.taxonomy = {"any": intent}

    def predict(self, text: str, vector: object, language: str | None = None) -> Classification:
        return Classification(
            "any", self.confidence, (("any", self.confidence),), None, "normal", language or "zh", "fake"
        )


def passage(number: int, text: str, title: str = "", language: str = "zh", **more: object) -> PassageDoc:
    values: dict[str, object] = {
        "source_kind": "article",
        "document_id": f"article:{number}",
        "version": 1,
        "span": (0, len(text)),
        "audience": PUBLIC,
        "published_at": datetime(2025, 1, 1, tzinfo=UTC),
    }
    return PassageDoc(id=number, title=title, text=text, language=language, **{**values, **more})  # type: ignore[arg-type]


def card(
    number: int, order_no: str, tracking_no: str, status: str = "运输中", amount: str = "1299.00 CNY"
) -> RecordCard:
    record = f"order:{number}"
    return RecordCard(
        record,
        f"订单 {order_no}",
        (
            Fact("order_no", order_no, record, "订单号"),
            Fact("tracking_no", tracking_no, record, "快递单号"),
            Fact("carrier", "京东快递", record, "承运商"),
            Fact("status", status, record, "状态"),
            Fact("amount", amount, record, "订单金额"),
            Fact("date", "2025-04-07 14:00:00", record, "预计送达"),
        ),
        {
            "zh:logistics": (
                f"您的订单{order_no}由京东快递承运，快递单号{tracking_no}，当前状态：{status}。",
                "预计2025年4月7日送达。",
            ),
            "en:logistics": (
                f"Your order {order_no} travels with JD Express, tracking number {tracking_no}, status: {status}.",
            ),
            "zh:order": (f"您的订单{order_no}金额为1299元，状态为{status}。",),
            "en:order": (f"Your order {order_no} has the status: {status}.",),
        },
    )


def question(text: str, **more: object) -> Question:
    return Question(text, more.pop("scope", SearchScope()), **more)  # type: ignore[arg-type]
