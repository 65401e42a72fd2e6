"""Tickets: a script, an order in the state that the script is about, and the facts of that order at that time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from demo.customers import Person, street_address
from demo.orders import PlannedOrder
from demo.resources import Product, Script, ShopSpec, fits, load_pools, load_scripts
from demo.situations import window
from demo.wording import NO_FRAME, agent_message, closing, customer_message, fill, mood_for

# Share of each intent among the tickets; what is not named weighs 2.
INTENT_WEIGHTS = {
    "where_is_my_parcel": 11, "delivery_delay": 8, "refund_status": 10, "return_request": 9, "exchange": 7,
    "repair_warranty": 7, "wrong_or_missing_item": 7, "invoice": 7, "price_protection": 7, "coupon_promotion": 7,
    "lost_parcel": 4, "change_address": 4, "cancel_order": 4, "payment_problem": 4, "product_question": 4,
    "greeting_thanks": 1, "business": 1, "feedback": 1, "human_agent": 1,
}  # fmt: skip
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PRIORITY = {"complaint": "urgent", "quality_complaint": "high", "lost_parcel": "high", "delivery_delay": "high"}


@dataclass(frozen=True, slots=True)
class Said:
    author: str  # customer, agent or bot
    at: datetime
    text: str


@dataclass(slots=True)
class DemoTicket:
    external_id: str
    script: Script
    customer: Person
    order: PlannedOrder | None
    subject: str
    channel: str
    status: str
    priority: str
    assignee: str
    created_at: datetime
    messages: list[Said]

    @property
    def resolved(self) -> bool:
        return self.status in ("resolved", "closed")


@dataclass(frozen=True, slots=True)
class Slot:
    """A possible ticket: this script about this order (None: no order) at this time."""

    script: Script
    order: PlannedOrder | None
    at: datetime


def _date(at: datetime, language: str, clock: bool = False) -> str:
    if language == "zh":
        return f"{at.month}月{at.day}日" + (f"{at:%H:%M}" if clock else "")
    return f"{at:%b} {at.day}" + (f", {at:%-I:%M %p}" if clock else "")


def _money(value: Decimal) -> str:
    return f"{value:.2f}".removesuffix(".00")


def facts(rng: Random, shop: ShopSpec, slot: Slot, customer: Person, agent: str) -> dict[str, str]:
    """What a dialogue may say: of the shop's catalogue, the customer, and the order as it stood at `slot.at`."""
    language, order, at = shop.language, slot.order, slot.at
    pools = load_pools(language)
    product: Product = (
        order.lines[0].product if order else rng.choice([p for p in shop.products if fits(slot.script, p)])
    )
    colors = next((v for n, v in product.options.items() if n in ("颜色", "规格", "color")), ("A", "B"))
    sizes = next((v for n, v in product.options.items() if n in ("尺码", "size")), ("M", "L"))
    color_a, color_b = rng.sample(colors, 2)
    small = rng.randrange(len(sizes) - 1)
    base = order.total if order else product.price
    slots = {
        "agent": agent, "name": customer.name, "first": customer.first, "honorific": customer.honorific,
        "tail": customer.phone[-4:], "city": customer.place.city, "province": customer.place.province,
        "product": product.short, "full": product.name, "color_a": color_a, "color_b": color_b,
        "size_a": sizes[small], "size_b": sizes[small + 1], "company": rng.choice(pools["companies"]),
        "new_address": street_address(rng, language, customer.place),
        "drop": _money(max(Decimal(5), (base * rng.choice((8, 10, 12, 15)) / 100).quantize(Decimal(1)))),
    }  # fmt: skip
    if order is None:
        return slots
    days = max(1, (at.date() - order.placed_at.date()).days)
    slots |= {
        "order_no": order.order_no, "total": _money(order.total), "qty": str(order.quantity), "pay": order.payment,
        "pay_time": pools["pay_times"][order.payment], "placed": _date(order.placed_at, language),
        "placed_time": _date(order.placed_at, language, clock=True),
        "days_placed": str(days), "ago": "yesterday" if days == 1 else f"{days} days ago",
    }  # fmt: skip
    if order.trace and order.trace.events[0].at <= at:
        last = order.trace.last_event(at)
        slots |= {
            "tracking_no": order.trace.tracking_no, "carrier": order.trace.carrier, "place": last.location,
            "last_desc": last.description, "last_time": _date(last.at, language, clock=True),
            "days_still": str((at - last.at).days), "shipped": _date(order.trace.shipped_at, language),
            "eta": _date(order.trace.estimated_at, language),
        }  # fmt: skip
        if order.trace.delivered_at and order.trace.delivered_at <= at:
            delivered = order.trace.delivered_at
            slots |= {
                "delivered": _date(delivered, language), "days_delivered": str(max(1, (at - delivered).days)),
                "months": str(max(2, (at - delivered).days // 30)),
            }  # fmt: skip
    if order.case and order.case.opened_at <= at:
        state, _ = order.case.state_at(at)
        slots |= {
            "case_no": order.case.external_id, "case_opened": _date(order.case.opened_at, language),
            "case_state": pools["case_states"][state], "amount": _money(order.case.amount),
        }  # fmt: skip
    if order.refunded_at and order.refunded_at <= at:
        slots["refund_time"] = _date(order.refunded_at, language)
    return slots


def _awake(rng: Random, at: datetime) -> datetime:
    """Nobody writes between 23:00 and 8:00: the morning after."""
    if at.hour >= 23:
        at = (at + timedelta(days=1)).replace(hour=8)
    return at if at.hour >= 8 else at.replace(hour=8, minute=rng.randint(5, 59))


class TicketWriter:
    """Chooses scripts evenly and orders that fit, and writes the conversations of one shop."""

    def __init__(self, rng: Random, shop: ShopSpec, customers: list[Person], orders: list[PlannedOrder], now: datetime):
        self.rng, self.shop, self.customers, self.orders, self.now = rng, shop, customers, orders, now
        self.scripts: dict[str, list[Script]] = {}
        for script in load_scripts(shop.language):
            self.scripts.setdefault(script.intent, []).append(script)
        self.used: Counter[str] = Counter()
        self.variants: Counter[tuple[str, int, str]] = Counter()
        self.written = 0

    def _slot(self, script: Script, start: datetime, end: datetime) -> Slot | None:
        if script.when == "none":
            return Slot(script, None, self._moment(start, end))
        fitting: list[tuple[PlannedOrder, datetime, datetime]] = []
        for order in self.orders:
            found = window(script, order, self.shop.language)
            if found is None or script.intent in order.topics or len(order.topics) >= 2:
                continue
            low, high = max(found[0], start), min(found[1], end)
            if low < high:
                fitting.append((order, low, high))
        if not fitting:
            return None
        order, low, high = self.rng.choice(fitting)
        return Slot(script, order, self._moment(low, high))

    def _moment(self, low: datetime, high: datetime) -> datetime:
        """A time between the two, when people are there to answer if there is such a time."""
        at = low
        for _ in range(12):
            at = (low + (high - low) * self.rng.random()).replace(microsecond=0)
            hours = self.shop.business_hours.get(_DAYS[at.weekday()])
            if hours and hours[0] <= f"{at:%H:%M}" < hours[1]:
                break
        return at

    def choose(self, intent: str, start: datetime, end: datetime) -> Slot | None:
        """A ticket on this intent opened between the two times, by the least used script; None: none fits."""
        order = sorted(self.scripts[intent], key=lambda s: (self.used[s.id], self.rng.random()))
        return next((slot for script in order if (slot := self._slot(script, start, end)) is not None), None)

    def _variant(self, script: Script, turn: int) -> str:
        options = list(script.talk[turn])
        self.rng.shuffle(options)
        text = min(options, key=lambda option: self.variants[(script.id, turn, option)])
        self.variants[(script.id, turn, text)] += 1
        return text

    def _customer(self, slot: Slot) -> Person:
        return slot.order.customer if slot.order else self.rng.choice(self.customers)

    def write(self, slot: Slot, status: str) -> DemoTicket:
        """The ticket. Resolved ones go to the end; new, open and pending ones stop where somebody has to act."""
        rng, script, language = self.rng, slot.script, self.shop.language
        self.written += 1
        self.used[script.id] += 1
        if slot.order:
            slot.order.topics.add(script.intent)
        customer = self._customer(slot)
        assignee, agent = rng.choice(list(self.shop.agents.items()))
        slots = facts(rng, self.shop, slot, customer, agent)
        mood = mood_for(rng, script.intent)
        email = rng.random() < (0.15 if language == "zh" else 0.35) and script.intent not in (
            "greeting_thanks",
            "human_agent",
        )
        messages = self._talk(slot, status, slots, mood, email)
        subject = load_pools(language)["subjects"][script.intent]
        if slot.order:
            subject += f"：{slots['product']}" if language == "zh" else f" – {slots['product']}"
        return DemoTicket(
            external_id=f"{self.shop.code.upper()}-T{slot.at:%y%m%d}-{self.written:04d}",
            script=script,
            customer=customer,
            order=slot.order,
            subject=subject,
            channel="email" if email else "web",
            status=status,
            priority=_PRIORITY.get(script.intent, "normal"),
            assignee="" if status == "new" else assignee,
            created_at=slot.at,
            messages=messages,
        )

    def _talk(self, slot: Slot, status: str, slots: dict[str, str], mood: str, email: bool) -> list[Said]:
        rng, script, language = self.rng, slot.script, self.shop.language
        turns = {"new": 1, "open": rng.choice((1, 3)), "pending": 2}.get(status, len(script.talk))
        clock = slot.at
        first, late = customer_message(rng, language, script.intent, mood, self._variant(script, 0), slots, email)
        said = [Said("customer", clock, first)]
        if late:
            clock += timedelta(seconds=rng.randint(12, 70))
            said.append(Said("customer", clock, late))
        if not email and rng.random() < 0.18:
            clock += timedelta(seconds=rng.randint(1, 3))
            said.append(Said("bot", clock, rng.choice(load_pools(language)["bot"])))
        frame = script.intent not in NO_FRAME
        pace = (20, 160) if email else (1, 7)
        rest: list[tuple[str, str]] = []
        for turn in range(1, turns):
            core = self._variant(script, turn)
            if turn % 2:
                rest.append(("agent", agent_message(rng, language, mood, core, slots, frame and turn == 1, email)))
            else:
                rest.append(("customer", fill(core, slots)))
        if status in ("resolved", "closed"):
            rest += closing(rng, language, slots)
        for author, text in rest:
            clock = _awake(rng, clock + timedelta(minutes=rng.uniform(*pace)))
            said.append(Said(author, clock.replace(microsecond=0), text))
        return said
