"""Amounts, times and whole numbers as shops write them. Every ValueError says how to write it instead."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo


class BadCell(ValueError):
    """`code` names the mistake for those who say it in another language."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


_CURRENCY_MARKS = re.compile(r"(?i)(?:人民币|美元|cny|rmb|usd|us\$|eur|gbp|hkd|hk\$|[¥￥$€£元])")
_AMOUNT = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|[+-]?\.\d+")
_PLACES = Decimal("0.0001")
MAX_AMOUNT = Decimal(10) ** 12

CURRENCIES = {
    "人民币": "CNY",
    "元": "CNY",
    "RMB": "CNY",
    "¥": "CNY",
    "美元": "USD",
    "$": "USD",
    "US$": "USD",
    "欧元": "EUR",
}

_ZH_TIME = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?"
    r"(?:[T\s]*(\d{1,2})\s*[:时点]\s*(\d{1,2})\s*(?:[:分]\s*(?:(\d{1,2})(?:\.(\d{1,9}))?)?\s*秒?)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\".]+(?:\.[^@\s<>,;:\".]+)+")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?")
_EPOCH = re.compile(r"\d{10}|\d{13}")


def parse_email(text: str) -> str:
    """An address as it can be written to, or as another system masks it ("a***@qq.com"); an IDN's too. Raises
    ValueError for anything that nothing could be sent to, such as a name or a telephone number."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not _EMAIL.fullmatch(plain):
        raise BadCell("not_email", "is not an e-mail address: write it as name@example.com, or leave the cell empty")
    return plain


def parse_money(text: str) -> Decimal:
    """An exact amount: "1,299.00", "¥1299", "1299元", "-5.5". At most four decimal places.

    Raises ValueError for anything else; "12,50" and "1.299,00" are refused, since a comma may mean either.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    bare = _CURRENCY_MARKS.sub("", plain).replace(" ", "")
    if not _AMOUNT.fullmatch(bare):
        raise BadCell("not_amount", "is not an amount: write it as 1299.00")
    amount = Decimal(bare.replace(",", ""))
    if abs(amount) >= MAX_AMOUNT:
        raise BadCell("too_large", "is too large for an amount: at most 12 digits before the point")
    rounded = amount.quantize(_PLACES, ROUND_HALF_UP)
    if abs(rounded - amount) > Decimal("1e-6"):  # less is the noise of a spreadsheet's floating-point numbers
        raise BadCell("too_precise", "has more than four decimal places: round it")
    return rounded.normalize() + Decimal(0)  # no "-0" and no "1.3E+3"


def parse_int(text: str) -> int:
    """A whole number; "2.0" and "1,000" are taken. Raises ValueError."""
    amount = parse_money(text)
    if amount != amount.to_integral_value():
        raise BadCell("not_whole", "is not a whole number: write it as 2")
    return int(amount)


def parse_time(text: str, zone: ZoneInfo) -> datetime:
    """An aware UTC time. Without an offset the clock is the shop's (`zone`).

    Taken: 2025-04-05 10:24[:30], 2025/4/5, 2025年4月5日 10时24分, ISO 8601 with offset or Z, 20250405102430,
    and seconds or milliseconds since 1970. Raises ValueError for others: 04/05/2025 may be April or May.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        if _EPOCH.fullmatch(plain):
            seconds = int(plain) / (1000 if len(plain) == 13 else 1)
            return _sane(datetime.fromtimestamp(seconds, UTC))
        found = _ZH_TIME.fullmatch(plain) or _COMPACT.fullmatch(plain)
        if found is None:
            raise ValueError
        year, month, day, hour, minute, second, *rest = found.groups()
        fraction, offset = rest or (None, None)
        naive = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0),
            int((fraction or "0")[:6].ljust(6, "0")),
        )  # fmt: skip
        if offset is None:
            return _sane(naive.replace(tzinfo=zone).astimezone(UTC))
        return _sane(datetime.fromisoformat(f"{naive.isoformat()}{offset.upper()}").astimezone(UTC))
    except (ValueError, OverflowError, OSError):
        raise BadCell("not_time", "is not a time: write it as 2025-04-05 10:24:00") from None


def _sane(moment: datetime) -> datetime:
    if not 1990 <= moment.year < 2100:
        raise ValueError
    return moment
