"""What agents and supervisors decide: once, in time, and with what it says kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from copilot import prepare, review
from copilot.grants import active_grant, grant_auto_send, revoke_auto_send
from copilot.models import AutoSendGrant, Review, Suggestion, SuggestionState
from core.db import Database, db_now
from core.errors import Conflict, CopilotError, Forbidden, InvalidInput, NotFound, PreconditionFailed
from knowledge.articles.actions import archive_article
from records.principals import SYSTEM_PRINCIPAL, Principal, Role
from records.tickets.models import Message
from retrieval.types import DraftSentence, Verdict
from tests.copilot.world import INTENT, SUPPORTED, Written, a_ticket, an_answer, an_article, ticket_of

UNSURE = DraftSentence("明天一定到。", (1,), Verdict.UNSUPPORTED, ("the date is not in the source",))


def approve(world: Written, suggestion: Suggestion, principal: Principal | None = None, **values: Any) -> Message:
    with world.db.unit_of_work() as session:
        terms = {"expected_version": suggestion.version} | values
        return review.approve(session, principal or world.agent, suggestion.id, **terms)[1]


def verdict(world: Written) -> Review:
    with world.db.reading() as session:
        return session.scalars(select(Review)).one()


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call gave or raised, all begun together."""
    found: list[object] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(number: int) -> None:
        start.wait()
        try:
            found[number] = calls[number]()
        except CopilotError as error:
            found[number] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_an_accepted_draft_is_sent_as_it_is_and_the_ticket_is_the_agents(db: Database) -> None:
    world = a_ticket(db)
    message = approve(world, world.suggest())
    assert message.text == SUPPORTED.text and message.author_kind == "agent"
    kept = verdict(world)
    assert (kept.verdict, kept.diff, kept.staff_id, kept.message_id) == ("accepted", [], world.agent.id, message.id)
    assert ticket_of(world).assignee_id == world.agent.id and ticket_of(world).status == "pending"


def test_an_edit_keeps_what_was_changed(db: Database) -> None:
    world = a_ticket(db)
    suggestion = world.suggest(an_answer(SUPPORTED, UNSURE))
    message = approve(world, suggestion, text="您的包裹在苏州。")  # an agent's own words need no confirmation
    kept = verdict(world)
    assert message.text == kept.sent_text == "您的包裹在苏州。" and kept.verdict == "edited"
    assert "".join(part["before"] for part in kept.diff) == suggestion.text
    assert "".join(part["after"] for part in kept.diff) == message.text
    assert world.suggestion(suggestion.id).state == SuggestionState.EDITED


def test_a_rejection_needs_a_reason_and_sends_nothing(db: Database) -> None:
    world = a_ticket(db)
    suggestion = world.suggest()
    with pytest.raises(InvalidInput), db.unit_of_work() as session:
        review.reject(session, world.agent, suggestion.id, expected_version=suggestion.version, reason=" ")
    with db.unit_of_work() as session:
        review.reject(session, world.agent, suggestion.id, expected_version=suggestion.version, reason="答非所问")
    assert verdict(world).reason == "答非所问"
    with pytest.raises(Conflict):
        approve(world, world.suggestion(suggestion.id))


def test_of_many_agents_at_once_one_wins_and_one_reply_is_queued(db: Database) -> None:
    world = a_ticket(db)
    suggestion = world.suggest()

    def rejects() -> Suggestion:
        with db.unit_of_work() as session:
            return review.reject(
                session, world.other, suggestion.id, expected_version=suggestion.version, reason="不对"
            )

    found = at_once(
        lambda: approve(world, suggestion),
        lambda: approve(world, suggestion, world.other, text="我来回复"),
        lambda: approve(world, suggestion, world.supervisor),
        rejects,
    )
    lost = [item for item in found if isinstance(item, CopilotError)]
    assert len(lost) == 3 and all(isinstance(error, Conflict | PreconditionFailed) for error in lost)
    with db.reading() as session:
        replies = session.scalar(select(func.count()).where(Message.suggestion_id == suggestion.id))
        assert replies == sum(isinstance(item, Message) for item in found)
        assert session.scalar(select(func.count(Review.id))) == 1


def test_an_approval_and_the_bot_at_once_never_both_send(db: Database) -> None:
    """The bot concludes a draft while an agent approves the one before it."""
    world = a_ticket(db)
    first = world.suggest()
    newer = world.customer_writes("我的快递到哪里了？")
    world.grant()
    prepared = world.begin(newer)
    assert prepared is not None
    found = at_once(lambda: approve(world, first), lambda: world.conclude(prepared))
    assert isinstance(found[0], Conflict)
    with db.reading() as session:
        assert session.scalar(select(func.count()).where(Message.suggestion_id.is_not(None))) == 1


def test_a_stale_version_is_refused(db: Database) -> None:
    world = a_ticket(db)
    suggestion = world.suggest()
    with pytest.raises(PreconditionFailed):
        approve(world, suggestion, expected_version=suggestion.version + 1)


def test_unverified_sentences_are_sent_only_when_confirmed(db: Database) -> None:
    world = a_ticket(db)
    suggestion = world.suggest(an_answer(SUPPORTED, UNSURE))
    for text in (None, suggestion.text):  # the same text is no edit
        with pytest.raises(InvalidInput) as refused:
            approve(world, suggestion, text=text)
        assert refused.value.details["unverified"][0]["text"] == UNSURE.text
    assert approve(world, suggestion, confirm_unverified=True).text == suggestion.text


def test_an_archived_source_stops_accepting_but_not_the_agents_own_words(db: Database) -> None:
    world = a_ticket(db)
    article, cited = an_article(db)
    suggestion = world.suggest(an_answer(citations=(cited,), kind="extractive"))
    with db.unit_of_work() as session:
        archive_article(session, SYSTEM_PRINCIPAL, article)
    with pytest.raises(Conflict):
        approve(world, suggestion)
    assert approve(world, suggestion, text="请以最新规则为准。")


def test_there_is_nothing_to_approve_where_no_draft_is(db: Database) -> None:
    world = a_ticket(db)
    unknown = world.suggest(an_answer(kind="unknown"))
    with pytest.raises(Conflict):
        approve(world, unknown)
    other = a_ticket(db)
    with db.unit_of_work() as session:
        prepare.give_up(session, other.message)
    with db.reading() as session:
        failed = session.scalars(select(Suggestion).where(Suggestion.ticket_id == other.ticket)).one()
    for text in (None, "自己写的"):
        with pytest.raises(Conflict):
            approve(other, failed, text=text)


def test_a_shop_out_of_reach_is_not_there(db: Database) -> None:
    world = a_ticket(db)
    stranger = Principal("staff", world.agent.id, "x", Role.AGENT, frozenset({world.shop + 999}))
    with pytest.raises(NotFound):
        approve(world, world.suggest(), stranger)


def active(world: Written) -> bool:
    with world.db.reading() as session:
        return active_grant(session, world.shop, INTENT) is not None


def test_a_grant_ends_by_the_databases_clock(db: Database) -> None:
    world = a_ticket(db)
    world.grant()
    assert active(world)
    with db.unit_of_work() as session:
        session.execute(update(AutoSendGrant).values(expires_at=db_now(-0.01)))
    assert not active(world)
    assert world.suggest().state == SuggestionState.PENDING


def test_a_revoked_grant_sends_nothing_more_and_can_be_given_again(db: Database) -> None:
    world = a_ticket(db)
    grant = world.grant()
    for _ in range(2):  # repeating it changes nothing
        with db.unit_of_work() as session:
            revoke_auto_send(session, world.supervisor, grant)
    assert not active(world)
    assert world.suggest().state == SuggestionState.PENDING
    world.grant()
    assert active(world)


def test_of_two_supervisors_at_once_one_grants(db: Database) -> None:
    """Two grants would leave one in force when the other is revoked."""
    world = a_ticket(db)
    found = at_once(*[lambda intent=intent: world.grant(intent=intent) for intent in (INTENT, f" {INTENT} ", INTENT)])
    assert sum(isinstance(item, int) for item in found) == 1
    assert sum(isinstance(item, Conflict) for item in found) == 2


def test_a_grant_is_for_its_shop_and_intent(db: Database) -> None:
    world, elsewhere = a_ticket(db), a_ticket(db)
    elsewhere.grant()
    world.grant(intent="return_policy")
    assert not active(world) and world.suggest().state == SuggestionState.PENDING


@pytest.mark.parametrize(
    "values",
    [
        {"min_confidence": 0},
        {"min_confidence": 1.1},
        {"expires_at": datetime.now(UTC) - timedelta(seconds=1)},
        {"expires_at": datetime.now(UTC) + timedelta(days=400)},
        {"intent": " "},
        {"reason": " "},
    ],
)
def test_a_grant_with_nonsense_is_refused(sqlite_db: Database, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        a_ticket(sqlite_db).grant(**values)


def test_an_agent_and_a_token_grant_nothing(sqlite_db: Database) -> None:
    world = a_ticket(sqlite_db)
    terms: dict[str, Any] = {
        "shop_id": world.shop,
        "intent": INTENT,
        "min_confidence": 0.5,
        "expires_at": datetime.now(UTC) + timedelta(hours=1),
        "reason": "x",
    }
    with pytest.raises(Forbidden), sqlite_db.unit_of_work() as session:
        grant_auto_send(session, world.agent, **terms)
    with pytest.raises(InvalidInput), sqlite_db.unit_of_work() as session:
        grant_auto_send(session, Principal("api", 1, "t", Role.ADMIN), **terms)
