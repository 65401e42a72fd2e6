"""Replace personal data by placeholders: first what the records know of this person, then what looks like it.

A text keeps what is worth learning: policy amounts and periods, product names, hotlines of the shop. Placeholders are
`{name} {agent} {order_no} {tracking_no} {phone} {email} {address} {amount} {date} {id_card} {card_no} {number}`; a
draft fills those it knows from the next customer's records and drops a sentence with any other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

from knowledge.cases.patterns import PATTERNS

PLACEHOLDERS = (
    "name",
    "agent",
    "order_no",
    "tracking_no",
    "phone",
    "email",
    "address",
    "amount",
    "date",
    "id_card",
    "card_no",
    "number",
)
_EXISTING = re.compile(r"\{(?:" + "|".join(PLACEHOLDERS) + r")\}")
_WORDS = frozenset(
    {
        *("will", "may", "mark", "grace", "hope", "art", "bill", "rose", "summer", "april", "june", "august", "faith"),
        *("joy", "love", "price", "long", "white", "black", "green", "brown", "young", "small", "good", "best", "day"),
        *("case", "page", "power", "store", "an", "do", "so", "la", "de", "van", "da", "von", "del", "jr", "sr", "mr"),
        *("mrs", "ms", "dr"),
    }
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# A threshold is policy even when it equals this order's total: "满99元包邮".
_THRESHOLD_BEFORE = re.compile(
    r"(?:满|超过|不足|低于|高于|每|over|above|below|under|at least|than|every|minimum of)\s*[¥￥$]?\s*$", re.I
)
_THRESHOLD_AFTER = re.compile(r"^\s*(?:元|块)?\s*(?:以上|以下|以内|起|包邮|or more|or less|and up|minimum)", re.I)


@dataclass(frozen=True, slots=True)
class Personal:
    """What the records know of the people in a conversation. Values may be empty; amounts and dates are the orders'."""

    names: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    order_nos: frozenset[str] = frozenset()
    tracking_nos: frozenset[str] = frozenset()
    amounts: frozenset[Decimal] = frozenset()
    dates: frozenset[date] = frozenset()
    ids: frozenset[str] = frozenset()  # the person's ids in other systems


@dataclass(frozen=True, slots=True)
class Redacted:
    """`counts` is how many values were replaced, by placeholder."""

    text: str
    counts: Mapping[str, int] = field(default_factory=dict)


def redact(text: str, personal: Personal | None = None) -> Redacted:
    """`text` with placeholders. Redacting twice changes nothing."""
    counts: Counter[str] = Counter()
    for placeholder, expression in _known(personal or Personal()):
        text = _outside(text, placeholder, expression, counts)
    text = _amounts(text, personal or Personal(), counts)
    for pattern in PATTERNS:
        text = _outside(text, pattern.placeholder, pattern.expression, counts, pattern.accept)
    return Redacted(text, dict(counts))


def _outside(
    text: str,
    placeholder: str,
    expression: re.Pattern[str],
    counts: Counter[str],
    accept: object = None,
) -> str:
    """Replace the group `value` of every match that does not touch a placeholder that stands already."""

    def replace(match: re.Match[str]) -> str:
        value = match.group("value")
        if not value.strip() or _EXISTING.search(value) or (callable(accept) and not accept(value)):
            return match.group()
        counts[placeholder] += 1
        start, end = match.start("value") - match.start(), match.end("value") - match.start()
        whole = match.group()
        return f"{whole[:start]}{{{placeholder}}}{whole[end:]}"

    parts = re.split(f"({_EXISTING.pattern})", text) if placeholder in ("name", "agent", "number") else [text]
    return "".join(part if _EXISTING.fullmatch(part) else expression.sub(replace, part) for part in parts)


@lru_cache(maxsize=64)
def _known(personal: Personal) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What `_expressions` gives: compiled once for all the texts of a conversation."""
    return tuple(_expressions(personal))


def _expressions(personal: Personal) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Exact values of the records, the longest first; digits may be written with separators."""
    for value in _longest(personal.emails):
        yield "email", _literal(value)
    for value in _longest(personal.addresses):
        for part in _address_parts(value):
            yield "address", _literal(part)
    for placeholder, values in (("order_no", personal.order_nos), ("tracking_no", personal.tracking_nos)):
        for value in _longest(values):
            yield (
                placeholder,
                re.compile(rf"(?<![\dA-Za-z])(?P<value>#?{re.escape(value.lstrip('#'))})(?![\dA-Za-z])", re.I),
            )
            yield (
                placeholder,
                re.compile(rf"(?:尾号|后四位|ending in)\s*(?:为|是)?\s*(?P<value>{re.escape(value[-4:])})(?!\d)", re.I),
            )
    for value in _longest(personal.phones):
        digits = re.sub(r"\D", "", value)
        if len(digits) >= 6:
            separated = r"[ .()\-]{0,2}".join(digits)
            yield "phone", re.compile(rf"(?<!\d)(?P<value>[+(]?{separated})(?!\d)")
            if len(digits) == 11:  # 138****5678
                yield "phone", re.compile(rf"(?<!\d)(?P<value>{digits[:3]}\*+{digits[-4:]})(?!\d)")
    for placeholder, values in (("name", personal.names), ("agent", personal.agents)):
        for value in _longest(values):
            yield from ((placeholder, expression) for expression in _name_expressions(value))
    for value in _longest(personal.ids):
        if len(value) >= 5:
            yield "number", _literal(value)
    for day in sorted(personal.dates):
        yield "date", _date_expression(day)


def _longest(values: frozenset[str]) -> list[str]:
    return sorted((value.strip() for value in values if value and len(value.strip()) >= 2), key=lambda v: (-len(v), v))


def _literal(value: str) -> re.Pattern[str]:
    spaced = r"\s+".join(re.escape(part) for part in value.split())
    return re.compile(rf"(?<![A-Za-z\d])(?P<value>{spaced})(?![A-Za-z\d])", re.I)


def _address_parts(address: str) -> Iterator[str]:
    """The whole address, then its pieces that point at a door: streets with numbers, not towns alone."""
    yield address
    for piece in re.split(r"[,，;；\n]|\s{2,}|(?<=[省市区县])", address):
        piece = piece.strip()
        if len(piece) >= 5 and any(character.isdigit() for character in piece):
            yield piece


def _name_expressions(name: str) -> Iterator[re.Pattern[str]]:
    if re.search(r"[\u4e00-\u9fff]", name):
        yield re.compile(rf"(?P<value>{re.escape(name)})")
        return
    yield _literal(name)
    for part in name.split():
        # Case-sensitive, and not where it would be an ordinary word: "Will it ship in May?"
        if len(part.strip(".")) >= 2 and part.strip(".").lower() not in _WORDS:
            yield re.compile(rf"(?<![\w@])(?P<value>{re.escape(part)})(?:['’]s)?(?![\w@])")


@lru_cache(maxsize=1024)
def _date_expression(value: date) -> re.Pattern[str]:
    year, month, day = value.year, value.month, value.day
    name = _MONTHS[month - 1] + r"[a-z]*\.?"
    forms = (
        rf"(?:{year}\s*年\s*)?0?{month}\s*月\s*0?{day}\s*[日号]",
        rf"{year}[-/.]0?{month}[-/.]0?{day}",
        rf"(?:{name}\s+0?{day}(?:st|nd|rd|th)?|0?{day}(?:st|nd|rd|th)?\s+(?:of\s+)?{name})(?:,?\s+{year})?",
    )
    return re.compile(rf"(?<![\dA-Za-z])(?P<value>{'|'.join(forms)})(?!\d)", re.I)


def _amounts(text: str, personal: Personal, counts: Counter[str]) -> str:
    """Amounts of this customer's orders, written as money; thresholds of a policy stay."""
    if not personal.amounts:
        return text

    def replace(match: re.Match[str]) -> str:
        value = Decimal(match.group("number").replace(",", ""))
        before, after = text[: match.start()], text[match.end() :]
        money = match.group("mark") or match.group("unit")
        if value not in personal.amounts or not money:
            return match.group()
        if _THRESHOLD_BEFORE.search(before) or _THRESHOLD_AFTER.search((match.group("unit") or "") + after):
            return match.group()
        counts["amount"] += 1
        return "{amount}"

    return _MONEY.sub(replace, text)


_MONEY = re.compile(
    r"(?P<mark>[¥￥$€£]|RMB|CNY|USD|EUR)?\s?(?<![\d.])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?)(?![\d.]*\d)"
    r"(?:\s?(?P<unit>元|块钱|块|RMB|CNY|USD|EUR|dollars|yuan))?",
    re.I,
)
