"""The two short transactions of a draft: what goes in, what is saved, what a newer message does to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from copilot import prepare
from copilot.facts import ORDERS
from copilot.handover.states import Reason
from copilot.models import Decision, Outcome, Suggestion, SuggestionState
from core.db import Database, db_now
from core.events import Event
from knowledge.articles.actions import archive_article
from knowledge.models import Article
from records.people.models import Customer
from records.principals import SYSTEM_PRINCIPAL
from records.shops.models import Shop
from records.tickets import actions, messages
from records.tickets.models import AuthorKind, Delivery, DeliveryState, Message
from tests.copilot.world import SUPPORTED, SYSTEM, Written, a_ticket, an_answer, an_article, ticket_of
from tests.factories import make_customer, make_order, make_shipment, make_shop


def replies(world: Written) -> list[tuple[str, str]]:
    with world.db.reading() as session:
        rows = session.execute(select(Message.author_kind, Message.text).join(Delivery).order_by(Message.id))
        return [(row.author_kind, row.text) for row in rows]


def say(world: Written, text: str, *, note: bool = False, author: AuthorKind = AuthorKind.AGENT) -> int:
    with world.db.unit_of_work() as session:
        ticket = actions.lock_ticket(session, SYSTEM, world.ticket)
        if note:
            return messages.add_note(session, SYSTEM, ticket, messages.NewMessage(text)).id
        return messages.queue_reply(session, SYSTEM, ticket, messages.NewMessage(text), author).id


def test_what_a_grant_allows_is_sent_once(db: Database) -> None:
    world = a_ticket(db)
    world.grant()
    suggestion = world.suggest()
    assert suggestion.state == SuggestionState.AUTO_SENT
    assert replies(world) == [("bot", SUPPORTED.text)]
    assert world.begin() is None  # a repeated job finds it done
    with db.reading() as session:
        decision = session.scalars(select(Decision)).one()
        assert decision.outcome == Outcome.AUTO_SEND and decision.grant_id is not None


def test_a_draft_that_an_agent_asked_for_is_never_sent_by_itself(db: Database) -> None:
    world = a_ticket(db)
    world.grant()
    world.suggest()
    again = world.begin(ordinal=2)
    assert again is not None
    ruling = world.conclude(again)
    assert ruling is not None and ruling.outcome == Outcome.SUGGEST and ruling.reason == "unasked"
    assert len(replies(world)) == 1


def test_without_a_grant_it_waits_for_an_agent(db: Database) -> None:
    world = a_ticket(db)
    suggestion = world.suggest()
    assert suggestion.state == SuggestionState.PENDING and not replies(world)
    assert ticket_of(world).intent == "where_is_my_parcel"


def test_a_newer_message_while_the_model_thinks_supersedes_the_draft(db: Database) -> None:
    world = a_ticket(db)
    world.grant()
    prepared = world.begin()
    assert prepared is not None
    world.customer_writes("算了，我要退款")
    assert world.conclude(prepared) is None
    assert world.suggestion(prepared.suggestion_id).state == SuggestionState.SUPERSEDED and not replies(world)
    assert world.begin() is None  # the older message is answered no more


def test_a_newer_message_supersedes_a_draft_that_waits_and_stops_its_approval(db: Database) -> None:
    world = a_ticket(db)
    old = world.suggest()
    newer = world.customer_writes()
    assert world.begin(newer) is not None
    assert world.suggestion(old.id).state == SuggestionState.SUPERSEDED


def test_an_old_job_that_comes_late_leaves_a_newer_draft_alone(db: Database) -> None:
    """The first attempt failed; meanwhile an agent asked for another draft, which is ready."""
    world = a_ticket(db)
    second = world.begin(ordinal=2)
    assert second is not None
    world.conclude(second)
    assert world.begin(ordinal=1) is None
    with db.reading() as session:
        assert session.scalar(select(func.count(Suggestion.id))) == 1


def test_a_zombie_attempt_saves_nothing_over_the_one_that_was_first(db: Database) -> None:
    world = a_ticket(db)
    first, zombie = world.begin(), world.begin()
    assert first is not None and zombie is not None and first.suggestion_id == zombie.suggestion_id
    world.conclude(first)
    assert world.conclude(zombie, an_answer(confidence=0.1)) is None
    assert world.suggestion(first.suggestion_id).confidence == 0.9


def test_a_draft_that_cannot_be_made_is_handed_over(db: Database) -> None:
    world = a_ticket(db)
    prepared = world.begin()
    assert prepared is not None
    with db.unit_of_work() as session:
        prepare.give_up(session, world.message)
    suggestion = world.suggestion(prepared.suggestion_id)
    assert suggestion.state == SuggestionState.PENDING and suggestion.kind == "unknown"
    assert ticket_of(world).bot_stopped
    with db.reading() as session:
        assert session.scalars(select(Decision.reason)).one() == Reason.TOOL_FAILURE
        names = list(session.scalars(select(Event.name)))
    assert "HandedOver" in names and "SuggestionReady" in names
    with db.unit_of_work() as session:
        prepare.give_up(session, world.message)  # repeated: nothing more
    assert world.suggestion(prepared.suggestion_id).version == suggestion.version


def test_a_hand_over_silences_the_bot_until_the_ticket_is_resolved(db: Database) -> None:
    world = a_ticket(db)
    world.grant()
    first = world.begin()
    assert first is not None
    world.conclude(first, never_auto=True)
    assert ticket_of(world).bot_stopped
    second = world.begin(world.customer_writes("我的快递到哪里了？"))
    assert second is not None
    ruling = world.conclude(second)
    assert ruling is not None and ruling.outcome == Outcome.SUGGEST and ruling.reason == "not_stopped"


def test_the_bot_does_not_talk_over_an_agent(db: Database) -> None:
    world = a_ticket(db)
    world.grant()
    say(world, "我来处理。")
    prepared = world.begin(world.customer_writes("我的快递到哪里了？"))
    assert prepared is not None
    ruling = world.conclude(prepared)
    assert ruling is not None and ruling.reason == "no_agent" and len(replies(world)) == 1


def test_notes_and_replies_that_were_never_sent_are_neither_question_nor_history(db: Database) -> None:
    world = a_ticket(db, "第一个问题")
    say(world, "这位顾客很难缠", note=True)
    say(world, "您好，请稍等。")
    taken_back = say(world, "写错了的回复")
    with db.unit_of_work() as session:
        session.execute(update(Delivery).where(Delivery.message_id == taken_back).values(state=DeliveryState.CANCELLED))
    world.customer_writes("第二个问题")
    say(world, "第二条备注", note=True)
    prepared = world.begin(world.customer_writes("还有一件事"))
    assert prepared is not None
    question = prepared.question
    assert question.text == "第二个问题\n还有一件事"
    assert question.history == (("customer", "第一个问题"), ("agent", "您好，请稍等。"))


def test_only_a_verified_customer_gets_facts_and_a_name(db: Database) -> None:
    verified = a_ticket(db).begin()
    assert verified is not None and verified.question.verified
    assert len(verified.question.records) == 1 and verified.question.customer_name.startswith("顾客")
    stranger = a_ticket(db, verified=False).begin()
    assert stranger is not None and not stranger.question.verified
    assert stranger.question.records == () and stranger.question.customer_name == ""


def test_facts_are_of_this_customer_and_this_shop(db: Database) -> None:
    world = a_ticket(db, "订单 OTHER1 和 OTHER2 到哪里了？")
    with db.unit_of_work() as session:
        shop = session.get_one(Shop, world.shop)
        somebody = make_order(session, shop, make_customer(session), order_no="OTHER1")
        make_shipment(session, somebody)
        make_order(session, make_shop(session), session.get_one(Customer, world.customer), order_no="OTHER2")
        for _ in range(ORDERS + 3):
            make_order(session, shop, session.get_one(Customer, world.customer))
    prepared = world.begin()
    assert prepared is not None and len(prepared.question.records) == ORDERS
    assert "OTHER" not in str(prepared.question.records)


@pytest.mark.parametrize("ending", ["archived", "expired", "not_yet", "internal", "other_shop", "gone"])
def test_a_source_that_is_no_longer_for_this_customer_is_not_sent(db: Database, ending: str) -> None:
    world = a_ticket(db)
    world.grant()
    scope = {"audience": "internal"} if ending == "internal" else {}
    if ending == "other_shop":
        with db.unit_of_work() as session:
            scope = {"shop_ids": (make_shop(session).id,)}
    article, cited = an_article(db, **scope)
    prepared = world.begin()
    assert prepared is not None
    with db.unit_of_work() as session:
        if ending == "archived":
            archive_article(session, SYSTEM_PRINCIPAL, article)
        elif ending == "expired":
            session.execute(update(Article).values(valid_to=db_now(-1)))
        elif ending == "not_yet":
            session.execute(update(Article).values(valid_from=datetime.now(UTC) + timedelta(hours=1)))
    if ending == "gone":
        cited = type(cited)(1, "article", "article:999", "?", "?", passage_id=999)
    # The draft claims that its source is public: only the records can know better.
    ruling = world.conclude(prepared, an_answer(citations=(cited,), kind="extractive"))
    assert ruling is not None and ruling.outcome == Outcome.SUGGEST and ruling.reason == "sources_valid"
    assert not replies(world)


def test_a_valid_source_is_sent(db: Database) -> None:
    """The test above could not fail without this one."""
    world = a_ticket(db)
    world.grant()
    _, cited = an_article(db, shop_ids=(world.shop,))
    prepared = world.begin()
    assert prepared is not None
    ruling = world.conclude(prepared, an_answer(citations=(cited,), kind="extractive"))
    assert ruling is not None and ruling.outcome == Outcome.AUTO_SEND
    with db.reading() as session:
        sent = session.scalars(select(Message).where(Message.author_kind == AuthorKind.BOT)).one()
    assert sent.citations[0]["title"] == "退货规则" and "text" not in sent.citations[0]


@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_the_bot_adds_nothing_to_a_ticket_that_was_ended_meanwhile(db: Database, status: str) -> None:
    world = a_ticket(db)
    world.grant()
    prepared = world.begin()
    assert prepared is not None
    with db.unit_of_work() as session:
        actions.set_status(session, SYSTEM, actions.lock_ticket(session, SYSTEM, world.ticket), status)
    ruling = world.conclude(prepared)
    assert ruling is not None and ruling.reason == "no_agent" and not replies(world)
    assert ticket_of(world).status == status
