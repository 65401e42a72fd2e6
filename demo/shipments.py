"""Carrier traces: created, picked up, through the hubs, out for delivery, delivered; or stalled, lost, refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from demo.resources import Place, ShopSpec, load_origin

# After this much silence a parcel counts as stalled (articles lh-ship-stalled, hc-tracking-stalled).
STALLED_AFTER = {"zh": timedelta(hours=50), "en": timedelta(days=7, hours=6)}
_WORDS = {
    "zh": {
        "created": "已创建",
        "picked_up": "已揽收",
        "in_transit": "运输中",
        "out_for_delivery": "派送中",
        "delivered": "已签收",
        "exception": "异常",
        "returned": "已退回",
    },
    "en": {},
}


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """`status` is the canonical word; `demo.rows` writes the shop's own."""

    at: datetime
    status: str
    location: str
    description: str


@dataclass(slots=True)
class Trace:
    """`silent` is the gap of a stalled or lost parcel; `closed_at` is when it was declared lost or came back."""

    tracking_no: str
    carrier: str
    shipped_at: datetime
    estimated_at: datetime
    events: list[TraceEvent]
    delivered_at: datetime | None = None
    silent: tuple[datetime, datetime] | None = None
    closed_at: datetime | None = None

    def last_event(self, at: datetime) -> TraceEvent:
        return [event for event in self.events if event.at <= at][-1]


def status_word(language: str, status: str) -> str:
    """The shop's own word for a shipment status."""
    return _WORDS[language].get(status, status)


def roll_forward(at: datetime) -> datetime:
    """The same hour on the first business day from `at` on (Saturday and Sunday are none)."""
    while at.weekday() >= 5:
        at += timedelta(days=1)
    return at


def _arrive(start: datetime, days: int, language: str, rng: Random) -> datetime:
    day = start
    for _ in range(days):
        day += timedelta(days=1)
        if language == "en":
            day = roll_forward(day)
    return day.replace(hour=rng.randint(10, 18), minute=rng.randint(0, 59), second=0, microsecond=0)


def _carrier(rng: Random, language: str, number: int) -> tuple[str, str]:
    serial = 1_000_000 + number * 7919
    if language == "zh":
        kind = rng.choices(("中通快递", "顺丰速运", "京东物流"), (7, 2, 1))[0]
        code = {
            "中通快递": f"7300{serial:010d}",
            "顺丰速运": f"SF100{serial:010d}",
            "京东物流": f"JDX00{serial:010d}",
        }[kind]
        return kind, code
    kind = rng.choices(("UPS", "USPS", "FedEx"), (6, 3, 2))[0]
    code = {
        "UPS": f"1Z000HC03{serial:09d}",
        "USPS": f"940010{serial:016d}",
        "FedEx": f"7900{serial:08d}",
    }[kind]
    return kind, code


def _texts(language: str, place: Place, carrier: str, rng: Random) -> dict[str, str]:
    if language == "zh":
        return {
            "created": "商家已打包，等待快递揽收",
            "picked_up": f"【嘉兴市】{carrier}已揽收",
            "arrive": "快件已到达【{hub}】",
            "leave": "快件已离开【{hub}】，正发往下一站",
            "out_for_delivery": f"快件正在派送，派件网点：{place.city}{rng.choice(place.districts)}网点",
            "delivered": rng.choice(
                (
                    "已签收，签收人：本人",
                    "已签收，签收人：家人",
                    "已放入小区驿站，凭取件码取件",
                    "已签收，放置门口，感谢使用",
                )
            ),
            "exception": "快件查询异常，经核实确认遗失，请联系商家",
            "attempt": "收件人拒收，快件将退回寄件人",
            "returned": "退回件已由商家签收",
        }
    return {
        "created": "Shipping label created",
        "picked_up": f"Picked up by {carrier}",
        "arrive": "Arrived at facility",
        "leave": "Departed from facility",
        "out_for_delivery": "Out for delivery",
        "delivered": rng.choice(("Delivered, front door", "Delivered, left with resident", "Delivered, mail room")),
        "exception": "Trace closed, parcel declared lost",
        "attempt": "Refused by recipient, returning to sender",
        "returned": "Returned to sender",
    }


def plan_trace(
    rng: Random, shop: ShopSpec, place: Place, number: int, placed: datetime, shipped: datetime, scenario: str
) -> Trace:
    """The whole journey of one parcel; `scenario` stalled, lost and refused change its end."""
    language = shop.language
    carrier, tracking = _carrier(rng, language, number)
    text = _texts(language, place, carrier, rng)
    arrival = _arrive(shipped, rng.randint(*place.days), language, rng)
    estimate = _arrive(shipped, place.days[1], language, rng).replace(hour=18, minute=0)
    if scenario == "slow":
        arrival = _arrive(estimate, rng.randint(1, 2), language, rng)
    origin = load_origin(language)
    trace = Trace(tracking, carrier, shipped, estimate, [])
    add = trace.events.append
    packed = shipped - min(timedelta(hours=4), shipped - placed) * rng.uniform(0.1, 0.8)
    add(TraceEvent(packed, "created", origin, text["created"]))
    add(TraceEvent(shipped, "picked_up", origin, text["picked_up"]))
    morning = arrival.replace(hour=rng.randint(7, 9), minute=rng.randint(0, 59))
    leg = (morning - shipped) / (len(place.hubs) + 0.6)
    gap = timedelta(0)
    for index, hub in enumerate(place.hubs, start=1):
        at = shipped + leg * (index - 0.5) + leg * rng.uniform(-0.2, 0.2) + gap
        add(TraceEvent(at, "in_transit", hub, text["arrive"].format(hub=hub)))
        if scenario == "lost" and index == len(place.hubs) - 1:
            days = {"zh": 7 if place.remote else 5, "en": 12}[language]
            trace.silent = (at, at + timedelta(days=days, hours=2))
            trace.closed_at = trace.silent[1] + timedelta(hours=rng.uniform(20, 30))
            add(TraceEvent(trace.closed_at, "exception", hub, text["exception"]))
            return trace
        if scenario == "stalled" and index == len(place.hubs) - 1:
            gap = timedelta(days=rng.uniform(3.2, 4.6) if language == "zh" else rng.uniform(8.5, 10.5))
            trace.silent = (at, at + gap)
            at += gap
        add(TraceEvent(at + leg * rng.uniform(0.1, 0.3), "in_transit", hub, text["leave"].format(hub=hub)))
    if gap:
        arrival = (arrival + gap).replace(hour=rng.randint(12, 18))
        arrival = max(arrival, trace.events[-1].at + timedelta(hours=6))
        morning = arrival - timedelta(hours=rng.uniform(2, 4))
    city = place.city if language == "zh" else f"{place.city}, {place.province}"
    add(TraceEvent(morning, "out_for_delivery", city, text["out_for_delivery"]))
    if scenario == "refused":
        add(TraceEvent(arrival, "exception", city, text["attempt"]))
        trace.closed_at = arrival + (arrival - shipped)
        add(TraceEvent(trace.closed_at, "returned", origin, text["returned"]))
        return trace
    trace.delivered_at = arrival
    add(TraceEvent(arrival, "delivered", city, text["delivered"]))
    return trace
