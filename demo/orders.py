"""Orders with everything that happens to them, planned beyond `now`; `demo.rows` shows only what has happened by then.

Times are aware, in the shop's time zone. Days and hours follow the shops' articles (dispatch, road, checks, refunds).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from demo.customers import Person
from demo.resources import Product, ShopSpec
from demo.shipments import Trace, plan_trace, roll_forward

SCENARIOS = {
    "normal": 46,
    "slow": 6,
    "late": 4,
    "return": 14,
    "exchange": 7,
    "repair": 6,
    "cancelled": 5,
    "unpaid": 2,
    "stalled": 6,
    "lost": 4,
    "refused": 2,
}
REPAIRABLE = frozenset({"kitchen", "digital", "lock", "appliance", "furniture"})
_NOT_RETURNABLE = frozenset({"food"})
_REASONS = {
    "zh": {
        "return": ("七天无理由", "质量问题", "与描述不符", "买多了", "尺寸不合适"),
        "exchange": ("尺码不合适", "颜色不喜欢", "质量问题换新", "发错货"),
        "repair": ("不加热", "无法开机", "异响", "充不进电", "接触不良"),
    },
    "en": {
        "return": ("Changed my mind", "Faulty", "Not as described", "Ordered too many", "Does not fit"),
        "exchange": ("Wrong size", "Different color", "Replacement for a fault", "Wrong item sent"),
        "repair": ("Does not heat", "Does not turn on", "Noise", "Does not charge", "Part broken"),
    },
}


_PAID_LABEL = frozenset({"Changed my mind", "Ordered too many", "Does not fit"})  # article hc-returns


@dataclass(frozen=True, slots=True)
class Line:
    product: Product
    quantity: int
    unit_price: Decimal
    variant: str  # "颜色:墨绿"

    @property
    def amount(self) -> Decimal:
        return self.unit_price * self.quantity


@dataclass(slots=True)
class Case:
    """An after-sales case; `stages` are (status, time) in order, the last one final."""

    external_id: str
    kind: str
    reason: str
    amount: Decimal
    stages: list[tuple[str, datetime]]

    @property
    def opened_at(self) -> datetime:
        return self.stages[0][1]

    def state_at(self, at: datetime) -> tuple[str, datetime]:
        return [stage for stage in self.stages if stage[1] <= at][-1]

    def time_of(self, state: str) -> datetime | None:
        return next((at for name, at in self.stages if name == state), None)


@dataclass(slots=True)
class PlannedOrder:
    """`scenario` is what will have happened in the end; `refunded_at` ends returns, losses and cancellations."""

    order_no: str
    customer: Person
    payment: str
    scenario: str
    lines: list[Line]
    placed_at: datetime
    trace: Trace | None = None
    cancelled_at: datetime | None = None
    refunded_at: datetime | None = None
    case: Case | None = None
    topics: set[str] = field(default_factory=set)  # what tickets are already about

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def quantity(self) -> int:
        return sum(line.quantity for line in self.lines)


def _lines(rng: Random, shop: ShopSpec, scenario: str) -> list[Line]:
    """One to four products, enough for free delivery, so that the total is the sum of the items."""
    sellable = [p for p in shop.products if p.status == "on_sale"]
    pool = [p for p in sellable if p.category in REPAIRABLE] if scenario == "repair" else sellable
    if scenario in ("return", "exchange"):
        pool = [p for p in sellable if p.category not in _NOT_RETURNABLE]
    chosen = [rng.choice(pool)]
    while rng.random() < 0.33 and len(chosen) < 4:
        chosen.append(rng.choice(sellable))
    lines: list[Line] = []
    for product in dict.fromkeys(chosen):
        cheap = product.price < shop.free_shipping_from
        variant = " ".join(f"{name}:{rng.choice(values)}" for name, values in product.options.items())
        lines.append(
            Line(product, rng.choices((1, 2, 3), (6, 3, 1) if cheap else (12, 1, 0))[0], product.price, variant)
        )
    while sum(line.amount for line in lines) < shop.free_shipping_from:
        first = lines[0]
        lines[0] = Line(first.product, first.quantity + 1, first.unit_price, first.variant)
    return lines


def _placed(rng: Random, now: datetime, recent: bool) -> datetime:
    age = timedelta(days=rng.uniform(0.02, 2.5)) if recent else timedelta(days=2 + 330 * rng.random() ** 1.7)
    at = now - age
    if at.hour < 7 and not recent:
        at = at.replace(hour=rng.randint(8, 22))
    return at.replace(second=rng.randint(0, 59), microsecond=0)


def _dispatched(rng: Random, shop: ShopSpec, placed: datetime, late: bool) -> datetime:
    """lehuo: paid before 16:00 goes out the same day, else the next. homeco: 2 pm ET, on business days only."""
    cutoff = 16 if shop.language == "zh" else 14
    day = placed if placed.hour < cutoff else placed + timedelta(days=1)
    if late:
        day += timedelta(days=rng.randint(3, 5))
    if shop.language == "en":
        day = roll_forward(day)
    if day.date() == placed.date():
        return day.replace(hour=rng.randint(17, 20), minute=rng.randint(0, 59))
    return day.replace(hour=rng.randint(9, 13), minute=rng.randint(0, 59))


def _case(rng: Random, shop: ShopSpec, order: PlannedOrder, number: int, delivered: datetime, now: datetime) -> Case:
    kind = order.scenario
    start = (now - delivered) * rng.uniform(0.3, 0.98) if kind == "repair" else timedelta(days=rng.uniform(0.4, 5.5))
    at = delivered + start
    line = order.lines[0] if rng.random() < 0.45 else None
    amount = Decimal(0) if kind != "return" else (line.amount if line else order.total)
    reason = rng.choice(_REASONS[shop.language][kind])
    if kind == "return" and reason in _PAID_LABEL:
        amount -= Decimal("6.95")
    stages = [("requested", at)]
    at += timedelta(hours=rng.uniform(2, 22))
    if rng.random() < 0.05:
        stages.append(("rejected", at))
    else:
        stages.append(("approved", at))
        for state, low, high in (("shipped_back", 12, 70), ("received", 40, 90)):
            at += timedelta(hours=rng.uniform(low, high))
            stages.append((state, at))
        days = {"return": (0.4, 2.4), "exchange": (0.4, 1.9), "repair": (4, 13)}[kind]
        at += timedelta(days=rng.uniform(*days))
        stages.append(("refunded" if kind == "return" else "completed", at))
    prefix = (
        {"return": "TH", "exchange": "HH", "repair": "WX"}
        if shop.language == "zh"
        else dict.fromkeys(SCENARIOS, "RMA-")
    )
    return Case(
        external_id=f"{prefix[kind]}{delivered:%y%m}{number:05d}",
        kind=kind,
        reason=reason,
        amount=amount,
        stages=stages,
    )


def make_orders(rng: Random, shop: ShopSpec, customers: list[Person], count: int, now: datetime) -> list[PlannedOrder]:
    """`count` orders placed in the 11 months before `now` (aware, in the shop's zone), a tenth in the last days."""
    orders: list[PlannedOrder] = []
    weights = [1 + 3 * rng.random() ** 3 for _ in customers]
    last = (now - timedelta(minutes=12)).replace(microsecond=0)
    placed_times = [*sorted(_placed(rng, now, recent=index % 10 == 0) for index in range(count - 1)), last]
    for number, placed in enumerate(placed_times):
        scenario = rng.choices(list(SCENARIOS), list(SCENARIOS.values()))[0]
        if placed == last:
            scenario = "unpaid"  # somebody is at the checkout right now
        if scenario == "repair" and now - placed < timedelta(days=70):
            scenario = "normal"
        order = PlannedOrder(
            order_no=f"LH{placed:%Y%m%d}{100000 + number * 37}"
            if shop.language == "zh"
            else f"HC-{204000 + number * 13}",
            customer=rng.choices(customers, weights)[0],
            payment=rng.choice(shop.payments),
            scenario=scenario,
            lines=_lines(rng, shop, scenario),
            placed_at=placed,
        )
        orders.append(order)
        dispatched = _dispatched(rng, shop, placed, late=scenario == "late")
        if scenario == "unpaid":
            order.cancelled_at = placed + timedelta(minutes=30)
            continue
        if scenario == "cancelled":
            order.cancelled_at = placed + (dispatched - placed) * rng.uniform(0.1, 0.7)
            order.refunded_at = order.cancelled_at + timedelta(minutes=rng.randint(1, 20))
            continue
        order.trace = plan_trace(rng, shop, order.customer.place, number, placed, dispatched, scenario)
        if scenario in ("lost", "refused"):
            assert order.trace.closed_at is not None
            order.refunded_at = order.trace.closed_at + timedelta(hours=rng.uniform(2, 22))
        elif scenario in ("return", "exchange", "repair"):
            assert order.trace.delivered_at is not None
            order.case = _case(rng, shop, order, number, order.trace.delivered_at, now)
            order.refunded_at = order.case.time_of("refunded")
    return orders
