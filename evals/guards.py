"""How often the promise guard and the complaint classifier are wrong, on sentences that we wrote.

    python -m evals.guards [--half development|held_out|both] [--rules-only] [--fit] [--show]

`promise_missed`: a promise that is not marked (it could be sent); `promise_false`: a harmless sentence that is marked.
`complaint_missed`: a complaint of any level taken for none; `complaint_false`: a plain message taken for a complaint;
`level_wrong`: a complaint whose level is another one. Halves are by hash of the text; rules, words and the margin were
adjusted on the development half only (`--show` and `--fit` know no other). Deterministic; intervals are
Clopper-Pearson, 95%. One JSON line a figure.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.settings import get_settings
from evals.verification import DEVELOPMENT, HELD_OUT, clopper_pearson
from retrieval.classify.mood import MARGIN, MoodPrototypes, load_prototypes, read_mood
from retrieval.encoder.load import load_encoder
from retrieval.verify.promises import promised

DATA = Path(__file__).with_name("data")
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Judged:
    text: str
    language: str
    wanted: str
    found: str
    half: str


@dataclass(frozen=True, slots=True)
class Embedded:
    """The messages' embeddings by text, and the prototypes that they are compared with."""

    vectors: dict[str, Floats]
    prototypes: MoodPrototypes


def half_of(text: str) -> str:
    return HELD_OUT if hashlib.sha256(text.encode()).digest()[0] % 2 else DEVELOPMENT


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def judge_promises() -> list[Judged]:
    """`wanted` and `found` are "promise" or "fine"."""
    return [
        Judged(
            row["sentence"],
            row["language"],
            row["label"],
            "promise" if promised(row["sentence"]) else "fine",
            half_of(row["sentence"]),
        )
        for row in _rows("promises.jsonl")
    ]


def embed_moods() -> Embedded:
    """With the configured encoder. Raises ConfigurationError when it is not prepared."""
    encoder = load_encoder(get_settings())
    texts = [row["text"] for row in _rows("moods.jsonl")]
    return Embedded(dict(zip(texts, encoder.encode_queries(texts), strict=True)), load_prototypes(encoder))


def judge_moods(embedded: Embedded | None = None, margin: float = MARGIN) -> list[Judged]:
    """`wanted` and `found` are complaint levels; without `embedded` by the rules alone."""
    found = []
    for row in _rows("moods.jsonl"):
        text = row["text"]
        mood = read_mood(text, embedded.vectors[text], embedded.prototypes, margin) if embedded else read_mood(text)
        found.append(Judged(text, row["language"], row["complaint"], str(mood.complaint), half_of(text)))
    return found


def figures(promises: Sequence[Judged], moods: Sequence[Judged], half: str) -> Iterator[dict[str, Any]]:
    """One dict a figure and language: name, half, language, wrong, count, rate, low, high."""
    for language in ("zh", "en", "all"):
        p = [one for one in promises if one.half == half and language in (one.language, "all")]
        m = [one for one in moods if one.half == half and language in (one.language, "all")]
        told = [one for one in m if "none" not in (one.wanted, one.found)]
        groups = {
            "promise_missed": [one.found == "fine" for one in p if one.wanted == "promise"],
            "promise_false": [one.found == "promise" for one in p if one.wanted == "fine"],
            "complaint_missed": [one.found == "none" for one in m if one.wanted != "none"],
            "complaint_false": [one.found != "none" for one in m if one.wanted == "none"],
            "level_wrong": [one.found != one.wanted for one in told],
        }
        for name, wrong in groups.items():
            low, high = clopper_pearson(sum(wrong), len(wrong))
            yield {
                "figure": name, "half": half, "language": language, "wrong": sum(wrong), "count": len(wrong),
                "rate": round(sum(wrong) / len(wrong), 4) if wrong else None, "low": round(low, 4),
                "high": round(high, 4),
            }  # fmt: skip


def best_margin(embedded: Embedded) -> float:
    """The margin with the largest F1 of "a complaint" on the development half; of equals the middle one."""
    scored = []
    for margin in np.round(np.arange(-0.02, 0.06, 0.002), 4):
        rows = [one for one in judge_moods(embedded, float(margin)) if one.half == DEVELOPMENT]
        hits = sum(one.wanted != "none" and one.found != "none" for one in rows)
        both = sum(one.wanted != "none" for one in rows) + sum(one.found != "none" for one in rows)
        scored.append((2 * hits / both, float(margin)))
    best = [margin for score, margin in scored if score == max(scored)[0]]
    return best[len(best) // 2]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.guards", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--half", choices=(DEVELOPMENT, HELD_OUT, "both"), default="both")
    parser.add_argument("--rules-only", action="store_true", help="without the embedding model")
    parser.add_argument("--fit", action="store_true", help="print the best margin of the development half")
    parser.add_argument("--show", action="store_true", help="list the errors of the development half")
    options = parser.parse_args(arguments)
    embedded = None if options.rules_only else embed_moods()
    if options.fit and embedded is not None:
        sys.stdout.write(json.dumps({"figure": "margin", "value": best_margin(embedded)}) + "\n")
    promises, moods = judge_promises(), judge_moods(embedded)
    for half in (DEVELOPMENT, HELD_OUT) if options.half == "both" else (options.half,):
        for figure in figures(promises, moods, half):
            sys.stdout.write(json.dumps(figure) + "\n")
    if options.show:
        for one in (*promises, *moods):
            if one.half == DEVELOPMENT and one.wanted != one.found:
                sys.stdout.write(f"{one.wanted} → {one.found}: {one.text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
