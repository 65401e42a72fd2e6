"""What a reply may say of a customer's orders: facts, and sentences that state them in Chinese and English.

`OrderCard` has the fields of the drafter's own record card; the floor above converts it. Every value that a sentence
contains went through `_Facts.say`, so it is among the facts, in the very form in which it is written. Cards are only
for a customer whose channel identity is verified: the caller checks that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from records.commerce.models import AfterSale, Order, OrderStatus, Shipment, ShipmentEvent, ShipmentStatus
from records.commerce.progress import OVER, arrived_at, current_status, last_event
from records.commerce.queries import WHOLE, age_of, orders_of_customer
from records.commerce.wording import (
    AFTER_SALE_KIND,
    AFTER_SALE_STATUS,
    ORDER_STATUS,
    SHIPMENT_STATUS,
    description,
    moment,
    money,
    short_name,
    word,
)
from records.principals import SYSTEM_PRINCIPAL
from records.shops.models import Shop

LANGUAGES = ("zh", "en")
_NUMBER = re.compile(r"#?[A-Za-z0-9][A-Za-z0-9_-]{3,63}")
_LABELS = {
    "order_no": ("订单号", "order number"),
    "tracking_no": ("运单号", "tracking number"),
    "amount": ("金额", "amount"),
    "date": ("时间", "time"),
    "status": ("状态", "status"),
    "carrier": ("承运商", "carrier"),
    "location": ("地点", "location"),
    "quantity": ("数量", "quantity"),
    "product": ("商品", "product"),
    "text": ("说明", "note"),
}


@dataclass(frozen=True, slots=True)
class CardFact:
    """`kind`: order_no, tracking_no, amount, date, status, carrier, location, quantity, product or text.

    `record` is the row it came from ("order:12", "shipment:9", "after_sale:3"); `value` is as a sentence writes it.
    """

    kind: str
    value: str
    record: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class OrderCard:
    """One order with its parcels and after-sales cases.

    `sentences` are keyed by language and topic: "zh:logistics", "zh:refund" (only when there is a case, else
    "zh:refund_none"), "zh:order" and the same with "en"; the most telling first.
    """

    record: str
    title: str
    facts: tuple[CardFact, ...]
    sentences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class _Facts:
    """Collects what is said. `say` gives the value back, so that no sentence can hold one that is not collected."""

    language: str
    zone: ZoneInfo
    found: dict[CardFact, None] = field(default_factory=dict)

    @property
    def zh(self) -> bool:
        return self.language == "zh"

    def say(self, kind: str, value: str, record: str, label: tuple[str, str] | None = None) -> str:
        labels = label or _LABELS[kind]
        self.found[CardFact(kind, value, record, labels[0 if self.zh else 1])] = None
        return value

    def when(self, at: datetime, record: str, label: tuple[str, str]) -> str:
        return self.say("date", moment(at, self.zone, self.language), record, label)


def record_cards(
    session: Session, customer_id: int, *, shop_ids: Sequence[int] | None = None, limit: int = 5, text: str = ""
) -> list[OrderCard]:
    """Cards of the customer's newest orders, and of any older one whose order or tracking number `text` names.

    Newest first, with sentences in both languages. Only this customer's orders, whatever number `text` holds.
    """
    orders = orders_of_customer(session, SYSTEM_PRINCIPAL, customer_id, shop_ids=shop_ids, limit=limit)
    numbers = {n for found in _NUMBER.findall(text) for n in (found, found.lstrip("#"), "#" + found.lstrip("#"))}
    if numbers:
        tracked = select(Shipment.order_id).where(Shipment.tracking_no.in_(numbers))
        query = select(Order).where(
            Order.customer_id == customer_id,
            or_(Order.order_no.in_(numbers), Order.id.in_(tracked)),
            Order.id.not_in([order.id for order in orders]),
        )
        if shop_ids is not None:
            query = query.where(Order.shop_id.in_(shop_ids))
        orders += session.scalars(query.options(*WHOLE).limit(limit))
    shops = {s.id: s for s in session.scalars(select(Shop).where(Shop.id.in_({o.shop_id for o in orders})))}
    return [order_card(o, shops[o.shop_id]) for o in sorted(orders, key=lambda o: (age_of(o), o.id), reverse=True)]


def order_card(order: Order, shop: Shop) -> OrderCard:
    """The card of a wholly loaded order; times are in the shop's clock."""
    facts: dict[CardFact, None] = {}
    sentences: dict[str, tuple[str, ...]] = {}
    for language in LANGUAGES:
        say = _Facts(language, ZoneInfo(shop.timezone))
        for item in order.items:
            say.say("product", item.name, f"order:{order.id}")
        for topic, made in (
            ("logistics", _logistics(order, say)),
            ("refund", _refund(order, say)),
            ("refund_none", _no_refund(order, say)),
            ("order", _order(order, say)),
        ):
            if made:
                sentences[f"{language}:{topic}"] = tuple(made)
        facts |= say.found
    title = f"订单 {order.order_no}" if shop.language == "zh" else f"Order {order.order_no}"
    return OrderCard(f"order:{order.id}", title, tuple(facts), sentences)


def _name(order: Order, say: _Facts) -> str:
    """ "您的订单3130…（美的电热水器 等3件）" """
    record = f"order:{order.id}"
    number = say.say("order_no", order.order_no, record)
    items = sorted(order.items, key=lambda item: (-item.unit_price * item.quantity, item.line))
    count = sum(item.quantity for item in items)
    if not items:
        return f"您的订单{number}" if say.zh else f"Your order {number}"
    product = say.say("product", short_name(items[0].name), record)
    if say.zh:
        quantity = say.say("quantity", f"{count}件", record)
        return f"您的订单{number}（{product}{'，' if len(items) == 1 else ' 等'}{quantity}）"
    quantity = say.say("quantity", f"{count} item{'' if count == 1 else 's'}", record)
    return f"Your order {number} ({product}{', ' if len(items) == 1 else ' and others, '}{quantity})"


def _order_status(order: Order, say: _Facts) -> str:
    status = word(ORDER_STATUS, order.status, order.source_status, say.language)
    return say.say("status", status, f"order:{order.id}", ("订单状态", "order status")) if status else ""


def _order(order: Order, say: _Facts) -> list[str]:
    record, name = f"order:{order.id}", _name(order, say)
    total = say.say("amount", money(order.total, order.currency), record, ("订单金额", "order total"))
    placed = order.placed_at and say.when(order.placed_at, record, ("下单时间", "placed"))
    status = _order_status(order, say)
    if say.zh:
        middle = f"，下单时间 {placed}" if placed else ""
        return [f"{name}金额 {total}{middle}{f'，当前状态：{status}' if status else ''}。"]
    middle = f" and was placed on {placed}" if placed else ""
    return [f"{name} has a total of {total}{middle}{f'; its current status is: {status}' if status else ''}."]


def _logistics(order: Order, say: _Facts) -> list[str]:
    if not order.shipments:
        return _without_parcel(order, say)
    parcels = sorted(order.shipments, key=lambda s: (current_status(s) in OVER, -s.id))
    name = _name(order, say)
    if len(parcels) == 1:
        return [_parcel(name, parcels[0], say)]
    number = say.say("order_no", order.order_no, f"order:{order.id}")
    counted = Counter(word(SHIPMENT_STATUS, current_status(s), s.source_status, say.language) for s in parcels)
    record = f"order:{order.id}"
    total = say.say("quantity", f"{len(parcels)}个" if say.zh else f"{len(parcels)} parcels", record)
    parts = []
    for status, count in counted.items():
        amount = say.say("quantity", f"{count}个" if say.zh else str(count), record)
        told = say.say("status", status, record) if status else ("状态未知" if say.zh else "status unknown")
        parts.append(f"{told}{amount}" if say.zh else f"{amount} {told}")
    if say.zh:
        first = f"{name}分为{total}包裹：{'，'.join(parts)}。"
        return [first, *(_parcel(f"订单{number}的一个包裹", parcel, say) for parcel in parcels)]
    first = f"{name} was sent in {total}: {', '.join(parts)}."
    return [first, *(_parcel(f"One parcel of order {number}", parcel, say) for parcel in parcels)]


def _without_parcel(order: Order, say: _Facts) -> list[str]:
    """Nothing is known of a parcel: say whether it was sent only where the order's own status says so."""
    name, status = _name(order, say), _order_status(order, say)
    unsent = order.status in (OrderStatus.PENDING, OrderStatus.PAID, OrderStatus.PROCESSING)
    if say.zh:
        what = "尚未发货" if unsent else "目前没有物流信息"
        return [f"{name}{what}{f'，当前订单状态：{status}' if status else ''}。"]
    what = "has not been shipped yet" if unsent else "has no tracking information at the moment"
    return [f"{name} {what}{f'; its current status is: {status}' if status else ''}."]


def _parcel(subject: str, shipment: Shipment, say: _Facts) -> str:
    record, zh = f"shipment:{shipment.id}", say.zh
    current = current_status(shipment)
    status = word(SHIPMENT_STATUS, current, shipment.source_status, say.language)
    tracking = say.say("tracking_no", shipment.tracking_no, record)
    carrier = say.say("carrier", shipment.carrier, record) if shipment.carrier else ""
    if zh:
        parts = [f"{subject}{f'由{carrier}承运' if carrier else ''}，运单号 {tracking}"]
    else:
        parts = [f"{subject} has the tracking number {tracking}{f' of {carrier}' if carrier else ''}"]
    last = last_event(shipment)
    if current == ShipmentStatus.DELIVERED and (arrived := arrived_at(shipment)):
        at = say.when(arrived, record, ("签收时间", "delivered"))
        status = say.say("status", status, record, ("物流状态", "parcel status"))
        parts.append(f"，{status}，签收时间 {at}" if zh else f"; it was {status} on {at}")
    elif status:
        status = say.say("status", status, record, ("物流状态", "parcel status"))
        parts.append(f"，当前状态：{status}" if zh else f"; its current status is: {status}")
    if last is not None:
        parts.append(_update(last, record, say, dated=last.status != ShipmentStatus.DELIVERED))
    if shipment.estimated_at is not None and current not in OVER:
        at = say.when(shipment.estimated_at, record, ("预计送达时间", "estimated delivery"))
        parts.append(f"；预计送达时间 {at}" if zh else f"; estimated delivery: {at}")
    return "".join(parts) + ("。" if zh else ".")


def _update(last: ShipmentEvent, record: str, say: _Facts, *, dated: bool) -> str:
    """The newest line of the trace; without its time (`dated`) when that has just been said."""
    place = say.say("location", last.location, record) if last.location else ""
    told = description(last.description)
    told = say.say("text", told, record, ("物流说明", "carrier's note")) if told else ""
    colon = "：" if say.zh else ": "
    what = colon.join(part for part in (place, told) if part)
    if not dated:
        return f"{'；' if say.zh else '; '}{what}" if what else ""
    at = say.when(last.at, record, ("最近更新", "last update"))
    comma = (", ", "，")[say.zh] if place else colon
    what = f"{comma}{what}" if what else ""
    return f"；最近一次更新是 {at}{what}" if say.zh else f"; the last update was on {at}{what}"


def _refund(order: Order, say: _Facts) -> list[str]:
    newest = sorted(order.after_sales, key=lambda case: case.id, reverse=True)
    return [_case(_name(order, say), case, order, say) for case in newest]


def _no_refund(order: Order, say: _Facts) -> list[str]:
    """That there is none, and how the order stands. Nothing of an order that was refunded without a case."""
    if order.after_sales or order.status == OrderStatus.REFUNDED:
        return []
    name, status = _name(order, say), _order_status(order, say)
    if say.zh:
        return [f"{name}没有退款或售后的登记{f'，当前状态：{status}' if status else ''}。"]
    return [f"{name} has no refund or return on record{f'; its current status is: {status}' if status else ''}."]


def _case(subject: str, case: AfterSale, order: Order, say: _Facts) -> str:
    record = f"after_sale:{case.id}"
    kind = word(AFTER_SALE_KIND, case.kind, case.kind, say.language)
    status = word(AFTER_SALE_STATUS, case.status, case.status, say.language)
    status = say.say("status", status, record, ("售后状态", "after-sales status"))
    number = say.say("text", case.external_id, record, ("售后单号", "case number"))
    amount = ""
    if case.amount is not None:
        amount = money(case.amount, case.currency or order.currency)
        amount = say.say("amount", amount, record, ("退款金额", "refund amount"))
    opened = case.opened_at and say.when(case.opened_at, record, ("申请时间", "requested"))
    updated = case.updated_at and say.when(case.updated_at, record, ("最近更新", "last update"))
    if say.zh:
        return (
            f"{subject}的{kind}申请（售后单号 {number}）当前状态：{status}{f'，退款金额 {amount}' if amount else ''}"
            f"{f'，申请时间 {opened}' if opened else ''}{f'，最近更新 {updated}' if updated else ''}。"
        )
    return (
        f"{subject}: the {kind} request (case number {number}) has the status: {status}"
        f"{f', refund amount {amount}' if amount else ''}{f', requested on {opened}' if opened else ''}"
        f"{f', last updated on {updated}' if updated else ''}."
    )
