"""Limits around a number: within (le), at least (ge), before, after; and which of them exclude each other."""

from __future__ import annotations

import re

_BEFORE = (
    (
        re.compile(
            r"(?:不超过|不高于|不多于|不满|不足|最多|至多|最迟|最晚|最长|低于|少于|小于"
            r"|上限为?|within|up to|at most|no(?:t)? more than|no later than|not exceed(?:ing)?"
            r"|maximum (?:of )?|under|below|less than|fewer than)\s*(?:the |first )?$"
        ),
        "le",
    ),
    (
        re.compile(
            r"(?:至少|不少于|不低于|最少|最低|已?满|超过|超出|高于|大于|多于|逾|at least"
            r"|minimum (?:of )?|more than|over|above|exceed(?:s|ing)?|beyond)\s*$"
        ),
        "ge",
    ),
    (re.compile(r"(?:after|later than|since)\s*$"), "after"),
    (re.compile(r"(?:before|by|until)\s*$"), "before"),
)
_AFTER = (
    (re.compile(r"\s*(?:以内|之内|内(?!容|衣|存)|以下|or less|or fewer)"), "le"),
    (re.compile(r"\s*(?:及?以上|起(?!诉)|以外|之外|开外|\+|or (?:more|above|over)|and (?:above|over))"), "ge"),
    (re.compile(r"\s*(?:之后|以后|后|after|later)"), "after"),
    (re.compile(r"\s*(?:之前|以前|前|before)"), "before"),
)
CLASH = {frozenset(p) for p in (("le", "ge"), ("le", "after"), ("before", "after"), ("before", "ge"))}


def comparator(text: str, start: int, end: int) -> str:
    """The limit of the number at text[start:end]: le, ge, before, after or "" for none."""
    before = text[max(0, start - 20) : start]
    for pattern, name in _BEFORE:
        if pattern.search(before):
            return name
    for pattern, name in _AFTER:
        if pattern.match(text, end):
            return name
    return ""
