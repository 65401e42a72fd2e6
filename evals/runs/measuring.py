"""One case against what the copilot says to it now: the figures of that case alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

from copilot.asking import Asked
from copilot.models import Outcome
from evals.cases.models import Expected
from retrieval.types import Answer, Verdict

DEPTH = 10
_NUMBER = ("number", "amount", "date", "period", "percent")


@dataclass(frozen=True, slots=True)
class Measured:
    """`metrics` by name, only those that the case has a label for; `badness` orders the review queue."""

    hits: list[str]
    said: dict[str, Any]
    metrics: dict[str, float]
    badness: float


def measure(case: Mapping[str, Any], asked: Asked) -> Measured:
    """`case` is the content of a case version (`evals.cases.versions.CONTENT`).

    right (0 or 1): of a case to answer, every sentence is supported and a relevant source is cited; of one to hand
    over, nothing was stated. Absent when the case has no label for it.
    """
    answer = asked.answer
    hits = list(dict.fromkeys(hit.passage.document_id for hit in answer.hits))
    relevant = set(case["sources"])
    cited = {c.document_id for c in answer.draft.citations if c.source_kind != "record"}
    metrics = {
        **(retrieval_metrics(relevant, hits) if relevant else {}),
        **_classification(case, answer),
        **_drafting(case, answer, relevant, cited),
        **_decision(case, asked, relevant, cited),
        "latency_ms": float(answer.latency_ms.get("total", 0.0)),
        "llm_call": float(answer.draft.kind == "llm" or "llm_error" in answer.extras),
    }
    return Measured(hits, _said(asked, cited), metrics, badness(case, metrics))


def retrieval_metrics(relevant: set[str], hits: Sequence[str]) -> dict[str, float]:
    """nDCG@10 (Järvelin & Kekäläinen 2002), recall@10 and reciprocal rank@10 of document ids in order, best first.

    Every relevant document gains 1, so these are ir-measures' values (a test compares), without its dependencies.
    """
    ranks = [rank for rank, document in enumerate(hits[:DEPTH], 1) if document in relevant]
    ideal = sum(1 / log2(rank + 1) for rank in range(1, min(len(relevant), DEPTH) + 1))
    return {
        "ndcg@10": sum(1 / log2(rank + 1) for rank in ranks) / ideal,
        "recall@10": len(ranks) / len(relevant),
        "mrr@10": 1 / ranks[0] if ranks else 0.0,
    }


def badness(case: Mapping[str, Any], metrics: Mapping[str, float]) -> float:
    """How much an editor should look at it: sent and wrong, then wrong, then numbers, then not found; 0: all well."""
    wrong = metrics.get("right") == 0
    score = 8.0 * (wrong and metrics.get("auto", 0) == 1)
    score += 4.0 * (wrong and metrics.get("answered", 0) == 1) + 3.0 * min(metrics.get("number_errors", 0), 1)
    score += 2.0 * (1 - metrics.get("mrr@10", 1.0)) + (1 - metrics.get("sentence_support", 1.0))
    score += 1.0 * (metrics.get("abstention_right") == 0) + 0.5 * (metrics.get("intent_right") == 0)
    if score and case["dangerous"]:
        score += 2.0
    if case["status"] == "review":
        score += 1.0  # nobody has said yet what would be right
    return float(score)


def _classification(case: Mapping[str, Any], answer: Answer) -> dict[str, float]:
    found = answer.classification
    if not case["intent_by_person"]:
        return {}
    best = found.ranking[0][0] if found.ranking else found.intent
    return {"intent_right": float(best == case["intent"]), "intent_confidence": float(found.confidence)}


def _drafting(case: Mapping[str, Any], answer: Answer, relevant: set[str], cited: set[str]) -> dict[str, float]:
    draft = answer.draft
    claims = [s for s in draft.sentences if s.verdict is not Verdict.NOT_A_CLAIM]
    figures = {"answered": float(draft.answered)}
    if claims:
        supported = sum(s.verdict is Verdict.SUPPORTED for s in claims)
        wrong_numbers = [
            s for s in claims if s.verdict is not Verdict.SUPPORTED and any(n in r for r in s.reasons for n in _NUMBER)
        ]
        figures |= {"sentence_support": supported / len(claims), "number_errors": float(len(wrong_numbers))}
    if relevant and draft.answered:
        if cited:
            figures["citation_precision"] = len(cited & relevant) / len(cited)
        figures["citation_recall"] = len(cited & relevant) / len(relevant)
    if case["expected"] != Expected.UNKNOWN:
        figures["abstention_right"] = float(draft.answered == (case["expected"] == Expected.ANSWER))
    return figures


def _decision(case: Mapping[str, Any], asked: Asked, relevant: set[str], cited: set[str]) -> dict[str, float]:
    draft = asked.answer.draft
    figures = {
        "auto": float(asked.ruling.outcome == Outcome.AUTO_SEND),
        "handed_over": float(asked.ruling.outcome == Outcome.HAND_OVER),
        "confidence": float(draft.confidence),
    }
    if case["expected"] == Expected.HAND_OVER:
        figures["right"] = float(not draft.answered or asked.ruling.outcome == Outcome.HAND_OVER)
    elif case["expected"] == Expected.ANSWER and relevant:
        figures["right"] = float(draft.answered and draft.all_supported and bool(cited & relevant))
    return figures


def _said(asked: Asked, cited: set[str]) -> dict[str, Any]:
    answer = asked.answer
    found = answer.classification
    kinds = sorted({hit.passage.source_kind for hit in answer.hits[:1]})
    return {
        "text": answer.draft.text,
        "kind": answer.draft.kind,
        "sentences": [
            {"text": s.text, "verdict": str(s.verdict), "reasons": list(s.reasons)} for s in answer.draft.sentences
        ],
        "cited": sorted(cited),
        "outcome": str(asked.ruling.outcome),
        "reason": asked.ruling.reason,
        "intent": found.ranking[0][0] if found.ranking else found.intent,
        "source_type": kinds[0] if kinds else "none",
    }
