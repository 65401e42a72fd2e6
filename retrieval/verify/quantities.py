"""Numbers with their meaning: amounts, percentages, dates, times, durations, counts, identifiers and contacts.

A number is read with its unit and its comparator ("within 7 days" is not "after 7 days", 7 days are not 7 working
days). Identifiers (order, tracking and telephone numbers), web and mail addresses are compared literally.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from retrieval.verify.comparators import CLASH, comparator
from retrieval.verify.lexicon import word_list
from retrieval.verify.numerals import normalize_numerals


@dataclass(frozen=True, slots=True)
class Quantity:
    """`value` is what is compared; `unit` is canonical ("day", "CNY", "%", "件"; "" when none is written).

    `kind`: url, email, id, date, time, amount, percent, discount, duration, count or number.
    `comparator`: le, ge, before, after or "". `start`/`end` are offsets in the normalised text.
    """

    kind: str
    value: str
    unit: str
    comparator: str
    start: int
    end: int
    text: str


class Match(StrEnum):
    SAME = "same"
    DOUBTFUL = "doubtful"  # the same value with a unit or comparator that may mean something else
    CONFLICT = "conflict"  # the same value with a unit or comparator that means something else
    OTHER = "other"


_DURATIONS = {
    "workday": r"个?工作日|(?:business|working|work)[ -]days?",
    "day": r"个?自然日|calendar days?|天|日(?!元)|days?",
    "hour": r"个?小时|个?钟头|hours?|hrs?",
    "minute": r"分钟|minutes?|mins?",
    "second": r"秒钟?|seconds?",
    "week": r"个?星期|周(?![一二三四五六日末年])|weeks?",
    "month": r"个?月|months?",
    "quarter": r"个?季度|quarters?",
    "year": r"周年|年|years?",
}
_CURRENCIES = {
    "CNY": r"人民币|元|块钱|块|cny|rmb|yuan|cn¥|¥",
    "USD": r"美元|美金|usd|us\$|\$|(?:us )?dollars?",
    "EUR": r"欧元|eur|€|euros?",
    "GBP": r"英镑|gbp|£|pounds?",
    "HKD": r"港币|港元|hkd|hk\$",
    "JPY": r"日元|jpy|yen",
}
_MEASURES = (
    r"公斤|千克|kg|毫升|ml|厘米|cm|毫米|mm|英寸|积分|gb|tb|mb|mah|个(?!人)|件"
    r"|次|台|双|套|张|瓶|盒|包|箱|份|斤|克|升|米|寸|倍"
    r"|分(?!钟)|点|级|位|名|人|条|款|笔|单|楼|层|号|期|瓦|小时"
)
_COUNT_UNIT = {"公斤": "kg", "千克": "kg", "毫升": "ml", "厘米": "cm", "毫米": "mm", "积分": "分"}
_EN_NOT_UNIT = word_list("en_not_units.txt")
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_MONTH = (
    r"(?P<mon>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_END = r"(?![a-z0-9])"

_URL = re.compile(
    r"(?:https?|ftp|hxxps?)://[^\s<>\"'，。；、）)】\]]+|www\.[^\s<>\"'，。；、）)】\]]+"
    r"|(?<![@\w.-])(?:[a-z0-9-]+\.)+(?:com|cn|net|org|io|shop|store|info|biz|xyz|top|site|online|app|co|me|cc|vip|club"
    r"|link|ru|tk|example|test)(?:/[^\s<>\"'，。；、）)】\]]*)?(?![a-z0-9-])"
)
_EMAIL = re.compile(r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_DATES = (
    re.compile(r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})(?!\d)\s*[日号]?t?"),
    re.compile(r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月(?:份)?"),
    re.compile(r"(?<!\d)(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]?(?!\d)"),
    re.compile(rf"(?<![a-z]){_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<y>\d{{4}}))?"),
    re.compile(rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}{_END}(?:,?\s+(?P<y>\d{{4}}))?"),
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d{2})\s*年(?!内|以)"),
)
_TIMES = (
    re.compile(
        r"(?P<pre>上午|早上|下午|晚上|凌晨|中午)?\s*(?<!\d)(?P<h>\d{1,2}):(?P<mi>\d{2})(?::\d{2})?(?:\s*(?P<ap>[ap])\.?m\b)?"
    ),
    re.compile(
        r"(?P<pre>上午|早上|下午|晚上|凌晨|中午)?\s*(?<![\d.])(?P<h>\d{1,2})\s*点(?!击"
        r"|赞)(?P<half>半)?(?:(?P<mi>\d{1,2})分?)?"
    ),
    re.compile(r"(?<![\d.])(?P<h>\d{1,2})\s*(?P<ap>[ap])\.?m\b"),
)
_ID = re.compile(
    r"(?<![a-z0-9])#?(?=[a-z0-9_-]*\d)(?:(?=[a-z0-9_-]*[a-z])[a-z0-9]+(?:[-_][a-z0-9]+)*|\d{8,})(?![a-z0-9])"
    r"|(?<![a-z0-9])(?:\+?\d{1,3}[- ])?(?:\(?\d{3,4}\)?[- ]){1,3}\d{3,8}(?![\d.])"
)
_UNIT = re.compile(
    "|".join(
        [f"(?P<{u}>(?:{p}))" + (_END if u else "") for u, p in _DURATIONS.items()]
        + [f"(?P<{c}>(?:{p}))" + _END for c, p in _CURRENCIES.items()]
        + [r"(?P<pct>%|percent|per cent)", r"(?P<zhe>折)", rf"(?P<measure>{_MEASURES}){_END}", r"(?P<word>[a-z]{2,})"]
    )
)
_PREFIX = re.compile("(?:" + "|".join(f"(?P<{c}>{p})" for c, p in _CURRENCIES.items()) + r")\s*$")
_NUMBER = re.compile(
    r"(?<![\d.])(?P<a>\d+(?:\.\d+)?)(?P<am>[万千百])?(?:\s*(?:-|~|–|—|至|到|to"
    r"|and)\s*[¥$€£]?(?P<b>\d+(?:\.\d+)?)(?P<bm>[万千百])?)?(?![\d])"
)
_SCALE = {"万": 10000, "千": 1000, "百": 100}


_Take = Callable[[str, str, str, str, int, int], None]


def _canonical(number: str, scale: str | None) -> str:
    value = Decimal(number) * _SCALE.get(scale or "", 1)
    text = format(value.normalize(), "f")
    return text


def _date(found: re.Match[str]) -> str:
    groups = found.groupdict()
    month = _MONTHS[groups["mon"][:3]] if groups.get("mon") else groups.get("m")
    parts = (groups.get("y"), month, groups.get("d"))
    return "-".join(str(int(part)) if part else "?" for part in parts)


def _time(found: re.Match[str]) -> str:
    groups = found.groupdict()
    hour = int(groups["h"])
    minute = 30 if groups.get("half") else int(groups.get("mi") or 0)
    if (groups.get("pre") in ("下午", "晚上") or groups.get("ap") == "p") and hour < 12:
        hour += 12
    if groups.get("ap") == "a" and hour == 12:
        hour = 0
    return f"{hour}:{minute:02d}"


def identifier(text: str) -> str:
    """An order, tracking or telephone number without separators, country code +86 and a leading '#', in lower case."""
    digits = re.sub(r"[^a-z0-9]", "", text.lower())
    return re.sub(r"^86(?=1\d{10}$)", "", digits)


def extract_quantities(text: str) -> tuple[list[Quantity], str]:
    """All quantities of `text` (already `normalize_numerals`-ed) in order, and the text with them blanked out."""
    found: list[Quantity] = []
    rest = text

    def take(kind: str, value: str, unit: str, comparator: str, start: int, end: int) -> None:
        nonlocal rest
        found.append(Quantity(kind, value, unit, comparator, start, end, text[start:end].strip()))
        rest = rest[:start] + "\x00" + " " * (end - start - 1) + rest[end:]

    if not any(c.isdigit() for c in text):
        if "." not in text:
            return [], text
        for pattern, kind in ((_EMAIL, "email"), (_URL, "url")):
            for m in pattern.finditer(rest):
                take(kind, m.group().rstrip("./,"), "", "", m.start(), m.end())
        return sorted(found, key=lambda q: q.start), rest
    for pattern, kind in ((_EMAIL, "email"), (_URL, "url")):
        for m in pattern.finditer(rest):
            take(kind, m.group().rstrip("./,"), "", "", m.start(), m.end())
    for pattern in _DATES:
        for m in pattern.finditer(rest):
            groups = m.groupdict()
            if (groups.get("m") and not 1 <= int(groups["m"]) <= 12) or (
                groups.get("d") and not 1 <= int(groups["d"]) <= 31
            ):
                continue
            take("date", _date(m), "", comparator(text, m.start(), m.end()), m.start(), m.end())
    for pattern in _TIMES:
        for m in pattern.finditer(rest):
            if int(m["h"]) <= 24:
                take("time", _time(m), "", comparator(text, m.start(), m.end()), m.start(), m.end())
    for m in _ID.finditer(rest):
        value = identifier(m.group())
        spaced = re.search(r"\d[ ()-]+\d", m.group()) is not None and value.isdigit()
        if spaced and len(value) < 9 and not value.startswith(("0", "400", "800")):
            continue  # "100-200" is a range
        if len(value) >= 5 and sum(c.isdigit() for c in value) >= 2 and not _is_measure(m.group()):
            take("id", value, "", "", m.start(), m.end())
    for m in _NUMBER.finditer(rest):
        _take_number(text, rest, m, take)
    return sorted(found, key=lambda q: q.start), rest


def _is_measure(token: str) -> bool:
    """ "256gb", "5000mah" and "100cny" are counts, not identifiers."""
    return (
        re.fullmatch(r"\d+(?:-\d+)?-?(?:kg|ml|cm|mm|gb|tb|mb|mah|cny|rmb|usd|days?|hours?|months?|years?)", token)
        is not None
    )


def _take_number(text: str, rest: str, m: re.Match[str], take: _Take) -> None:
    start, end = m.start(), m.end()
    scale_a, scale_b = m["am"], m["bm"]
    value = _canonical(m["a"], scale_a or (scale_b if m["b"] else None))
    if m["b"]:
        value = f"{value}~{_canonical(m['b'], scale_b)}"
    kind, unit = "number", ""
    prefix = _PREFIX.search(rest, max(0, start - 8), start)
    currency = next((c for c in _CURRENCIES if prefix and prefix[c]), "")
    after = re.compile(r"[\s-]*").match(rest, end)
    at = after.end() if after else end
    suffix = _UNIT.match(rest, at)
    if suffix is not None:
        group = suffix.lastgroup or ""
        if group in _DURATIONS:
            kind, unit, end = "duration", group, suffix.end()
        elif group in _CURRENCIES:
            kind, unit, end = "amount", group, suffix.end()
        elif group == "pct":
            kind, unit, end = "percent", "%", suffix.end()
        elif group == "zhe":
            kind, unit, end = "discount", "折", suffix.end()
        elif group == "measure":
            kind, unit, end = "count", _COUNT_UNIT.get(suffix.group(), suffix.group()), suffix.end()
        elif suffix.group() not in _EN_NOT_UNIT and not currency:
            kind, unit = "count", re.sub(r"(?<=[a-z]{2})(?:es|s)$", "", suffix.group())
    if currency and kind != "percent":
        kind, unit, start = "amount", currency, prefix.start() if prefix else start
    limit = comparator(text, start, end)
    take(kind, value, unit, limit, start, end)


def _same_date(a: str, b: str) -> bool:
    left, right = a.split("-"), b.split("-")
    return left[1:] == right[1:] and (left[0] == right[0] or "?" in (left[0], right[0]))


def compare(claim: Quantity, source: Quantity) -> Match:
    """How a quantity of a claim relates to one of a source."""
    if "id" in (claim.kind, source.kind):
        return Match.SAME if identifier(claim.value) == identifier(source.value) else Match.OTHER
    if claim.kind in ("url", "email") or source.kind in ("url", "email"):
        return Match.SAME if (claim.kind, claim.value) == (source.kind, source.value) else Match.OTHER
    if claim.kind == source.kind == "date":
        if not _same_date(claim.value, source.value):
            return Match.OTHER
    elif claim.value != source.value:
        return Match.OTHER
    elif (claim.kind, claim.unit) != (source.kind, source.unit):
        if "amount" in (claim.kind, source.kind) and claim.kind == source.kind and not (claim.unit and source.unit):
            pass  # an amount of the records whose currency is not written
        elif not claim.unit or not source.unit:
            return Match.DOUBTFUL
        else:
            return Match.CONFLICT
    if claim.comparator == source.comparator:
        return Match.SAME
    if frozenset((claim.comparator, source.comparator)) in CLASH:
        return Match.CONFLICT
    if "" in (claim.comparator, source.comparator) and not {"before", "after"} & {claim.comparator, source.comparator}:
        return Match.SAME
    return Match.DOUBTFUL


def comparable(claim: Quantity, source: Quantity) -> bool:
    """Whether the two could be values of the same thing, so that the wrong one may have been taken."""
    return claim.kind == source.kind and claim.kind not in ("id", "url", "email")


__all__ = ["Match", "Quantity", "comparable", "compare", "extract_quantities", "identifier", "normalize_numerals"]
