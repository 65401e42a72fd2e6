"""The hand-over as a model: whatever people and jobs do, in whatever order, the bot keeps its manners.

The rules below call the real actions on a real database (SQLite) and the checks read what the customer would see.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from copilot import prepare
from copilot.handover.actions import ask_for_person, state
from copilot.handover.reading import MAX_BOT_REPLIES, wants_person
from copilot.handover.states import Reason, State
from copilot.models import Decision, Outcome, Suggestion
from copilot.prepare import Prepared
from core.db import Database
from core.events import BOT, Event
from records.tickets import actions, messages
from records.tickets.models import AuthorKind, Direction, Message, Ticket
from retrieval.types import DraftSentence, Verdict
from retrieval.verify.promises import guard, says_transfer
from tests.copilot.world import SUPPORTED, SYSTEM, Written, a_ticket, an_answer, ticket_of

ANGRY = {"complaint": "serious", "sentiment": "negative", "urgency": "low", "reasons": []}
TRANSFER = DraftSentence("稍后由人工客服为您跟进。", (), Verdict.NOT_A_CLAIM)
PROMISE = DraftSentence("我已为您退款。", (1,), Verdict.SUPPORTED)
KINDS = st.sampled_from(["new", "new", "same", "same", "same", "unknown", "angry", "transfer", "promise", "risk"])
TEXTS = st.sampled_from(["在吗", "我的快递到哪里了", "还有呢", "转人工", "发票怎么开", "多久", "好的"])
CALM = st.sampled_from(["在吗", "我的快递到哪里了", "还有呢", "发票怎么开", "多久"])


class Conversation(RuleBasedStateMachine):
    """`drafts`: jobs that have begun and not concluded, as when several workers are at it."""

    database: Database

    @initialize()
    def begin(self) -> None:
        self.world: Written = a_ticket(self.database)
        self.world.grant()
        self.drafts: list[Prepared] = []
        self.person_since: int | None = None  # the bot must not speak after this message, until it is resolved
        self.numbers = 0

    # ---- what happens ----

    @rule(text=TEXTS)
    def customer_writes(self, text: str) -> None:
        self.world.customer_writes(text)

    @rule()
    def customer_presses_person(self) -> None:
        with self.database.unit_of_work() as session:
            ticket = actions.lock_ticket(session, SYSTEM, self.world.ticket)
            messages.add_inbound(session, SYSTEM, ticket, messages.NewMessage("我要人工"))
            ask_for_person(session, SYSTEM, ticket)
            assert state(session, ticket) in (State.WAITING_AGENT, State.AGENT), "a customer can always reach a person"
        self._a_person_has_it()

    @rule()
    def job_begins(self) -> None:
        with self.database.reading() as session:
            newest = session.scalars(
                select(Message.id).where(Message.direction == Direction.IN, Message.ticket_id == self.world.ticket)
                .order_by(Message.id.desc()).limit(1)
            ).one()  # fmt: skip
        prepared = self.world.begin(newest)
        if prepared is not None:
            self.drafts.append(prepared)

    @precondition(lambda self: self.drafts)
    @rule(
        which=st.integers(0, 9),
        kind=st.sampled_from(["new", "new", "new", "same", "unknown", "angry", "transfer", "promise", "risk"]),
    )
    def job_concludes(self, which: int, kind: str) -> None:
        self._conclude(which, kind)

    def _conclude(self, which: int, kind: str) -> None:
        prepared = self.drafts.pop(which % len(self.drafts))
        self.numbers += 1
        new = replace(SUPPORTED, text=f"{'甲乙丙丁戊己庚辛壬癸'[self.numbers % 10] * 6}第{self.numbers}条")
        sentences = {
            "same": (SUPPORTED,), "transfer": (new, TRANSFER), "promise": (new, PROMISE),
        }.get(kind, (new,))  # fmt: skip
        answer = an_answer(*sentences, kind="unknown" if kind == "unknown" else "record")
        answer = replace(
            answer, draft=guard(answer.draft), extras={**answer.extras, **({"mood": ANGRY} if kind == "angry" else {})}
        )
        before, yielding = self._state(), self._yields()
        ruling = self.world.conclude(prepared, answer, never_auto=kind == "risk")
        if ruling is None:
            return
        if ruling.outcome == Outcome.AUTO_SEND:
            assert before is State.BOT or (before is State.WAITING_AGENT and yielding)
            assert kind in ("new", "same") and not wants_person(prepared.question.text)
            if before is State.WAITING_AGENT:
                assert self._state() is State.WAITING_AGENT and self._waits(), "it goes on waiting"
        if ruling.outcome == Outcome.HAND_OVER:
            assert ruling.reason in list(Reason)
            assert self._state() in (State.WAITING_AGENT, State.AGENT, State.DONE)
            self._a_person_has_it()
        if wants_person(prepared.question.text):
            assert ruling.reason == Reason.CUSTOMER_ASKED, "asking in words reaches a person too"

    @rule(kind=KINDS)
    def job_runs(self, kind: str) -> None:
        """From end to end, with nothing between."""
        before = len(self.drafts)
        self.job_begins()
        if len(self.drafts) > before:
            self.drafts.insert(0, self.drafts.pop())
            self._conclude(0, kind)

    @rule(asked=st.lists(st.tuples(CALM, st.sampled_from(["new", "same", "promise"])), min_size=2, max_size=4))
    def customer_asks_and_is_answered(self, asked: list[tuple[str, str]]) -> None:
        """The common case: without it, walks of fifteen steps seldom leave the bot time to say anything twice."""
        for text, kind in asked:
            self.world.customer_writes(text)
            self.job_runs(kind)

    @rule(text=CALM, more=CALM)
    def customer_asks_in_a_burst(self, text: str, more: str) -> None:
        """Two messages, and the first one's job is still at work."""
        self.world.customer_writes(text)
        self.job_begins()
        self.world.customer_writes(more)
        self.job_begins()
        while self.drafts:
            self._conclude(0, "new")

    @rule()
    def agent_is_faster(self) -> None:
        """An agent takes it while the draft is being written."""
        before = len(self.drafts)
        self.job_begins()
        if len(self.drafts) > before:
            self.drafts.insert(0, self.drafts.pop())
            self.agent_takes_it()
            self._conclude(0, "new")

    @rule()
    def job_dies(self) -> None:
        with self.database.unit_of_work() as session:
            newest = session.scalars(
                select(Message.id).where(Message.direction == Direction.IN, Message.ticket_id == self.world.ticket)
                .order_by(Message.id.desc()).limit(1)
            ).one()  # fmt: skip
            prepare.give_up(session, newest)
            if session.scalars(select(Decision).order_by(Decision.id.desc()).limit(1)).first() is None:
                return
        if self._stopped():
            self._a_person_has_it()

    @rule()
    def agent_takes_it(self) -> None:
        with self.database.unit_of_work() as session:
            ticket = actions.lock_ticket(session, SYSTEM, self.world.ticket)
            actions.assign(session, SYSTEM, ticket, self.world.agent.id)
        self._a_person_has_it()

    @rule()
    def agent_writes(self) -> None:
        with self.database.unit_of_work() as session:
            ticket = actions.lock_ticket(session, SYSTEM, self.world.ticket)
            messages.queue_reply(session, self.world.agent, ticket, messages.NewMessage("我来看看"), AuthorKind.AGENT)
        self._a_person_has_it()

    @rule()
    def agent_puts_it_back(self) -> None:
        with self.database.unit_of_work() as session:
            ticket = actions.lock_ticket(session, SYSTEM, self.world.ticket)
            actions.assign(session, SYSTEM, ticket, None)
        now = self._state()
        if now is State.BOT or (now is State.WAITING_AGENT and self._yields()):  # nobody has answered
            self.person_since = None

    @rule()
    def it_is_resolved(self) -> None:
        with self.database.unit_of_work() as session:
            actions.resolve(session, SYSTEM, actions.lock_ticket(session, SYSTEM, self.world.ticket))
        self.person_since = None

    # ---- what must hold ----

    @invariant()
    def the_bot_keeps_its_manners(self) -> None:
        said = self._messages()
        by_bot = [m for m in said if m.author_kind == AuthorKind.BOT]
        if self.person_since is not None:
            late = [m for m in by_bot if m.seq > self.person_since]
            assert not late, "the bot spoke although a person has the conversation"
        answered = True
        for message in said:
            if message.direction == Direction.IN:
                answered = False
            elif message.author_kind == AuthorKind.BOT:
                assert not answered, "two answers of the bot with no word of the customer between them"
                answered = True
        texts = [m.text for m in by_bot]
        assert len(texts) == len(set(texts)) and len(texts) <= MAX_BOT_REPLIES, "a loop"
        for text in texts:
            assert not says_transfer(text) and PROMISE.text not in text

    def teardown(self) -> None:
        """Every hand-over is told, with a reason."""
        with self.database.reading() as session:
            mine = Event.name == "HandedOver", Event.ticket_id == self.world.ticket
            told = session.scalars(select(Event).where(*mine)).all()
            assert all(one.data["reason"] in list(Reason) for one in told)
            assert told or not session.get_one(Ticket, self.world.ticket).bot_stopped, "silent without having told"

    # ---- reading ----

    def _yields(self) -> bool:
        """It was handed over for want of knowledge, and nothing else was told since."""
        with self.database.reading() as session:
            mine = Event.name == "HandedOver", Event.ticket_id == self.world.ticket
            last = session.scalars(select(Event).where(*mine).order_by(Event.id.desc()).limit(1)).first()
            return last is not None and last.data["reason"] == Reason.NO_KNOWLEDGE

    def _a_person_has_it(self) -> None:
        if self._state() is State.WAITING_AGENT and self._yields():
            return  # another question may still be answered
        if self.person_since is None and self._state() in (State.WAITING_AGENT, State.AGENT):
            self.person_since = self._messages()[-1].seq

    def _messages(self) -> list[Message]:
        with self.database.reading() as session:
            query = select(Message).where(Message.ticket_id == self.world.ticket).order_by(Message.seq)
            return list(session.scalars(query))

    def _state(self) -> State:
        with self.database.unit_of_work() as session:
            return state(session, actions.lock_ticket(session, SYSTEM, self.world.ticket))

    def _waits(self) -> bool:
        """The ticket is open and counts as unanswered: an agent finds it."""
        with self.database.reading() as session:
            ticket = session.get_one(Ticket, self.world.ticket)
            return ticket.status in ("new", "open") and ticket.waiting_since is not None

    def _stopped(self) -> bool:
        with self.database.unit_of_work() as session:
            return actions.lock_ticket(session, SYSTEM, self.world.ticket).bot_stopped


def run(database: Database, examples: int, steps: int = 15) -> None:
    kind: Any = type("Bound", (Conversation,), {"database": database})
    terms = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),  # shrinking would take minutes, and the steps of a failure are printed anyway
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(kind, settings=terms)


def test_whatever_happens(sqlite_db: Database) -> None:
    run(sqlite_db, 15)


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (prepare, "agent_on_it", lambda *_: False),
        (prepare, "hand_over", lambda *_: True),  # told, and not done
        (prepare, "repeats", lambda *_: False),
        (prepare, "handed_over_for", lambda *_: Reason.NO_KNOWLEDGE),  # whatever the reason was
        (sys.modules[__name__], "guard", lambda draft: draft),  # the engine's step, which the rules take here
    ],
)
def test_the_model_sees_what_is_taken_out(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, broken: Any
) -> None:
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(AssertionError):
        run(sqlite_db, 300, steps=6)


UNKNOWN = an_answer(replace(SUPPORTED, text=""), kind="unknown")
WELCOME = an_answer(
    DraftSentence("不客气！", (), Verdict.NOT_A_CLAIM), kind="courtesy", citations=(), intent="greeting_thanks"
)


def handed_over_unknown(db: Database) -> Written:
    """The bot did not know; the ticket waits for a person, and the customer asks something else."""
    world = a_ticket(db, "你们老板喜欢什么颜色")
    world.grant()
    world.suggest(UNKNOWN)
    return replace(world, message=world.customer_writes("我的快递到哪里了？"))


def test_a_question_after_one_that_was_handed_over_is_answered_by_itself(db: Database) -> None:
    world = handed_over_unknown(db)
    prepared = world.begin()
    assert prepared is not None and prepared.question.text == "我的快递到哪里了？"
    assert ("customer", "你们老板喜欢什么颜色") in prepared.question.history
    ruling = world.conclude(prepared)
    assert ruling is not None and ruling.outcome == Outcome.AUTO_SEND
    with db.reading() as session:
        ticket = session.get_one(Ticket, world.ticket)
        assert ticket.bot_stopped and ticket.status == "new", "what was not known still waits for a person"
        assert ticket.waiting_since is not None and ticket.first_response_at is None
        told = session.scalars(select(Event).where(Event.name == "HandedOver").order_by(Event.id)).all()
        assert [one.data["reason"] for one in told] == ["no_knowledge"]


@pytest.mark.parametrize("courtesies", [["谢谢"], ["在吗", "在吗？？", "有人吗", "你好", "在吗"]])
def test_a_courtesy_while_a_person_is_waited_for_leaves_the_question_open(db: Database, courtesies: list[str]) -> None:
    """The draft stays about what was asked, nothing is said, and nothing is told anew."""
    world = a_ticket(db, "你们老板喜欢什么颜色")
    world.grant(intent="greeting_thanks")
    world.suggest(UNKNOWN)
    before = ticket_of(world).waiting_since
    for text in courtesies:
        world = replace(world, message=world.customer_writes(text))
        prepared = world.begin()
        assert prepared is not None
        assert prepared.question.text.startswith("你们老板喜欢什么颜色\n") and prepared.question.text.endswith(text)
        ruling = world.conclude(prepared, UNKNOWN)
        assert ruling is not None and ruling.outcome == Outcome.HAND_OVER
    with db.reading() as session:
        ticket = session.get_one(Ticket, world.ticket)
        assert ticket.bot_stopped and ticket.waiting_since == before and ticket.first_response_at is None
        told = session.scalars(select(Event).where(Event.name == "HandedOver").order_by(Event.id)).all()
        assert [one.data["reason"] for one in told] == ["no_knowledge"]
    later = replace(world, message=world.customer_writes("我的快递到哪里了？")).begin()
    assert later is not None and later.question.text == "我的快递到哪里了？", "another question is one of its own"


def test_thanks_for_the_answer_to_another_question_are_answered(db: Database) -> None:
    world = handed_over_unknown(db)
    world.grant(intent="greeting_thanks")
    assert world.suggest().state == "auto_sent"
    world = replace(world, message=world.customer_writes("谢谢"))
    prepared = world.begin()
    assert prepared is not None and prepared.question.text == "谢谢"
    ruling = world.conclude(prepared, WELCOME)
    assert ruling is not None and ruling.outcome == Outcome.AUTO_SEND
    ticket = ticket_of(world)
    assert ticket.bot_stopped and ticket.waiting_since is not None and ticket.first_response_at is None


def test_with_an_agent_on_it_there_is_a_draft_and_no_answer(db: Database) -> None:
    world = handed_over_unknown(db)
    with db.unit_of_work() as session:
        actions.assign(session, SYSTEM, actions.lock_ticket(session, SYSTEM, world.ticket), world.agent.id)
    suggestion = world.suggest()
    assert suggestion.state == "pending" and suggestion.text == SUPPORTED.text


@pytest.mark.parametrize("text", ["转人工", "我要人工"])
def test_asking_for_a_person_while_one_is_waited_for_silences_the_bot(db: Database, text: str) -> None:
    world = handed_over_unknown(db)
    with db.unit_of_work() as session:
        ticket = actions.lock_ticket(session, SYSTEM, world.ticket)
        assert ask_for_person(session, SYSTEM, ticket) and not ask_for_person(session, SYSTEM, ticket)
    assert world.suggest().state == "pending"
    later = replace(world, message=world.customer_writes(text))
    later.suggest()
    assert replace(world, message=world.customer_writes("我的快递到哪里了？")).suggest().state == "pending"
    with db.reading() as session:
        told = session.scalars(select(Event).where(Event.name == "HandedOver").order_by(Event.id)).all()
        assert [one.data["reason"] for one in told] == ["no_knowledge", "customer_asked"], "each reason once"


def test_a_suggestion_of_a_handed_over_ticket_waits_for_its_agent(sqlite_db: Database) -> None:
    world = a_ticket(sqlite_db, "转人工")
    world.grant()
    suggestion = world.suggest()
    with sqlite_db.reading() as session:
        assert session.get_one(Suggestion, suggestion.id).state == "pending"
        told = session.scalars(select(Event).where(Event.name == "HandedOver")).one()
        assert told.data == {"suggestion_id": suggestion.id, "reason": "customer_asked"} and told.actor_kind == BOT.kind
