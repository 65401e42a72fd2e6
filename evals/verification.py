"""How often verification is wrong: false acceptances and false rejections on pairs that we wrote.

    python -m evals.verification [--pairs FILE] [--half development|held_out|both] [--json] [--show]

A pair is a source (with facts of an order, sometimes) and one sentence. A *false acceptance* is a sentence labelled
negated, swapped_* or unsupported whose verdict is SUPPORTED or NOT_A_CLAIM; a *false rejection* is a supported one
with any other verdict than SUPPORTED. Halves are by hash of the source, so that no source is in both: the rules and
word lists were adjusted on the development half only. Intervals are Clopper-Pearson, 95%.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scipy.stats import beta

from core.errors import InvalidInput
from retrieval.types import Fact, Verdict
from retrieval.verify import VERSION, verify_sentence

PAIRS = Path(__file__).with_name("data") / "verify_pairs.jsonl"
SUPPORTED = "supported"
LABELS = (SUPPORTED, "negated", "swapped_number", "swapped_unit", "swapped_entity", "unsupported")
DEVELOPMENT, HELD_OUT = "development", "held_out"


@dataclass(frozen=True, slots=True)
class Pair:
    id: str
    language: str
    source: str
    sentence: str
    label: str
    facts: tuple[Fact, ...] = ()

    @property
    def half(self) -> str:
        return HELD_OUT if hashlib.sha256(self.source.encode()).digest()[0] % 2 else DEVELOPMENT


@dataclass(frozen=True, slots=True)
class Rate:
    """`wrong` of `count`; `low` and `high` bound the rate with 95% confidence (Clopper and Pearson 1934)."""

    half: str
    language: str
    label: str
    wrong: int
    count: int
    low: float
    high: float

    @property
    def rate(self) -> float:
        return self.wrong / self.count if self.count else 0.0


def clopper_pearson(wrong: int, count: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a binomial rate. (0, 1) when nothing was counted."""
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, wrong, count - wrong + 1)) if wrong else 0.0
    high = float(beta.ppf(1 - tail, wrong + 1, count - wrong)) if wrong < count else 1.0
    return low, high


def read_pairs(path: Path = PAIRS) -> list[Pair]:
    """The pairs of a JSONL file. Raises InvalidInput that names the line."""
    pairs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            facts = tuple(Fact(f["kind"], f["value"], "order:1", f.get("label", "")) for f in row.get("facts", ()))
            pair = Pair(row["id"], row["language"], row["source"], row["sentence"], row["label"], facts)
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInput(f"{path.name}, line {number} is not a pair: {error!r}.") from None
        if pair.label not in LABELS:
            raise InvalidInput(f"{path.name}, line {number}: label {pair.label!r} is none of {', '.join(LABELS)}.")
        pairs.append(pair)
    return pairs


def is_wrong(pair: Pair) -> tuple[bool, Verdict, tuple[str, ...]]:
    """Whether the verdict on `pair` is an error, with the verdict and its reasons."""
    verdict, reasons = verify_sentence(pair.sentence, [pair.source], pair.facts)
    if pair.label == SUPPORTED:
        return verdict is not Verdict.SUPPORTED, verdict, reasons
    return verdict in (Verdict.SUPPORTED, Verdict.NOT_A_CLAIM), verdict, reasons


def measure(pairs: Sequence[Pair], half: str) -> list[Rate]:
    """Rates by language and label, then over all labels that must be rejected ("false_accept") and "false_reject"."""
    judged = [(pair, is_wrong(pair)[0]) for pair in pairs if pair.half == half]
    rates = []
    for language in ("zh", "en", "all"):
        rows = [(p, wrong) for p, wrong in judged if language in (p.language, "all")]
        for label in (*LABELS[1:], "false_accept", "false_reject"):
            if label == "false_accept":
                chosen = [wrong for p, wrong in rows if p.label != SUPPORTED]
            else:
                chosen = [wrong for p, wrong in rows if p.label == (SUPPORTED if label == "false_reject" else label)]
            low, high = clopper_pearson(sum(chosen), len(chosen))
            rates.append(Rate(half, language, label, sum(chosen), len(chosen), low, high))
    return rates


def report(rates: Iterable[Rate]) -> str:
    """A table for people."""
    lines = [f"{'half':<12} {'lang':<5} {'label':<15} {'wrong':>5} {'of':>4} {'rate':>6}  95% interval"]
    lines += [
        f"{r.half:<12} {r.language:<5} {r.label:<15} {r.wrong:>5} {r.count:>4} {r.rate:>6.3f}  "
        f"{r.low:.3f} to {r.high:.3f}"
        for r in rates
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.verification", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--pairs", type=Path, default=PAIRS)
    parser.add_argument("--half", choices=(DEVELOPMENT, HELD_OUT, "both"), default="both")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--show", action="store_true", help="list the errors of the development half")
    options = parser.parse_args(arguments)
    pairs = read_pairs(options.pairs)
    halves = (DEVELOPMENT, HELD_OUT) if options.half == "both" else (options.half,)
    rates = [rate for half in halves for rate in measure(pairs, half)]
    if options.json:
        text = json.dumps({"verifier": VERSION, "pairs": len(pairs), "rates": [asdict(rate) for rate in rates]})
    else:
        text = f"verifier {VERSION}, {len(pairs)} pairs\n{report(rates)}"
    sys.stdout.write(text + "\n")
    if options.show:
        for pair in pairs:
            wrong, verdict, reasons = is_wrong(pair)
            if wrong and pair.half == DEVELOPMENT:
                why = "; ".join(reasons)
                sys.stdout.write(f"{pair.id} {pair.label} → {verdict}: {pair.sentence}\n    {pair.source}\n    {why}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
