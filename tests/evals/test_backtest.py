"""A shop's past is replayed with the knowledge of its day, and a leak of the future is caught."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

import evals.backtest.run as backtest
from copilot.runtime import Runtime
from core.db import Database
from core.settings import Settings
from evals.backtest.agreement import Numbers, closeness, compare_numbers, seems_right, token_f1
from evals.backtest.report import risk_coverage
from evals.backtest.run import run_backtest
from evals.backtest.timeline import Leak
from evals.reports import store
from evals.reports.models import EvalReport, EvalReportItem, ReportKind, ReportState
from knowledge.articles.actions import ArticleScope, create_article, new_draft, publish_version
from knowledge.history import Dated, dated_passages
from knowledge.models import ArticleVersion, Case
from knowledge.passages import create_case_passage
from records.principals import SYSTEM_PRINCIPAL
from records.tickets import actions, messages
from records.tickets.models import AuthorKind, Message, Ticket
from retrieval.classify.taxonomy import load_taxonomy
from retrieval.sparse import tokenize
from retrieval.types import Classification
from tests.factories import make_customer, make_shop

DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)
QUESTION = "质量问题的退货运费由谁承担？"
OLD = "质量问题的退货运费由卖家承担，7 天内退还。"
NEW = "质量问题的退货运费由卖家承担，15 天内退还。"


class WordEncoder:
    """A unit vector of the hashed words, so that texts that share words are near."""

    dimension, model_version = 64, "words-1"

    def encode_passages(self, texts: Sequence[str]) -> Any:
        rows = np.full((len(texts), self.dimension), 0.01, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in tokenize(text):
                row[hashlib.blake2b(word.encode()).digest()[0] % self.dimension] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    encode_queries = encode_passages


class NoIntent:
    taxonomy = load_taxonomy()
    model_version = "stub"

    def predict(self, text: str, vector: Any, language: str | None = None) -> Classification:
        return Classification(None, 0.2, (), None, "normal", language or "zh", "stub", abstained=True)


class World:
    def __init__(self, db: Database, settings: Settings) -> None:
        self.db = db
        self.runtime = Runtime(settings, db)
        self.runtime.__dict__["encoder"] = WordEncoder()
        with db.unit_of_work() as session:
            self.shop, self.customer = make_shop(session).id, make_customer(session).id

    def article(self, body: str, since: datetime, title: str = "退货运费由谁承担", article: int = 0) -> int:
        with self.db.unit_of_work() as session:
            if not article:
                article = create_article(
                    session, SYSTEM_PRINCIPAL, title=title, body=body, language="zh", scope=ArticleScope()
                ).id
            else:
                new_draft(session, SYSTEM_PRINCIPAL, article, title=title, body=body)
            version = session.scalars(
                select(ArticleVersion.id).where(ArticleVersion.article_id == article, ArticleVersion.status == "draft")
            ).one()
            publish_version(session, SYSTEM_PRINCIPAL, version, published_at=since)
            return article

    def ticket(self, at: datetime, reply: str = OLD, question: str = QUESTION, case: bool = False) -> int:
        """Asked at `at`, answered ten minutes later, resolved an hour later."""
        with self.db.unit_of_work() as session:
            ticket = actions.open_ticket(session, SYSTEM_PRINCIPAL, actions.NewTicket(self.shop, self.customer, "web"))
            asked = messages.add_inbound(session, SYSTEM_PRINCIPAL, ticket, messages.NewMessage(question))
            said = messages.queue_reply(session, SYSTEM_PRINCIPAL, ticket, messages.NewMessage(reply), AuthorKind.AGENT)
            ticket_id, ids = ticket.id, (asked.id, said.id)
        with self.db.unit_of_work() as session:
            row = session.get_one(Ticket, ticket_id)
            row.created_at, row.resolved_at, row.status = at, at + timedelta(hours=1), "resolved"
            row.language = "zh"
            for number, message in enumerate(ids):
                session.get_one(Message, message).created_at = at + timedelta(minutes=10 * number)
            if case:
                made = Case(
                    ticket_id=ticket_id, shop_id=self.shop, question=question, answer=reply, language="zh",
                    status="published", published_at=datetime.now(UTC),
                )  # fmt: skip
                session.add(made)
                session.flush()
                create_case_passage(session, made)
        return ticket_id

    def begin(self, **params: Any) -> int:
        with self.db.unit_of_work() as session:
            return store.new_report(session, SYSTEM_PRINCIPAL, ReportKind.BACKTEST, self.shop, params).id

    def run(self, report: int = 0, **values: Any) -> dict[str, Any]:
        return run_backtest(self.runtime, report or self.begin(), lambda done, total: None, **values)

    def items(self) -> list[dict[str, Any]]:
        with self.db.reading() as session:
            return [row.data for row in session.scalars(select(EvalReportItem).order_by(EvalReportItem.ordinal))]


@pytest.fixture
def world(sqlite_db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(backtest, "load_default", lambda *_, **__: NoIntent())
    made = World(sqlite_db, settings)
    yield made
    made.runtime.embedding_cache.close()


def test_each_ticket_sees_the_knowledge_of_its_day(world: World) -> None:
    before = world.ticket(DAY - timedelta(days=5))
    article = world.article(OLD, DAY)
    first = world.ticket(DAY + timedelta(days=1))
    world.article(NEW, DAY + timedelta(days=10), article=article)
    second = world.ticket(DAY + timedelta(days=11), reply=NEW)
    world.article("运费一律由买家承担。", DAY + timedelta(days=30), title="运费")
    report = world.run()
    none, old, new = world.items()
    assert not none["answered"] and none["hits"] == []
    assert old["draft"].count("7 天") == 1 and old["answered"] and len(old["hits"]) == 1
    assert "15 天" in new["draft"] and "7 天" not in new["draft"] and len(new["hits"]) == 1
    assert report["replayed"] == 3 and report["answered"]["share"] == pytest.approx(2 / 3)
    assert new["agreement"]["numbers"] == "agree" and new["agreement"]["token_f1"] > 0.8
    with world.db.reading() as session:
        row = session.scalars(select(EvalReport)).one()
        assert row.params["tickets"] == [before, first, second] and row.state == ReportState.DONE


def test_a_case_is_known_when_its_ticket_was_resolved_and_never_to_itself(world: World) -> None:
    first = world.ticket(DAY, case=True)
    world.ticket(DAY + timedelta(minutes=30))  # while the first one was still open
    world.ticket(DAY + timedelta(hours=2))
    world.run()
    own, while_open, later = world.items()
    assert own["hits"] == [] and while_open["hits"] == [] and len(later["hits"]) == 1
    with world.db.reading() as session:
        (case,) = dated_passages(session)
    assert case.ticket_id == first and later["documents"] == [case.passage.document_id]


def plant(**times: Any) -> Any:
    def tamper(dated: list[Dated]) -> list[Dated]:
        return [replace(one, **times) for one in dated]

    return tamper


def test_a_planted_article_of_the_future_is_caught(world: World) -> None:
    world.article(OLD, DAY + timedelta(days=30))
    ticket = world.ticket(DAY)
    with pytest.raises(Leak, match=f"Ticket {ticket}.*not known then"):
        world.run(tamper=plant(since=DAY - timedelta(days=1)))
    assert world.items() == [], "nothing of a leaking replay is kept"


def test_a_planted_version_that_had_ended_is_caught(world: World) -> None:
    article = world.article(OLD, DAY)
    world.article(NEW, DAY + timedelta(days=2), article=article)
    world.ticket(DAY + timedelta(days=3))
    with pytest.raises(Leak, match="not known then"):
        world.run(tamper=plant(until=None))


def test_its_own_planted_case_is_caught(world: World) -> None:
    world.ticket(DAY, case=True)
    with pytest.raises(Leak):
        world.run(tamper=plant(since=DAY - timedelta(days=1)))


def test_it_goes_on_where_it_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.article(OLD, DAY)
    for n in range(5):
        world.ticket(DAY + timedelta(days=n + 1))
    monkeypatch.setattr(backtest, "BATCH", 2)
    report = world.begin()

    def stop(done: int, total: int) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_backtest(world.runtime, report, stop)
    kept = world.items()
    assert len(kept) == 4
    world.ticket(DAY + timedelta(days=9))  # the list of tickets is fixed by now
    replayed = []
    real = backtest._replay
    monkeypatch.setattr(backtest, "_replay", lambda *args: replayed.append(args[-1].ticket_id) or real(*args))
    assert world.run(report)["replayed"] == 5
    assert len(replayed) == 1
    assert [{name: value for name, value in one.items() if name != "right"} for one in world.items()[:4]] == kept
    assert [one["right"] for one in world.items()] == [None] * 5  # too few other replies to tell


def test_nothing_that_people_wrote_is_kept(world: World) -> None:
    world.article(OLD, DAY)
    world.ticket(DAY + timedelta(days=1), reply="您好，我是小王，运费我们承担，电话 13812345678。")
    world.run()
    assert "13812345678" not in str(world.items()) and QUESTION not in str(world.items())


def test_numbers_conflict_only_in_the_same_unit() -> None:
    assert compare_numbers("7 天内退还。", "15 天内退还。") == Numbers.CONFLICT
    assert compare_numbers("7 天内退还。", "7天内退还，满 20 元。") == Numbers.AGREE
    assert compare_numbers("7 天内退还。", "满 20 元包邮。") == Numbers.SILENT
    assert token_f1("退货运费", "退货运费") == 1 and token_f1("退货运费", "发票") == 0


def test_nearer_than_others_is_told_by_the_shops_own_replies() -> None:
    eye = np.eye(40, dtype=np.float32)
    pairs = [np.stack([eye[n], eye[n]]) for n in range(30)] + [np.stack([eye[0], eye[35]])]
    near = closeness(pairs, ["zh"] * 31)
    assert near[5] == 1.0 and near[30] == 0.0
    assert closeness(pairs[:5], ["zh"] * 5) == [None] * 5
    assert seems_right(Numbers.CONFLICT, 1.0) is False and seems_right(Numbers.SILENT, None) is None
    assert seems_right(Numbers.SILENT, 0.96) is True and seems_right(Numbers.AGREE, 0.5) is False


def test_risk_and_coverage_by_hand() -> None:
    outcomes = [(0.9, True), (0.8, True), (0.8, False), (0.1, False)]
    curve = risk_coverage(outcomes, 8)
    by_threshold = {one["threshold"]: (one["coverage"], one["risk"]) for one in curve["points"]}
    assert by_threshold == {0.9: (1 / 8, 0.0), 0.8: (3 / 8, pytest.approx(1 / 3)), 0.1: (0.5, 0.5)}
    assert curve["aurc"] == pytest.approx((0 + 1 / 3 + 1 / 3 + 0.5) / 4)
    assert curve["at_precision"]["0.9"]["threshold"] == 0.9
    assert risk_coverage([], 5)["points"] == []
