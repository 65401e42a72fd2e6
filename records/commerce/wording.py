"""How values of the records are written to a customer, in Chinese and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import rjieba

from records.commerce.models import AfterSaleKind, AfterSaleStatus, OrderStatus, ShipmentStatus

Words = dict[str, tuple[str, str]]  # ours → (zh, en)

ORDER_STATUS: Words = {
    OrderStatus.PENDING: ("待付款", "awaiting payment"),
    OrderStatus.PAID: ("已付款", "paid"),
    OrderStatus.PROCESSING: ("处理中", "being processed"),
    OrderStatus.SHIPPED: ("已发货", "shipped"),
    OrderStatus.DELIVERED: ("已签收", "delivered"),
    OrderStatus.COMPLETED: ("已完成", "completed"),
    OrderStatus.CANCELLED: ("已取消", "cancelled"),
    OrderStatus.RETURNED: ("已退货", "returned"),
    OrderStatus.REFUNDED: ("已退款", "refunded"),
}
SHIPMENT_STATUS: Words = {
    ShipmentStatus.CREATED: ("已创建", "created"),
    ShipmentStatus.PICKED_UP: ("已揽收", "picked up by the carrier"),
    ShipmentStatus.IN_TRANSIT: ("运输中", "in transit"),
    ShipmentStatus.OUT_FOR_DELIVERY: ("派送中", "out for delivery"),
    ShipmentStatus.DELIVERED: ("已签收", "delivered"),
    ShipmentStatus.EXCEPTION: ("配送异常", "delayed by a delivery problem"),
    ShipmentStatus.RETURNED: ("已退回", "sent back to the sender"),
}
AFTER_SALE_KIND: Words = {
    AfterSaleKind.RETURN: ("退货", "return"),
    AfterSaleKind.EXCHANGE: ("换货", "exchange"),
    AfterSaleKind.REPAIR: ("维修", "repair"),
}
AFTER_SALE_STATUS: Words = {
    AfterSaleStatus.REQUESTED: ("待审核", "waiting for review"),
    AfterSaleStatus.APPROVED: ("已同意", "approved"),
    AfterSaleStatus.SHIPPED_BACK: ("商品寄回途中", "on its way back to us"),
    AfterSaleStatus.RECEIVED: ("商家已收到退回商品", "received by us"),
    AfterSaleStatus.REFUNDED: ("已退款", "refunded"),
    AfterSaleStatus.COMPLETED: ("已完成", "completed"),
    AfterSaleStatus.REJECTED: ("未通过审核", "declined"),
    AfterSaleStatus.CANCELLED: ("已取消", "cancelled"),
}
_SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "JP¥"}
_NO_MINOR_UNIT = frozenset({"JPY", "KRW", "VND"})  # ISO 4217
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
MAX_NAME = 24.0  # widths of a Chinese character; a Latin letter is half as wide
MAX_DESCRIPTION = 120
_ASIDE = re.compile(r"【[^】]*】|\[[^\]]*\]|（[^）]*）|\([^)]*\)|「[^」]*」")
_OPEN_NUMBER = re.compile(r"[A-Za-z0-9.%+×*/-]+$")
_NUMBER = re.compile(r"[A-Za-z0-9.%+×*/-]+")
# Brackets would read as a blank that nobody filled in.
_BRACKETS = str.maketrans("【】[]{}〔〕", "（）（）（）（）")
_ADDRESS = re.compile(r"https?:|www\.|://", re.IGNORECASE)


def money(amount: Decimal, currency: str) -> str:
    """Exact, with thousands separators: "¥1,299.00", "$47.84", "AUD 12.50"; never rounded."""
    places = 0 if currency in _NO_MINOR_UNIT else 2
    exponent = amount.normalize().as_tuple().exponent
    digits = max(places, -exponent if isinstance(exponent, int) else places)
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    return f"{'-' if amount < 0 else ''}{symbol}{abs(amount):,.{digits}f}"


def moment(at: datetime, zone: ZoneInfo, language: str) -> str:
    """In the shop's clock: "2025年4月5日 10:24", "April 5, 2025 10:24"; midnight is a date without a time."""
    local = at.astimezone(zone)
    clock = "" if local.time().replace(microsecond=0) == time() else f" {local:%H:%M}"
    if language == "zh":
        return f"{local.year}年{local.month}月{local.day}日{clock}"
    return f"{_MONTHS[local.month - 1]} {local.day}, {local.year}{clock}"


def word(table: Words, ours: str, source: str, language: str) -> str:
    """Our word in the language; for a status that we do not know, the shop's own word; "" when there is none."""
    found = table.get(ours)
    return source if found is None else found[0 if language == "zh" else 1]


def short_name(name: str) -> str:
    """A product's name without bracketed asides, cut between words to MAX_NAME.

    Shop titles carry every search term; the beginning names the thing. No mark is put where it is cut: an ellipsis
    would read as the end of a sentence.
    """
    plain = " ".join(_ASIDE.sub(" ", unicodedata.normalize("NFC", name)).split()) or " ".join(name.split())
    plain = re.sub(r"(?<=[一-鿿]) (?=[一-鿿A-Za-z0-9])", "", plain)
    kept, width = "", 0.0
    for part in _words(plain):
        width += sum(1.0 if ord(char) > 0x2E7F else 0.5 for char in part)
        if kept and width > MAX_NAME:
            # "F6033-" of "F6033-JE6" is another model: a number is kept whole or not at all.
            kept = kept if not _NUMBER.match(part) else _OPEN_NUMBER.sub("", kept)
            break
        kept += part
    return kept.strip(" ,，、-—·/") or plain[:24]


def _words(text: str) -> Iterator[str]:
    """The words of a text in order; a property with its value ("size:XL", "颜色:白色") is one."""
    parts = list(rjieba.cut(text))
    at = 0
    while at < len(parts):
        end = at + 1
        if parts[end : end + 1] in ([":"], ["："]) and parts[at].strip():
            end += 1
            while end < len(parts) and parts[end + 1 : end + 2] not in ([":"], ["："]):
                end += 1  # "color:dark blue": up to the next property
        yield "".join(parts[at:end])
        at = end


def description(text: str) -> str:
    """A line of a carrier's trace, fit to be quoted in one sentence; "" for one with a web address: we pass none on.

    Full stops inside become semicolons, brackets parentheses, and a long line ends at a clause.
    """
    if _ADDRESS.search(text):
        return ""
    plain = re.sub(r"(?:[。！？!?]+|\.(?=\s|$))\s*", "；", " ".join(text.translate(_BRACKETS).split())).strip("；;，, ")
    if len(plain) <= MAX_DESCRIPTION:
        return plain
    cut = max(plain.rfind(mark, 0, MAX_DESCRIPTION) for mark in "；，,; ")
    return plain[: cut if cut > 0 else MAX_DESCRIPTION].strip("；;，, ")
