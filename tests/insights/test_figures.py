"""Figures of small worlds against what was worked out by hand, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from core.db import Database
from insights.automation import automation, grant_deeds
from insights.drafts import drafts
from insights.export import report
from insights.people import load
from insights.periods import period_of
from insights.queue import queue
from insights.satisfaction import satisfaction
from insights.scope import Scope
from insights.times import times
from insights.volumes import volumes
from tests.factories import make_shop, make_staff
from tests.insights.world import NOW, SHANGHAI, World, ago

WEEK = period_of("7d", SHANGHAI, now=NOW)
ALL = Scope(SHANGHAI)


@pytest.fixture
def made(db: Database) -> Iterator[World]:
    with db.unit_of_work() as session:
        yield World(session)


def test_response_times_are_of_tickets_that_began_in_the_period(made: World) -> None:
    for minutes in (10, 1, 5, 7, 3, 2, 4, 6, 8, 9):  # median by nearest rank: the 5th of 10; p90: the 9th
        begun = ago(days=1)
        made.ticket(begun, status="pending", first_response_at=begun + timedelta(minutes=minutes))
    made.ticket(ago(days=8), status="pending", first_response_at=ago(days=1))  # began before
    made.ticket(ago(hours=1))  # nobody has answered
    made.ticket(ago(hours=1), status="resolved", resolved_at=ago(minutes=30))  # settled without a reply
    found = times(made.session, ALL, WEEK)
    assert (found.first_response.n, found.first_response.median, found.first_response.p90) == (10, 300.0, 540.0)
    assert (found.created, found.unanswered) == (12, 1)
    assert (found.answered_share.count, found.answered_share.total) == (10, 12)


def test_resolution_times_are_of_tickets_resolved_in_the_period(made: World) -> None:
    made.ticket(ago(days=9), status="resolved", resolved_at=ago(days=1))  # began before, resolved in it
    made.ticket(ago(days=2), status="closed", resolved_at=ago(days=1), closed_at=ago(hours=1))
    made.ticket(ago(days=9), status="resolved", resolved_at=ago(days=8))  # resolved before
    made.ticket(ago(days=2))
    found = times(made.session, ALL, WEEK)
    assert (found.resolved, found.resolution.n) == (2, 2)
    assert (found.resolution.median, found.resolution.p90) == (86_400.0, 8 * 86_400.0)


def test_no_tickets_are_no_figures_and_not_zero(made: World) -> None:
    found = times(made.session, ALL, WEEK)
    assert (found.first_response.n, found.first_response.median, found.answered_share.value) == (0, None, None)
    assert drafts(made.session, ALL, WEEK).total.accepted_share.low is None
    assert automation(made.session, ALL, WEEK).answered.value is None


def test_a_clock_that_went_backwards_is_left_out(made: World) -> None:
    made.ticket(ago(days=1), status="pending", first_response_at=ago(days=2))
    assert times(made.session, ALL, WEEK).first_response.n == 0


def test_business_hours_count_only_while_the_shop_is_open(made: World) -> None:
    made.shop.business_hours = {"fri": ["09:00", "18:00"], "mon": ["09:00", "18:00"]}
    friday = datetime(2026, 6, 12, 9, 30, tzinfo=UTC)  # 17:30 in Shanghai
    monday = datetime(2026, 6, 15, 1, 20, tzinfo=UTC)  # 09:20
    made.ticket(friday, status="pending", first_response_at=monday)
    found = times(made.session, ALL, WEEK, business_hours=True)
    assert found.first_response.median == 30 * 60 + 20 * 60
    assert times(made.session, ALL, WEEK).first_response.median == (monday - friday).total_seconds()
    made.shop.business_hours = {}
    made.session.flush()
    assert (
        times(made.session, ALL, WEEK, business_hours=True).first_response.median == (monday - friday).total_seconds()
    )


def test_a_reply_while_the_shop_is_closed_took_no_business_time(made: World) -> None:
    made.shop.business_hours = {"mon": ["09:00", "18:00"]}
    saturday = datetime(2026, 6, 13, 3, 0, tzinfo=UTC)
    made.ticket(saturday, status="pending", first_response_at=saturday + timedelta(hours=5))
    assert times(made.session, ALL, WEEK, business_hours=True).first_response.median == 0


def test_volumes_are_by_the_shops_day_and_hour(made: World) -> None:
    late = datetime(2026, 6, 13, 15, 59, tzinfo=UTC)  # 23:59 of the 13th, a Saturday, in Shanghai
    made.ticket(late, intent="refund", channel="web")
    made.ticket(late + timedelta(minutes=1), intent="refund", channel="email", language="en")
    made.ticket(ago(days=9), intent="invoice")
    made.ticket(ago(days=9), status="resolved", resolved_at=late, intent="refund", language=None)
    found = volumes(made.session, ALL, WEEK)
    by_day = {day.day: (day.created, day.resolved) for day in found.by_day}
    assert len(by_day) == 7
    assert by_day[date(2026, 6, 13)] == (1, 1)
    assert by_day[date(2026, 6, 14)] == (1, 0)
    assert (found.by_hour[5][23], found.by_hour[6][0], sum(map(sum, found.by_hour))) == (1, 1, 2)
    assert [(part.value, part.count, part.before) for part in found.by_intent] == [("refund", 2, 1), ("invoice", 0, 1)]
    assert {(part.value, part.count) for part in found.by_channel} == {("web", 1), ("email", 1)}
    assert {(part.value, part.count, part.before) for part in found.by_language} == {
        ("zh", 1, 1), ("en", 1, 0), (None, 0, 1),
    }  # fmt: skip


def test_what_became_of_drafts(made: World) -> None:
    at = ago(days=1)
    for state in ("accepted", "accepted", "edited", "rejected"):
        made.draft(made.ticket(at, intent="refund"), at, state)
    by_hand = made.ticket(at, intent="refund")
    made.draft(by_hand, at)
    made.reply(by_hand, at + timedelta(minutes=1))  # the agent wrote another reply
    then = made.ticket(at, intent="refund")
    made.draft(then, at, "superseded")
    made.reply(then, at + timedelta(minutes=1))
    made.says(then, at + timedelta(minutes=2))  # … and the customer went on
    made.draft(made.ticket(at, status="resolved", resolved_at=at), at)  # settled without a word on the draft
    made.draft(made.ticket(at), at, language="en")  # waits
    again = made.ticket(at)
    made.draft(again, at, "superseded")
    made.says(again, at)  # overtaken before anybody acted
    made.reply(again, at + timedelta(minutes=3))
    found = drafts(made.session, ALL, WEEK)
    total = found.total
    assert (total.accepted, total.edited, total.rejected, total.ignored) == (2, 1, 1, 3)
    assert (total.waiting, total.overtaken, total.offered) == (1, 1, 9)
    assert (total.accepted_share.count, total.accepted_share.total, total.used_share.count) == (2, 7, 3)
    refund = next(part.fates for part in found.by_intent if part.value == "refund")
    assert (refund.accepted, refund.ignored, refund.offered) == (2, 2, 6)
    assert {part.value: part.fates.offered for part in found.by_language} == {"zh": 8, "en": 1}


def test_what_is_no_offer(made: World) -> None:
    """No answer, sent by itself, being written, a greeting, replaced by another one, an internal note of the agent."""
    at = ago(days=1)
    made.draft(made.ticket(at), at, kind="unknown", text="")
    made.draft(made.ticket(at), at, "auto_sent", outcome="auto_send")
    made.draft(made.ticket(at), at, "drafting", kind="")
    made.draft(made.ticket(at), at, kind="courtesy")
    replaced = made.ticket(at)
    made.draft(replaced, at, "superseded")
    made.draft(replaced, at, ordinal=2)
    made.reply(replaced, at, visibility="note")
    total = drafts(made.session, ALL, WEEK).total
    assert (total.offered, total.waiting) == (1, 1)


def test_what_the_bot_answered_and_why_it_did_not(made: World) -> None:
    at, grant = ago(days=1), made.grant()
    sent = made.ticket(at, intent="logistics_query", status="resolved", resolved_at=at)
    draft = made.draft(sent, at, "auto_sent", outcome="auto_send", reason="all_rules_passed", grant=grant)
    made.reply(sent, at, "bot", suggestion_id=draft.id)
    helped = made.ticket(at, intent="logistics_query", status="resolved", resolved_at=at)
    draft = made.draft(helped, at, "auto_sent", outcome="auto_send", reason="all_rules_passed", grant=grant)
    made.reply(helped, at + timedelta(minutes=1), "bot", suggestion_id=draft.id)
    made.says(helped, at + timedelta(minutes=2))
    made.reply(helped, at + timedelta(minutes=3), "agent")
    made.draft(made.ticket(at, intent="complaint"), at, outcome="hand_over", reason="intent_needs_a_person")
    asked = made.ticket(at, intent="complaint")
    made.draft(asked, at, "superseded")
    made.draft(asked, at, ordinal=2)  # asked for by an agent: no decision of the bot's own
    made.draft(made.ticket(at), at, "auto_sent", outcome="auto_send", kind="courtesy")  # "在吗" asks nothing
    found = automation(made.session, ALL, WEEK)
    assert found.messages == 4
    assert (found.answered.count, found.suggested.count, found.handed_over.count) == (2, 1, 1)
    assert (found.solved_alone.count, found.solved_alone.total) == (1, 2)
    assert [(r.outcome, r.reason, r.count) for r in found.reasons] == [
        ("auto_send", "all_rules_passed", 2), ("hand_over", "intent_needs_a_person", 1), ("suggest", "granted", 1),
    ]  # fmt: skip
    assert {part.intent: (part.messages, part.answered.count) for part in found.by_intent} == {
        "logistics_query": (2, 2), "complaint": (2, 0),
    }  # fmt: skip
    (deeds,) = grant_deeds(made.session, ALL)
    assert (deeds.grant_id, deeds.sent, deeds.last_sent_at) == (grant.id, 2, at + timedelta(minutes=1))
    assert (deeds.wrote_again.count, deeds.person_replied.count) == (1, 1)


def test_what_customers_said(made: World) -> None:
    at = ago(days=1)
    for score in (5, 5, 4, 1):
        made.ticket(
            at, status="resolved", resolved_at=at, satisfaction=score, satisfaction_at=at, satisfaction_comment="…"
        )
    made.ticket(at, status="resolved", resolved_at=at)
    made.ticket(ago(days=9), status="resolved", resolved_at=ago(days=9), satisfaction=2, satisfaction_at=at)
    made.ticket(ago(days=9), status="resolved", resolved_at=ago(days=9), satisfaction=1, satisfaction_at=ago(days=8))
    found = satisfaction(made.session, ALL, WEEK)
    assert (found.n, found.mean, found.scores) == (5, 3.4, {1: 1, 2: 1, 3: 0, 4: 1, 5: 2})
    assert (found.satisfied.count, found.satisfied.total) == (3, 5)
    assert (found.rated.count, found.rated.total) == (4, 5)
    assert [word.score for word in found.unhappy] == [2, 1]
    assert satisfaction(made.session, Scope(SHANGHAI, frozenset()), WEEK).mean is None


def test_the_queue_now(made: World) -> None:
    now = datetime.now(UTC)
    first = made.ticket(now - timedelta(hours=30), priority="urgent", status="open", subject="丢件")
    made.ticket(now - timedelta(minutes=5), status="new", assignee_id=made.agent.id)
    answered = made.ticket(now - timedelta(hours=3), status="open")
    made.reply(answered, now - timedelta(hours=2))
    taken_back = made.ticket(now - timedelta(hours=2), status="open")
    made.reply(taken_back, now - timedelta(hours=1), delivery="cancelled")
    noted = made.ticket(now - timedelta(hours=6), status="open")
    made.reply(noted, now - timedelta(hours=1), visibility="note")
    made.ticket(now - timedelta(days=2), status="pending")
    made.ticket(now - timedelta(days=2), status="resolved", resolved_at=now)
    found = queue(made.session, ALL)
    assert found.by_status == {"new": 1, "open": 4, "pending": 1}
    assert (found.total, found.unassigned, found.by_priority["urgent"]) == (6, 5, 1)
    assert found.waited == {"under_1h": 1, "1_to_4h": 1, "4_to_24h": 1, "over_24h": 1}
    assert found.oldest[0].ticket_id == first.id
    assert found.oldest[0].seconds == pytest.approx(30 * 3600, abs=60)
    assert found.oldest[0].subject == "丢件"


def test_everybodys_load(made: World) -> None:
    other = make_staff(made.session)
    at = ago(days=1)
    held = made.ticket(at, status="open", assignee_id=made.agent.id)
    made.reply(held, at)
    made.reply(held, at, visibility="note")
    made.reply(held, ago(days=8))
    made.ticket(at, status="new", assignee_id=made.agent.id)
    made.ticket(at, status="resolved", resolved_at=at, assignee_id=other.id)
    made.draft(made.ticket(at, assignee_id=other.id), at, "edited")
    rows = {row.staff_id: row for row in load(made.session, ALL, WEEK)}
    mine, others = rows[made.agent.id], rows[other.id]
    assert (mine.open, mine.waiting, mine.replies, mine.edited) == (2, 1, 1, 1)
    assert (others.open, others.resolved, others.replies) == (1, 1, 0)
    own = load(made.session, Scope(SHANGHAI, None, made.agent.id), WEEK)
    assert [(row.staff_id, row.edited) for row in own] == [(made.agent.id, 1)]


def test_figures_keep_to_shops_and_to_an_agents_own_tickets(made: World) -> None:
    other = make_shop(made.session)
    at = ago(days=1)
    made.draft(made.ticket(at, shop_id=other.id), at, "accepted")
    mine = made.ticket(at, assignee_id=made.agent.id, status="pending", first_response_at=at)
    made.draft(mine, at, "rejected")
    here, own = Scope(SHANGHAI, frozenset({made.shop.id})), Scope(SHANGHAI, None, made.agent.id)
    assert drafts(made.session, ALL, WEEK).total.offered == 2
    for scope in (here, own):
        assert drafts(made.session, scope, WEEK).total.accepted == 0
        assert automation(made.session, scope, WEEK).messages == 1
        assert volumes(made.session, scope, WEEK).created == 1
        assert times(made.session, scope, WEEK).created == 1
        assert queue(made.session, scope).total == 1
    assert queue(made.session, Scope(SHANGHAI, frozenset())).total == 0


def test_the_files_hold_the_same_figures(made: World) -> None:
    at = ago(days=1)
    made.draft(made.ticket(at, intent="=refund", assignee_id=made.agent.id), at, "accepted")
    lines = report(made.session, ALL, WEEK, "drafts").splitlines()
    assert lines[1].startswith("total,,1,1,0,0,0,0,0,1,1,1.0,")
    assert lines[2].startswith("intent,'=refund,1,1"), "a spreadsheet must not take it for a formula"
    assert "first_response,now,0,," in report(made.session, ALL, WEEK, "times")
    assert "day,2026-06-14,1,0," in report(made.session, ALL, WEEK, "volumes")
    assert "total,suggested,1,1,1.0," in report(made.session, ALL, WEEK, "automation")
    assert f"{made.agent.id},{made.agent.display_name},True,1,1," in report(made.session, ALL, WEEK, "people")
