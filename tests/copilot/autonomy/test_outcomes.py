"""What counts as right and wrong: an agent's verdict, a draft that was passed over, what the customer did after it."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from copilot import review
from copilot.autonomy.outcomes import Judged, judged
from copilot.handover.actions import ask_for_person
from copilot.models import Review
from core.db import Database
from records.tickets import actions, messages
from records.tickets.models import AuthorKind, Ticket
from tests.copilot.world import SYSTEM, Written, a_ticket


def found(world: Written) -> list[Judged]:
    with world.db.reading() as session:
        return judged(session, shop_id=world.shop)


def agent_writes(world: Written, text: str = "我来看看") -> int:
    with world.db.unit_of_work() as session:
        ticket = actions.lock_ticket(session, SYSTEM, world.ticket)
        return messages.queue_reply(session, world.agent, ticket, messages.NewMessage(text), AuthorKind.AGENT).id


def accepted(world: Written) -> None:
    suggestion = world.suggest()
    with world.db.unit_of_work() as session:
        review.approve(session, world.agent, suggestion.id, expected_version=suggestion.version)


def test_an_accepted_draft_is_right_and_could_have_been_sent(db: Database) -> None:
    world = a_ticket(db)
    accepted(world)
    one = found(world)[0]
    assert one.right and one.sendable and one.ungranted and one.audit_of is None and one.propensity == 1.0


@pytest.mark.parametrize(
    ("kinds", "right"), [(["tone", "length", "missing"], True), (["fact"], False), (["policy"], False)]
)
def test_an_edit_is_wrong_when_a_fact_or_a_policy_was_changed(db: Database, kinds: list[str], right: bool) -> None:
    world = a_ticket(db)
    accepted(world)
    with db.unit_of_work() as session:
        session.execute(update(Review).values(verdict="edited", kinds=kinds))
    assert [one.right for one in found(world)] == [right]


def test_a_rejected_draft_is_wrong(db: Database) -> None:
    world = a_ticket(db)
    suggestion = world.suggest()
    with db.unit_of_work() as session:
        review.reject(session, world.agent, suggestion.id, expected_version=suggestion.version, reason="no")
    assert [one.right for one in found(world)] == [False]


def test_what_the_customer_does_afterwards_counts(db: Database) -> None:
    world, other = a_ticket(db), a_ticket(db)
    for one in (world, other):
        accepted(one)
    with db.unit_of_work() as session:
        ticket = actions.lock_ticket(session, SYSTEM, world.ticket)
        ask_for_person(session, SYSTEM, ticket)
        session.execute(update(Ticket).where(Ticket.id == other.ticket).values(satisfaction=2))
    assert [one.right for one in found(world)] == [False] and [one.right for one in found(other)] == [False]
    with db.unit_of_work() as session:
        session.execute(update(Ticket).where(Ticket.id == other.ticket).values(satisfaction=3))
    assert [one.right for one in found(other)] == [True]


def test_a_draft_that_the_agent_passed_over_is_wrong(db: Database) -> None:
    """Agents who only judge the good drafts would otherwise prove anything."""
    world = a_ticket(db)
    world.suggest()
    assert found(world) == []
    agent_writes(world)
    one = found(world)[0]
    assert not one.right and one.sendable
    world.customer_writes("谢谢")
    world.begin()  # the draft for the newer message supersedes it
    assert [one.right for one in found(world)] == [False]


def test_what_was_not_passed_over(db: Database) -> None:
    """Written before the draft was ready; after the customer wrote again; a note; a reply that was taken back."""
    early, late, note, back = (a_ticket(db) for _ in range(4))
    prepared = early.begin()
    assert prepared is not None
    agent_writes(early)
    early.conclude(prepared)
    late.suggest()
    late.customer_writes("还有一个问题")
    agent_writes(late)
    note.suggest()
    with db.unit_of_work() as session:
        ticket = actions.lock_ticket(session, SYSTEM, note.ticket)
        messages.add_note(session, note.agent, ticket, messages.NewMessage("内部备注"))
    back.suggest()
    message = agent_writes(back)
    with db.unit_of_work() as session:
        messages.cancel_reply(session, back.agent, actions.lock_ticket(session, SYSTEM, back.ticket), message)
    assert [found(one) for one in (early, late, note, back)] == [[], [], [], []]
    accepted_later = a_ticket(db)
    suggestion = accepted_later.suggest()
    agent_writes(accepted_later, "稍等")
    with db.unit_of_work() as session:
        review.approve(session, accepted_later.agent, suggestion.id, expected_version=suggestion.version)
    assert [one.right for one in found(accepted_later)] == [True], "a verdict goes before a guess"
