"""Reads the demo's articles for the tests of this folder (the product reads them through its own importer)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import yaml

from demo.resources import ARTICLES_DIR

FIGURE = re.compile(r"[¥$]?\d[\d,.:]*\d(?!\d)|[¥$]?\d")
_MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
]  # fmt: skip
# A figure with its unit, as in policies and agents' replies: "7天", "1–3个工作日", "$6.95", "10 business days".
WITH_UNIT = re.compile(
    r"[¥$]?\.?\d+(?:[.,:]\d+)*(?:–[¥$]?\d+(?:[.,:]\d+)*)?"
    r"(?:个工作日|小时|分钟|个月|厘米|公斤|[年月日天元次件分折倍期斤层张个位笔孔条秒号℃%G]|"
    r" (?:business )?(?:days?|hours?|minutes?|months?|years?|weeks?|points?|cards?|items?|photos?|in\b|lb\b))?"
)


@dataclass(frozen=True)
class Article:
    id: str
    meta: dict[str, Any]
    body: str

    @property
    def language(self) -> str:
        return str(self.meta["language"])

    @property
    def figures(self) -> set[str]:
        body = re.sub("|".join(_MONTHS), lambda match: str(_MONTHS.index(match[0]) + 1), self.body)
        return {number.replace(",", "").lstrip("¥$") for number in FIGURE.findall(body)}

    def in_force(self, day: date) -> bool:
        start, end = self.meta["valid_from"], self.meta["valid_to"]
        return (start is None or start <= day) and (end is None or day <= end)


@cache
def all_articles() -> tuple[Article, ...]:
    return tuple(_read())


def _read() -> Iterator[Article]:
    for path in sorted(ARTICLES_DIR.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("---\n"), path.name
        front, body = text[4:].split("\n---\n", 1)
        yield Article(id=path.stem, meta=yaml.safe_load(front), body=body.strip())


@cache
def public_text(shop: str) -> str:
    """Everything that a customer of the shop may read, blanks squeezed, for looking figures up."""
    texts = [a.body for a in all_articles() if a.meta["audience"] == "public" and a.meta["shops"] in ([], [shop])]
    return re.sub(r"\s+", " ", "\n".join(texts).replace("**", ""))


def is_grounded(figure: str, shop: str) -> bool:
    after = r"(?!\d)" if figure[-1].isdigit() else ""
    return re.search(r"(?<![\d.,:–])" + re.escape(figure) + after, public_text(shop)) is not None
