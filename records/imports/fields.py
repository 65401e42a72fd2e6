"""The types of the cells of an import: text as wide as its column, amounts, times in the shop's clock, known words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from records.commerce.models import OrderStatus
from records.imports.mapping import normal_word
from records.imports.parsing import CURRENCIES, BadCell, parse_email, parse_int, parse_money, parse_time


@dataclass(slots=True)
class Reading:
    """What rows are read with: the shop's clock and currency; `unmapped` counts status words that nobody knew."""

    zone: ZoneInfo
    currency: str
    unmapped: dict[tuple[str, str], int] = field(default_factory=dict)


class Cells(BaseModel):
    """Leaves empty cells out before anything is checked: they say nothing."""

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {k: v for k, v in values.items() if v is not None and not (isinstance(v, str) and not v.strip())}


def _by(parse: Callable[[str], Any]) -> BeforeValidator:
    return BeforeValidator(lambda value: parse(value) if isinstance(value, str) else value)


def _time(value: Any, info: ValidationInfo[Reading]) -> Any:
    return parse_time(value, info.context.zone) if isinstance(value, str) else value


def _currency(value: Any, info: ValidationInfo[Reading]) -> Any:
    if not str(value).strip():  # only the default: no cell told it
        return info.context.currency
    code = CURRENCIES.get(str(value).strip().upper(), str(value).strip().upper())
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise BadCell("not_currency", "is not a currency code: write it as CNY")
    return code


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise BadCell("not_json", 'is not JSON: write it as {"colour": "red"}') from None


def _tags(value: Any) -> Any:
    if isinstance(value, str):
        value = value.replace("，", ",").replace(";", ",").replace("；", ",").replace("|", ",").split(",")
    return sorted({str(tag).strip()[:64] for tag in value or () if str(tag).strip()})


def _not_negative(value: Decimal) -> Decimal:
    if value < 0:
        raise BadCell("negative", "is negative: check the sign")
    return value


def known_word(table: Mapping[str, str], mappable: str = "status") -> BeforeValidator:
    """One of ours by `table`; a ValueError names the mapping that would help."""

    def check(value: Any) -> Any:
        if normal_word(str(value)) in table:
            return table[normal_word(str(value))]
        known = ", ".join(sorted(set(table.values())))
        message = f"is not known: map it with --mapping: values: {{{mappable}: {{{value}: …}}}}; known: {known}"
        raise BadCell("unknown_word", message)

    return BeforeValidator(check)


# As wide as the columns of the tables.
Text8 = Annotated[str, StringConstraints(max_length=8)] | None
Text16 = Annotated[str, StringConstraints(max_length=16)] | None
Text32 = Annotated[str, StringConstraints(max_length=32)] | None
Text48 = Annotated[str, StringConstraints(max_length=48)] | None
Text64 = Annotated[str, StringConstraints(max_length=64)] | None
Text128 = Annotated[str, StringConstraints(max_length=128)] | None
Text255 = Annotated[str, StringConstraints(max_length=255)] | None
Email = Annotated[str, _by(parse_email), StringConstraints(max_length=255)] | None
Key64 = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
Key128 = Annotated[str, StringConstraints(strip_whitespace=True, max_length=128)]
Key512 = Annotated[str, StringConstraints(strip_whitespace=True, max_length=512)]
MessageText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
Money = Annotated[Decimal, _by(parse_money)]
Positive = Annotated[Money, AfterValidator(_not_negative)]
Whole = Annotated[int, _by(parse_int)] | None
Count = Annotated[int, _by(parse_int), Field(ge=0, lt=10**9)]
Moment = Annotated[datetime, BeforeValidator(_time)] | None
Currency = Annotated[str, BeforeValidator(_currency), Field(validate_default=True)]
Tags = Annotated[list[str], BeforeValidator(_tags)]
Json = Annotated[dict[str, Any], BeforeValidator(_json)] | None
Instant = Annotated[datetime, BeforeValidator(_time)]
LongText = str | None


def status_of(reading: Reading, field_name: str, word: str | None, table: Mapping[str, str]) -> str:
    """Our status for the shop's word, or "unknown": counted, and the word itself is kept beside it as it is."""
    if word is None:
        return OrderStatus.UNKNOWN
    known = table.get(normal_word(word))
    if known is None:
        reading.unmapped[field_name, word] = reading.unmapped.get((field_name, word), 0) + 1
    return known or OrderStatus.UNKNOWN
