"""An `Answer` as JSON and back: what a suggestion stores, whole, so that it can be shown and replayed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from math import isfinite
from typing import Any

from retrieval.types import (
    Answer,
    Citation,
    Classification,
    Draft,
    DraftSentence,
    Hit,
    PassageDoc,
    Verdict,
)


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """Only JSON types; times as ISO 8601 with offset."""
    plain = _plain(asdict(answer))
    assert isinstance(plain, dict)
    return plain


def answer_from_json(data: dict[str, Any]) -> Answer:
    """The inverse of `answer_to_json`."""
    draft = data["draft"]
    return Answer(
        question=data["question"],
        classification=_classification(data["classification"]),
        hits=tuple(map(_hit, data["hits"])),
        draft=Draft(
            **{
                **draft,
                "sentences": tuple(sentence_from_json(s) for s in draft["sentences"]),
                "citations": tuple(_citation(c) for c in draft["citations"]),
            }
        ),
        versions=data["versions"],
        latency_ms=data["latency_ms"],
        extras=data["extras"],
    )


def sentence_to_json(sentence: DraftSentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "citations": list(sentence.citations),
        "verdict": str(sentence.verdict),
        "reasons": list(sentence.reasons),
    }


def sentence_from_json(data: dict[str, Any]) -> DraftSentence:
    return DraftSentence(data["text"], tuple(data["citations"]), Verdict(data["verdict"]), tuple(data["reasons"]))


def _classification(data: dict[str, Any]) -> Classification:
    ranking = tuple((intent, confidence) for intent, confidence in data["ranking"])
    return Classification(**{**data, "ranking": ranking, "priority_reasons": tuple(data["priority_reasons"])})


def _hit(data: dict[str, Any]) -> Hit:
    beside = tuple(map(_hit, data.get("beside", ())))  # stored before there was any: none
    return Hit(**{**data, "passage": _passage(data["passage"]), "beside": beside})


def _passage(data: dict[str, Any]) -> PassageDoc:
    return PassageDoc(
        **{
            **data,
            "span": tuple(data["span"]),
            "shops": tuple(data["shops"]),
            **{key: _time(data[key]) for key in ("valid_from", "valid_to", "published_at")},
        }
    )


def _citation(data: dict[str, Any]) -> Citation:
    span = data["span"]
    return Citation(**{**data, "span": tuple(span) if span else None, "published_at": _time(data["published_at"])})


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if callable(item := getattr(value, "item", None)):  # a number or truth value of numpy
        return _plain(item())
    number = float(value)
    return number if isfinite(number) else 0.0  # PostgreSQL's JSON has no NaN and no infinity
