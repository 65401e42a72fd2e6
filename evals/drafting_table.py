"""A drafting report as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from evals.drafting import MAX_SENTENCES, DraftingReport
from evals.selective import DECILES, PRECISION, Selective
from evals.statistics import Interval


def render_table(report: DraftingReport) -> str:
    """The report as plain text."""
    half = "" if report.half == "all" else f", {report.half} half"
    lines = [
        f"{report.dataset}{half}: at most {MAX_SENTENCES} sentences a draft; {report.without_answer} questions without "
        "an answer span left out"
    ]
    for title, group in [("all", report.overall), *report.groups.items()]:
        refused = group.answered_unanswerable
        lines += [
            "",
            f"{title}: {group.questions} answerable questions, {group.unanswerable} unanswerable",
            f"  {'':30}{'draft':>23}{'first sentence':>23}",
            f"  {'gold sentences, all questions':30}{_cell(group.gold_share):>23}{_cell(group.floor):>23}"
            f"   {group.times_floor:.2f} x",
            f"  {'  surest half of the drafts':30}{_cell(group.sure_half):>23}{'':>23}"
            f"   {group.sure_half_times_floor:.2f} x",
            f"  {'gold sentences, answerable':30}{_cell(group.gold_share_answerable):>23}"
            f"{_cell(group.floor_answerable):>23}",
            f"  {'questions with a gold sentence':30}{group.helped:>23.3f}{group.floor_helped:>23.3f}",
            f"  {'answered, answerable':30}{group.answered:>23.3f}{1:>23.3f}",
        ]
        if refused is not None:
            lines.append(f"  {'answered, unanswerable':30}{refused:>23.3f}{1:>23.3f}")
        lines.append(f"  {'a gold sentence among those read, of all questions':53}{group.reachable:>7.3f}")
        lines += _selective(group.selective)
    return "\n".join(lines)


def _selective(found: Selective) -> Iterator[str]:
    yield f"  if every question is answered, the surest first ({found.right:.3f} right):"
    yield f"  {'':30}{'confidence':>23}{'best passage score':>23}"
    yield (
        f"  {'AURC, the same sentences':30}{_cell(found.aurc):>23}{_cell(found.aurc_score):>23}"
        f"   {_cell(found.times_score)} x"
    )
    yield f"  {'AURC, its first sentence':30}{'':>23}{_cell(found.aurc_first):>23}   {_cell(found.times_first)} x"
    yield f"  {'AURC, right ones first':30}{found.aurc_best:>23.3f}"
    at = f"coverage at {PRECISION:.0%} right"
    yield f"  {at:30}{_cell(found.coverage):>23}{_cell(found.coverage_score):>23}"
    for share, (sure, score) in zip(DECILES, found.risks, strict=True):
        told = f"risk at {share:.0%}"
        yield f"    {told:28}{sure:>23.3f}{score:>23.3f}"


def _cell(value: Interval) -> str:
    return f"{value.mean:.3f} [{value.low:.3f},{value.high:.3f}]"
