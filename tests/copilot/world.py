"""A ticket with a message, answers to it, and the steps of the main path without an engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from copilot import prepare
from copilot.decide import Ruling
from copilot.grants import grant_auto_send
from copilot.models import Suggestion
from copilot.prepare import Prepared
from core.db import Database
from knowledge.articles.actions import ArticleScope, create_article, publish_version
from knowledge.models import ArticleVersion, Passage
from records.principals import SYSTEM_PRINCIPAL, Principal, Role
from records.tickets import actions, messages
from records.tickets.models import AuthorKind, Ticket
from retrieval.types import Answer, Citation, Classification, Draft, DraftSentence, Verdict
from tests.factories import (
    make_account,
    make_customer,
    make_identity,
    make_order,
    make_shipment,
    make_shop,
    make_staff,
    staff_principal,
)

INTENT = "where_is_my_parcel"
SUPPORTED = DraftSentence("您的包裹在南京。", (1,), Verdict.SUPPORTED)
RECORD = Citation(1, "record", "order:1", "订单 3130", "您的包裹在南京。")


def an_answer(
    *sentences: DraftSentence,
    citations: tuple[Citation, ...] = (RECORD,),
    kind: str = "record",
    confidence: float = 0.9,
    topic: str = "",
    **classified: Any,
) -> Answer:
    """By default one that nothing speaks against."""
    found = Classification(INTENT, 0.9, ((INTENT, 0.9), ("other", 0.1)), "logistics", "normal", "zh", "c1")
    return Answer(
        question="我的快递到哪里了？",
        classification=replace(found, **classified),
        hits=(),
        draft=Draft(kind, "zh", sentences or (SUPPORTED,), citations, confidence),
        versions={"classifier": "c1"},
        latency_ms={"total": 1.0},
        extras={"topic": topic},
    )


@dataclass(frozen=True)
class Written:
    """`shop`, `ticket` and the newest `message` by id; `agent`, `other` and `supervisor` may all see it."""

    db: Database
    shop: int
    customer: int
    ticket: int
    message: int
    agent: Principal
    other: Principal
    supervisor: Principal

    def customer_writes(self, text: str = "在吗？") -> int:
        with self.db.unit_of_work() as session:
            ticket = actions.lock_ticket(session, SYSTEM, self.ticket)
            return messages.add_inbound(session, SYSTEM, ticket, messages.NewMessage(text)).id

    def begin(self, message: int = 0, ordinal: int = 1) -> Prepared | None:
        with self.db.unit_of_work() as session:
            return prepare.begin(session, message or self.message, ordinal)

    def conclude(
        self, prepared: Prepared, answer: Answer | None = None, never_auto: bool = False, draw: float = 1.0
    ) -> Ruling | None:
        """`draw`: below the audit share it goes to review; by default nothing is left to chance."""
        with self.db.unit_of_work() as session:
            return prepare.conclude(session, prepared, answer or an_answer(), never_auto=never_auto, draw=draw)

    def suggestion(self, suggestion_id: int) -> Suggestion:
        with self.db.reading() as session:
            return session.get_one(Suggestion, suggestion_id)

    def suggest(self, answer: Answer | None = None) -> Suggestion:
        """A finished suggestion for the newest message."""
        prepared = self.begin()
        assert prepared is not None
        self.conclude(prepared, answer)
        return self.suggestion(prepared.suggestion_id)

    def grant(self, **values: Any) -> int:
        terms = {"min_confidence": 0.5, "expires_at": datetime.now(UTC) + timedelta(hours=1), "reason": "test"}
        with self.db.unit_of_work() as session:
            return grant_auto_send(
                session, self.supervisor, **{"shop_id": self.shop, "intent": INTENT, **terms, **values}
            ).id


SYSTEM = Principal("system", role=Role.ADMIN)


def a_ticket(db: Database, text: str = "我的快递到哪里了？", *, verified: bool = True, parcel: bool = True) -> Written:
    """A customer with a parcel has written."""
    with db.unit_of_work() as session:
        shop = make_shop(session, platform="web")
        account = make_account(session, shop)
        customer = make_customer(session, platform="web")
        identity = make_identity(session, account, customer, verified=verified)
        if parcel:
            make_shipment(session, make_order(session, shop, customer))
        ticket = actions.open_ticket(
            session,
            SYSTEM,
            actions.NewTicket(shop.id, customer.id, "webhook", identity_id=identity.id, channel_account_id=account.id),
        )
        message = messages.add_inbound(session, SYSTEM, ticket, messages.NewMessage(text))
        people = [staff_principal(make_staff(session, role)) for role in (Role.AGENT, Role.AGENT, Role.SUPERVISOR)]
        return Written(db, shop.id, customer.id, ticket.id, message.id, *people)


def a_reply(db: Database, author: AuthorKind) -> int:
    """A queued reply in a ticket whose customer reads it from us."""
    with db.unit_of_work() as session:
        shop, customer = make_shop(session), make_customer(session)
        ticket = actions.open_ticket(session, SYSTEM, actions.NewTicket(shop.id, customer.id, "web"))
        messages.add_inbound(session, SYSTEM, ticket, messages.NewMessage("在吗？"))
        return messages.queue_reply(session, SYSTEM, ticket, messages.NewMessage("您好"), author).id


def ticket_of(world: Written) -> Ticket:
    with world.db.reading() as session:
        return session.get_one(Ticket, world.ticket)


def an_article(db: Database, **scope: Any) -> tuple[int, Citation]:
    """A published article and a citation of its first passage."""
    with db.unit_of_work() as session:
        article = create_article(
            session,
            SYSTEM_PRINCIPAL,
            title="退货规则",
            body="签收次日起 7 天内可以无理由退货。",
            scope=ArticleScope(**{"audience": "public", **scope}),
            language="zh",
        )
        version = session.scalars(select(ArticleVersion.id).where(ArticleVersion.article_id == article.id)).one()
        publish_version(session, SYSTEM_PRINCIPAL, version)
        session.flush()
        passage = session.scalars(select(Passage).order_by(Passage.id.desc()).limit(1)).one()
        cited = Citation(
            1, "article", f"article:{article.id}", "退货规则", passage.text, passage_id=passage.id, version=1
        )
        return article.id, cited
