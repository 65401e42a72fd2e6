"""A small shop for journeys: an account that is signed, two agents, an editor, a customer with a parcel, articles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook

from copilot.grants import grant_auto_send
from core.db import Database
from core.events import SYSTEM, emit
from demo.chat import find_or_create_chat
from demo.seeding import GRANTED_INTENT, DemoSeeded
from demo.seeding import PASSWORD as DEMO_PASSWORD
from knowledge.articles.actions import ArticleScope, create_article, publish_version
from knowledge.models import ArticleVersion
from records.people.actions import create_staff
from records.principals import SYSTEM_PRINCIPAL
from tests.factories import (
    make_account,
    make_customer,
    make_order,
    make_shipment,
    make_shop,
    staff_principal,
    unaudited,
)
from tests.stack import HTTP

WEBHOOK_SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"
PASSWORD = "a-long-test-password"

ARTICLES = [
    (
        "退货规则",
        "public",
        "## 七天无理由\n签收次日起 7 天内可以无理由退货，商品需保持完好、配件齐全。\n\n"
        "## 运费\n无理由退货的运费由顾客承担，质量问题由我们承担。",
    ),
    (
        "退款到账时间",
        "public",
        "## 到账时间\n验货通过后 24 小时内发起退款，微信和支付宝 1 到 3 个工作日到账，银行卡 3 到 7 个工作日到账。",
    ),
    ("发票", "public", "## 申请\n在订单详情页点击“申请发票”，电子普通发票在 24 小时内开好并发送到您的邮箱。"),
    ("客服补偿额度", "internal", "## 额度\n客服可以自行补偿 20 元以内的优惠券，超过 20 元需要主管批准。"),
]
PRICE_PROTECTION = (
    "价格保护（降价补差）",
    "public",
    "## 保多久\n付款后15天内，同一商品同一规格降价，可以申请退差价；家电和数码是30天。\n\n"
    "## 怎么申请\n订单详情 → 价格保护 → 一键申请。24小时内审核，通过后差价原路退回。",
)


@dataclass(frozen=True)
class SmallShop:
    shop_id: int
    account_id: int
    order_no: str
    tracking_no: str


def furnish(db: Database, reply_url: str) -> SmallShop:
    """Write the shop. Articles are published: indexing them is the product's first job."""
    with db.unit_of_work() as session:
        shop = make_shop(session, code="small", platform="web")
        account = make_account(session, shop, name="shop", config={"url": reply_url}, secret=WEBHOOK_SECRET)
        customer = make_customer(session, platform="web", external_id="u1", name="陈静")
        order = make_order(session, shop, customer)
        shipment = make_shipment(session, order)
        people = {
            name: create_staff(
                session, SYSTEM_PRINCIPAL, username=name, display_name=name, role=role, password=PASSWORD
            )
            for name, role in (("anna", "agent"), ("ben", "agent"), ("ella", "editor"), ("sue", "supervisor"))
        }
        for title, audience, body in ARTICLES:
            scope = ArticleScope(audience=audience)
            article = create_article(session, SYSTEM_PRINCIPAL, title=title, body=body, scope=scope, language="zh")
            draft = select(ArticleVersion.id).where(ArticleVersion.article_id == article.id)
            publish_version(session, SYSTEM_PRINCIPAL, session.scalars(draft).one())
        grant_auto_send(
            session,
            staff_principal(people["sue"]),
            shop_id=shop.id,
            intent="where_is_my_parcel",
            min_confidence=0.5,
            expires_at=datetime.now(UTC) + timedelta(days=1),
            reason="journey",
        )
        unaudited(session, shop.id)
        return SmallShop(shop.id, account.id, order.order_no, shipment.tracking_no)


def post_message(url: str, shop: SmallShop, message_id: str, text: str, customer: str = "u1") -> httpx.Response:
    """What the shop's system sends when a signed-in customer writes."""
    body = json.dumps(
        {
            "type": "message.created",
            "data": {"id": message_id, "text": text, "customer": {"external_id": customer, "verified": True}},
        },
        ensure_ascii=False,
    )
    now = datetime.now(UTC)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(WEBHOOK_SECRET).sign(message_id, now, body),
    }
    return HTTP.post(
        f"{url}/api/v1/channels/webhook/{shop.account_id}", content=body.encode(), headers=headers, timeout=30
    )


def furnish_demo(db: Database) -> None:
    """A shop that `/demo-shop` takes for the demo's, in a second: two customers with a parcel, a chat, a grant."""
    with db.unit_of_work() as session:
        shop = make_shop(session, code="lehuo", name="乐活优选", platform="web")
        for number, status in enumerate(("shipped", "delivered")):
            customer = make_customer(session, platform="web", external_id=f"lh_{number}", name=f"林雪{number}")
            make_shipment(session, make_order(session, shop, customer, status=status))
        people = {
            name: create_staff(
                session, SYSTEM_PRINCIPAL, username=name, display_name=name, role=role, password=DEMO_PASSWORD
            )
            for name, role in (("chenyu", "agent"), ("editor", "editor"), ("supervisor", "supervisor"))
        }
        for title, audience, body in (*ARTICLES, PRICE_PROTECTION):
            scope = ArticleScope(audience=audience)
            article = create_article(session, SYSTEM_PRINCIPAL, title=title, body=body, scope=scope, language="zh")
            draft = select(ArticleVersion.id).where(ArticleVersion.article_id == article.id)
            publish_version(session, SYSTEM_PRINCIPAL, session.scalars(draft).one())
        find_or_create_chat(session, shop)
        grant_auto_send(
            session,
            staff_principal(people["supervisor"]),
            shop_id=shop.id,
            intent=GRANTED_INTENT,
            min_confidence=0.6,
            expires_at=datetime.now(UTC) + timedelta(days=1),
            reason="journey",
        )
        unaudited(session, shop.id)
        emit(session, DemoSeeded, actor=SYSTEM)


class Person:
    """A signed-in member of staff."""

    def __init__(self, url: str, username: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/v1", timeout=30, verify=False)
        signed = self.http.post("/auth/sign-in", json={"username": username, "password": PASSWORD})
        signed.raise_for_status()
        self.http.headers["authorization"] = f"Bearer {signed.json()['token']}"

    def get(self, path: str, **params: Any) -> Any:
        response = self.http.get(path, params=params)
        response.raise_for_status()
        return response.json()

    def suggestion(self, ticket_id: int) -> dict[str, Any] | None:
        """The newest finished suggestion of the ticket."""
        rows = self.get(f"/tickets/{ticket_id}/suggestions")
        return next((row for row in rows if row["state"] not in ("drafting", "superseded")), None)

    def approve(self, suggestion: dict[str, Any], **body: Any) -> httpx.Response:
        return self.http.post(
            f"/suggestions/{suggestion['id']}/approve", json=body, headers={"if-match": f'"{suggestion["version"]}"'}
        )
