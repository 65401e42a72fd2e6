"""What is different between two versions' texts."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

import rjieba

RELATED = 0.3  # two lines with less in common are one that went and one that came, not one that was changed


@dataclass(frozen=True, slots=True)
class LineChange:
    """`kind`: equal, insert, delete or replace. `parts` marks (kind, words) within a replaced pair of lines."""

    kind: str
    old: str
    new: str
    parts: tuple[tuple[str, str], ...] = ()


def compare_texts(old: str, new: str) -> list[LineChange]:
    """What turns `old` into `new`, line by line; a replaced line also word by word, where Chinese words are those of
    the segmenter that search uses. Unchanged lines are included."""
    old_lines, new_lines = old.splitlines(), new.splitlines()
    changes: list[LineChange] = []
    matcher = SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        before, after = old_lines[old_start:old_end], new_lines[new_start:new_end]
        if kind == "equal":
            changes += [LineChange("equal", line, line) for line in before]
            continue
        paired = min(len(before), len(after))
        for at in range(paired):
            changes += _line_changes(before[at], after[at])
        changes += [LineChange("delete", line, "") for line in before[paired:]]
        changes += [LineChange("insert", "", line) for line in after[paired:]]
    return changes


def _line_changes(old: str, new: str) -> list[LineChange]:
    before, after = rjieba.cut(old), rjieba.cut(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < RELATED:
        return [LineChange("delete", old, ""), LineChange("insert", "", new)]
    parts: list[tuple[str, str]] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            parts.append(("equal", "".join(before[a:b])))
            continue
        pair = (("delete", "".join(before[a:b])), ("insert", "".join(after[c:d])))
        parts += [(name, text) for name, text in pair if text]
    return [LineChange("replace", old, new, tuple(parts))]
