"""The demo's customers, orders and tickets from a seed: the same seed and `now` give the same rows, byte for byte.

    demo = build_demo(now=datetime.now(UTC))        # rows in memory, by shop code and kind
    write_demo(Path("var/demo"), now=...)           # the same as files that `copilot import` reads

Articles and staff are written by hand: `demo.resources.ARTICLES_DIR` and `demo/staff.yaml`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import InvalidInput
from demo.customers import make_customers
from demo.orders import make_orders
from demo.resources import SHOP_CODES, ShopSpec, load_shop
from demo.rows import (
    Row,
    after_sale_rows,
    customer_rows,
    item_rows,
    order_rows,
    product_rows,
    shipment_rows,
    ticket_rows,
)
from demo.tickets import INTENT_WEIGHTS, DemoTicket, TicketWriter

SEED = 20251111
ANCHOR = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in Shanghai, 11 pm in New York; tests use this `now`

# In the order in which they must be imported.
KINDS = (
    "customers",
    "products",
    "orders",
    "order-items",
    "shipments",
    "shipment-events",
    "after-sales",
    "tickets",
)
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "customers": (
        "external_id", "name", "email", "phone", "gender", "country", "province", "city", "address", "postal_code",
        "tier", "tags",
    ),
    "products": ("sku", "name", "description", "price", "currency", "status", "options"),
    "orders": (
        "order_no", "customer_external_id", "status", "total", "currency", "payment_method", "recipient", "phone",
        "address", "placed_at",
    ),
    "order-items": ("order_no", "sku", "name", "quantity", "unit_price"),
    "shipments": ("order_no", "tracking_no", "carrier", "status", "shipped_at", "estimated_at", "delivered_at"),
    "shipment-events": ("tracking_no", "at", "status", "location", "description"),
    "after-sales": (
        "external_id", "order_no", "kind", "status", "reason", "amount", "currency", "opened_at", "updated_at",
    ),
}  # fmt: skip
_SIZES = {  # customers, orders, resolved tickets, waiting tickets
    "lehuo": (196, 520, 288, 24),
    "homeco": (132, 360, 192, 16),
}


@dataclass(frozen=True, slots=True)
class ShopRows:
    """A shop's definition (`shop`: code, name, platform, currency, timezone, language, business_hours) and its rows."""

    shop: Mapping[str, Any]
    rows: Mapping[str, list[Row]]  # by kind, see KINDS


def _shop_row(shop: ShopSpec) -> dict[str, Any]:
    return {
        "code": shop.code,
        "name": shop.name,
        "platform": shop.platform,
        "currency": shop.currency,
        "timezone": shop.timezone,
        "language": shop.language,
        "business_hours": {day: list(hours) for day, hours in shop.business_hours.items()},
    }


def _resolved(writer: TicketWriter, rng: Random, count: int) -> list[DemoTicket]:
    tickets: list[DemoTicket] = []
    intents = list(writer.scripts)
    weights = [INTENT_WEIGHTS.get(intent, 2) for intent in intents]
    start, end = writer.now - timedelta(days=320), writer.now - timedelta(days=2)
    attempts = 0
    while len(tickets) < count:
        attempts += 1
        if attempts > count * 20:
            raise InvalidInput(
                f"Only {len(tickets)} of {count} tickets fit the orders. Ask for fewer or for more orders."
            )
        slot = writer.choose(rng.choices(intents, weights)[0], start, end)
        if slot is not None:
            old = writer.now - slot.at > timedelta(days=14)
            tickets.append(writer.write(slot, "closed" if old and rng.random() < 0.6 else "resolved"))
    return tickets


def _waiting(writer: TicketWriter, rng: Random, count: int) -> list[DemoTicket]:
    """Tickets of the last days that somebody has to act on: unassigned, assigned, or waiting for the customer."""
    tickets: list[DemoTicket] = []
    now = writer.now
    spans = {"new": (timedelta(hours=20), timedelta(minutes=4)), "open": (timedelta(days=2.5), timedelta(hours=17)),
             "pending": (timedelta(days=3), timedelta(hours=17))}  # fmt: skip
    intents = list(writer.scripts)
    weights = [INTENT_WEIGHTS.get(intent, 2) for intent in intents]
    for number in range(count):
        status = ("new", "open", "new", "pending")[number % 4]
        oldest, newest = spans[status]
        slot = None
        while slot is None:  # scripts without an order always fit, so this ends
            slot = writer.choose(rng.choices(intents, weights)[0], now - oldest, now - newest)
        tickets.append(writer.write(slot, status))
    return tickets


def _build_shop(code: str, seed: int, now: datetime) -> ShopRows:
    shop = load_shop(code)
    rng = Random(f"{seed}:{code}")
    local = now.astimezone(ZoneInfo(shop.timezone)).replace(microsecond=0)
    people_count, order_count, resolved_count, waiting_count = _SIZES[code]
    people = make_customers(rng, shop, people_count)
    orders = make_orders(rng, shop, people, order_count, local)
    writer = TicketWriter(rng, shop, people, orders, local)
    waiting = _waiting(writer, rng, waiting_count)
    tickets = sorted(_resolved(writer, rng, resolved_count) + waiting, key=lambda t: (t.created_at, t.external_id))
    shipments, events = shipment_rows(shop, orders, local)
    return ShopRows(
        shop=_shop_row(shop),
        rows={
            "customers": customer_rows(people),
            "products": product_rows(shop),
            "orders": order_rows(shop, orders, local),
            "order-items": item_rows(orders),
            "shipments": shipments,
            "shipment-events": events,
            "after-sales": after_sale_rows(shop, orders, local),
            "tickets": ticket_rows(shop, tickets),
        },
    )


def build_demo(seed: int = SEED, now: datetime = ANCHOR) -> dict[str, ShopRows]:
    """Every shop's rows by shop code. `now` must be aware (InvalidInput otherwise); nothing in the rows is later."""
    if now.tzinfo is None:
        raise InvalidInput("`now` has no time zone. Pass an aware time, for example datetime.now(UTC).", field="now")
    return {code: _build_shop(code, seed, now) for code in SHOP_CODES}


def write_demo(directory: Path, seed: int = SEED, now: datetime = ANCHOR) -> list[Path]:
    """Write `shops.json` and, for each shop, `<code>/<kind>.csv` and `<code>/tickets.jsonl`.


    Returns the paths in import order. Files of an earlier run are replaced.
    """
    demo = build_demo(seed, now)
    directory.mkdir(parents=True, exist_ok=True)
    shops = directory / "shops.json"
    shops.write_text(json.dumps([part.shop for part in demo.values()], ensure_ascii=False, indent=2) + "\n", "utf-8")
    written = [shops]
    for code, part in demo.items():
        folder = directory / code
        folder.mkdir(exist_ok=True)
        for kind in KINDS:
            path = folder / (f"{kind}.jsonl" if kind == "tickets" else f"{kind}.csv")
            with path.open("w", encoding="utf-8", newline="") as stream:
                if kind == "tickets":
                    stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in part.rows[kind])
                else:
                    writer = csv.DictWriter(stream, COLUMNS[kind], lineterminator="\n")
                    writer.writeheader()
                    writer.writerows(part.rows[kind])
            written.append(path)
    return written
