"""A large inbox, written in bulk: the same rows for the same seed. For benches, never for a product that people use."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from copilot.models import Suggestion
from core.db import Database
from records.people.models import Customer, Staff
from records.shops.models import Shop
from records.tickets.models import Message, Ticket, TicketTag

SEED: Final = 20261122
CUSTOMERS: Final = 2000
CHUNK: Final = 1000  # rows an INSERT
OPENINGS: Final = (
    "快递十天没动静了，是不是弄没了？订单号 3130{n:08d}",
    "你好，我上周买的热水器不出热水，可以退货吗",
    "发票抬头开错了，麻烦重新开一张电子发票",
    "Where is my parcel? Order 3130{n:08d} has not moved for a week.",
    "The kettle arrived broken, I would like a refund please.",
    "优惠券用不了，提示不满足条件，怎么回事啊",
)
FOLLOWING: Final = (
    "您好，已经帮您向承运商查件，预计 24 小时内给您答复，请您耐心等待一下。",
    "好的谢谢，那我等消息",
    "麻烦快一点，孩子等着用呢，已经催了好几次了",
    "We have asked the carrier and will come back to you within a day.",
    "还有一个问题：换货的运费是谁出？",
)
INTENTS: Final = ("logistics_query", "return_request", "invoice_request", "refund_status", "coupon_problem")
SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙"


def fill(db: Database, tickets: int, *, messages: int = 6) -> None:
    """Write `tickets` tickets of up to `messages` messages into the first shop, for customers of their own.

    Needs a shop and some staff; a unit of work a few thousand rows.
    """
    dice = random.Random(SEED)
    with db.unit_of_work() as session:
        shop_id = session.scalar(select(Shop.id).order_by(Shop.id).limit(1))
        staff = list(session.scalars(select(Staff.id).where(Staff.active.is_(True)).order_by(Staff.id)))
        if shop_id is None or not staff:
            raise ValueError("a large inbox needs a shop and staff: seed the demo first")
        people = [
            {"platform": "bench", "external_id": f"bench-{n}", "name": f"{dice.choice(SURNAMES)}顾客{n}",
             "tier": dice.choice(["VIP", "gold", None, None]), "version": 1}
            for n in range(CUSTOMERS)
        ]  # fmt: skip
        customers = list(session.scalars(insert(Customer).returning(Customer.id), people))
    written = 0
    while written < tickets:
        size = min(CHUNK, tickets - written)
        with db.unit_of_work() as session:
            _write(session, dice, written, size, messages, shop_id, staff, customers)
        written += size


def _write(
    session: Session,
    dice: random.Random,
    first: int,
    size: int,
    messages: int,
    shop_id: int,
    staff: list[int],
    customers: list[int],
) -> None:
    threads = [list(_thread(dice, number, messages)) for number in range(first, first + size)]
    rows = [
        _ticket(dice, number, thread, shop_id, staff, customers)
        for number, thread in enumerate(threads, first)
    ]  # fmt: skip
    ids = list(session.scalars(insert(Ticket).returning(Ticket.id, sort_by_parameter_order=True), rows))
    said = [{"ticket_id": ticket, **one} for ticket, thread in zip(ids, threads, strict=True) for one in thread]
    last = session.scalars(insert(Message).returning(Message.id, sort_by_parameter_order=True), said)
    newest = {one["ticket_id"]: message for one, message in zip(said, last, strict=True)}
    session.execute(
        insert(TicketTag),
        [{"ticket_id": t, "tag": tag} for t in ids for tag in dice.sample(("催单", "大促", "vip", "回访"), t % 3)],
    )
    drafts = [
        {"ticket_id": ticket, "message_id": newest[ticket], "state": "pending", "kind": "record", "language": "zh",
         "text": "您好，您的包裹正在派送。", "confidence": dice.random(), "version": 1, "ordinal": 1, "answer": {},
         "versions": {}}
        for ticket, row in zip(ids, rows, strict=True)
        if row["waiting_since"] is not None
    ]  # fmt: skip
    session.execute(insert(Suggestion), drafts)


def _thread(dice: random.Random, number: int, messages: int) -> Iterator[dict[str, Any]]:
    at = datetime.now(UTC) - timedelta(minutes=dice.randrange(60 * 24 * 90), hours=2)
    for seq in range(1, dice.randrange(1, messages + 1) + 1):
        inbound = seq == 1 or dice.random() < 0.5
        text = dice.choice(OPENINGS).format(n=number) if seq == 1 else dice.choice(FOLLOWING)
        yield {"seq": seq, "direction": "in" if inbound else "out", "visibility": "public", "text": text,
               "author_kind": "customer" if inbound else "agent", "created_at": at, "citations": [],
               "attachments": []}  # fmt: skip
        at += timedelta(minutes=dice.randrange(1, 240))


def _ticket(
    dice: random.Random,
    number: int,
    thread: list[dict[str, Any]],
    shop_id: int,
    staff: list[int],
    customers: list[int],
) -> dict[str, Any]:
    last = thread[-1]
    waits = last["direction"] == "in"
    status = dice.choice(["new", "open", "open"] if waits else ["pending", "resolved", "closed"])
    return {
        "shop_id": shop_id, "customer_id": dice.choice(customers), "external_id": f"bench-{number}",
        "subject": thread[0]["text"][:80], "status": status, "channel": dice.choice(["web", "email", "wechat"]),
        "priority": dice.choices(["low", "normal", "high", "urgent"], [1, 6, 2, 1])[0],
        "intent": dice.choice(INTENTS), "category": "logistics", "language": dice.choice(["zh", "zh", "en"]),
        "assignee_id": None if status == "new" else dice.choice(staff), "next_seq": len(thread) + 1,
        "last_inbound_seq": max(m["seq"] for m in thread if m["direction"] == "in"), "bot_stopped": False,
        "created_at": thread[0]["created_at"], "updated_at": last["created_at"], "version": 1,
        "waiting_since": last["created_at"] if waits else None,
    }  # fmt: skip
