"""A run's results as a table, a case a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from evals.runs.figures import MEANS

_CASE: Final = ("question", "language", "shop_id", "intent", "expected", "kind", "weight", "good_answer")
COLUMNS: Final = ("case_id", "version", *_CASE, "sources", "retrieved", "said", "outcome", "badness", *MEANS)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_rows(results: Mapping[int, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows for `csv.DictWriter(…, COLUMNS)`. A text that a spreadsheet would run as a formula is made harmless."""
    for case_id, one in results.items():
        row = {
            "case_id": case_id,
            "version": one["version"],
            **{name: one["case"].get(name) for name in _CASE},
            "sources": " ".join(one["case"]["sources"]),
            "retrieved": " ".join(one["hits"]),
            "said": one["said"].get("text", ""),
            "outcome": one["said"].get("outcome", ""),
            "badness": one["badness"],
            **{name: one["metrics"].get(name, "") for name in MEANS},
        }
        yield {
            name: f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
            for name, value in row.items()
        }
