"""Cases write themselves from what happens on tickets, once each, without personal data."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from copilot import review
from copilot.corrections import correct
from copilot.handover.actions import ask_for_person
from copilot.models import SuggestionState
from core.db import Database
from core.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from core.events import Event
from evals.cases import actions
from evals.cases.collecting import collect, draw
from evals.cases.models import EvalCase, EvalCaseSource, EvalCaseStatus, EvalCaseVersion, EvalLabel, Expected, Kind
from evals.cases.queries import CaseFilter, count_by_status, list_cases, versions_of
from evals.cases.verdicts import give_verdict, take_back_verdict
from evals.cases.versions import content
from evals.runs.models import EvalRun
from records.principals import Principal, Role
from records.tickets import actions as tickets
from records.tickets import messages
from records.tickets.from_customer import rate
from records.tickets.models import Message
from retrieval.types import DraftSentence, Verdict
from tests.copilot.world import Written, a_ticket, an_answer, an_article

EDITOR = Principal("system", role=Role.ADMIN)


def _collect(db: Database, *names: str, share: float = 1.0, twice: bool = True) -> list[int]:
    """Every event of these kinds is delivered twice, the whole story after itself again."""
    with db.reading() as session:
        ids = list(session.scalars(select(Event.id).where(Event.name.in_(names)).order_by(Event.id)))
    for event_id in ids * (2 if twice else 1):
        with db.unit_of_work() as session:
            collect(session, event_id, ordinary_share=share)
    return ids


def _only(db: Database) -> EvalCase:
    with db.reading() as session:
        return session.scalars(select(EvalCase)).one()


def _reviewed(world: Written, verdict: str, *, text: str | None = None) -> int:
    article, cited = an_article(world.db)
    answer = an_answer(
        DraftSentence("签收次日起 7 天内可以无理由退货。", (1,), Verdict.SUPPORTED),
        citations=(cited,),
        kind="extractive",
    )
    drafted = world.suggest(answer)
    with world.db.unit_of_work() as session:
        if verdict == "rejected":
            review.reject(session, world.agent, drafted.id, expected_version=drafted.version, reason="答非所问")
        else:
            review.approve(
                session, world.agent, drafted.id, expected_version=drafted.version, text=text, confirm_unverified=True
            )
    return article


def test_an_accepted_draft_becomes_one_case_however_often_its_event_comes(db: Database) -> None:
    world = a_ticket(db, "我的电话是13812345678，七天内可以退货吗？")
    article = _reviewed(world, "accepted")
    _collect(db, "SuggestionReviewed")
    case = _only(db)
    assert (case.kind, case.status, case.expected) == (Kind.ACCEPTED, EvalCaseStatus.ACTIVE, Expected.ANSWER)
    assert case.sources == [f"article:{article}"] and "7 天" in case.good_answer
    assert "13812345678" not in case.question and "{phone}" in case.question
    assert (case.shop_id, case.language, case.weight, case.seen) == (world.shop, "zh", 1.0, 1)
    with db.reading() as session:
        (first,) = versions_of(session, case.id)
        assert (first.number, first.note_code, first.note_of, first.note) == (1, "made", "accepted", "")


def test_a_rejected_draft_waits_for_an_editor_and_takes_the_agents_answer(db: Database) -> None:
    world = a_ticket(db, "七天内可以退货吗？")
    _reviewed(world, "rejected")
    _collect(db, "SuggestionReviewed")
    case = _only(db)
    assert (case.status, case.expected, case.dangerous, case.sources) == (
        EvalCaseStatus.REVIEW, Expected.UNKNOWN, True, [],
    )  # fmt: skip
    with db.unit_of_work() as session:
        ticket = tickets.lock_ticket(session, world.agent, world.ticket)
        messages.queue_reply(session, world.agent, ticket, messages.NewMessage("可以，请保留吊牌。"), "agent")
        tickets.resolve(session, world.agent, ticket)
    _collect(db, "TicketResolved")
    assert _only(db).good_answer == "可以，请保留吊牌。"


def test_a_review_that_is_taken_back_is_no_label_in_whatever_order_it_is_told(db: Database) -> None:
    for late in (False, True):
        world = a_ticket(db, f"第{'一二'[late]}问：退货要自己寄吗，运费谁来出？")
        _reviewed(world, "accepted")
        with db.unit_of_work() as session:
            ticket = tickets.lock_ticket(session, world.agent, world.ticket)
            message = max(m.id for m in session.scalars(select(Message)) if m.ticket_id == ticket.id)
            review.reopen(session, world.agent, ticket, message)
    with db.reading() as session:
        ids = list(
            session.execute(
                select(Event.name, Event.id)
                .where(Event.name.in_(["SuggestionReviewed", "SuggestionReopened"]))
                .order_by(Event.id)
            ).tuples()
        )
    first, second = ids[:2], ids[2:]
    for _, event_id in [*first, *reversed(second)]:
        with db.unit_of_work() as session:
            collect(session, event_id, ordinary_share=1.0)
    with db.reading() as session:
        assert all(case.status == EvalCaseStatus.RETIRED for case in session.scalars(select(EvalCase)))


def test_corrections_hand_overs_and_bad_words_are_labels(db: Database) -> None:
    world = a_ticket(db, "我要投诉，叫你们经理来！")
    with db.unit_of_work() as session:
        ticket = tickets.lock_ticket(session, world.agent, world.ticket)
        correct(session, world.agent, ticket, intent="complaint", category="after_sales")
        ask_for_person(session, world.agent, ticket)
    _collect(db, "ClassificationCorrected", "HandedOver")
    case = _only(db)  # both are about the same question: one case, two sources
    assert case.seen == 2 and case.intent == "complaint" and case.intent_by_person
    assert case.expected == Expected.HAND_OVER and case.dangerous and case.status == EvalCaseStatus.ACTIVE
    with db.unit_of_work() as session:
        ticket = tickets.lock_ticket(session, world.agent, world.ticket)
        tickets.resolve(session, world.agent, ticket)
        rate(session, EDITOR, ticket.id, 1)
    _collect(db, "SatisfactionGiven")
    case = _only(db)
    assert case.seen == 3 and case.status == EvalCaseStatus.REVIEW


def _answered_by_itself(db: Database, text: str) -> Written:
    world = a_ticket(db, text)
    world.grant()
    drafted = world.suggest(an_answer())
    assert drafted.state == SuggestionState.AUTO_SENT
    return world


def test_an_automatic_answer_is_drawn_for_review_once_its_ticket_is_resolved(db: Database) -> None:
    world = _answered_by_itself(db, "我的快递到哪里了，三天没动？")
    with db.unit_of_work() as session:
        tickets.resolve(session, world.agent, tickets.lock_ticket(session, world.agent, world.ticket))
    for share in (0.0, 1.0):  # what was not drawn stays so, however often it is told
        _collect(db, "TicketResolved", share=share)
        with db.reading() as session:
            assert session.scalar(select(func.count()).select_from(EvalCase)) == 0
    other = _answered_by_itself(db, "包裹显示签收了，可是我没有收到，怎么办？")
    with db.unit_of_work() as session:
        tickets.resolve(session, other.agent, tickets.lock_ticket(session, other.agent, other.ticket))
    _collect(db, "TicketResolved")
    case = _only(db)
    assert (case.kind, case.status, case.expected, case.sources) == (
        Kind.AUTO_SENT, EvalCaseStatus.REVIEW, Expected.UNKNOWN, [],
    )  # fmt: skip
    assert case.seen == 1 and not case.dangerous


def test_a_thumb_down_on_an_automatic_answer_is_about_the_question_that_it_answered(db: Database) -> None:
    world = _answered_by_itself(db, "包裹显示签收了，可是我没有收到，怎么办？")
    with db.unit_of_work() as session:
        ticket = tickets.lock_ticket(session, world.agent, world.ticket)
        messages.add_inbound(session, EDITOR, ticket, messages.NewMessage("好吧"))
        tickets.resolve(session, world.agent, ticket)
        rate(session, EDITOR, ticket.id, 1)
    _collect(db, "TicketResolved", "SatisfactionGiven")
    case = _only(db)
    assert (case.kind, case.status, case.dangerous, case.seen) == (Kind.THUMBS_DOWN, EvalCaseStatus.REVIEW, True, 2)
    assert "没有收到" in case.question
    with db.unit_of_work() as session:  # a better second word takes the first back
        rate(session, EDITOR, world.ticket, 5)
    _collect(db, "SatisfactionGiven")
    assert _only(db).seen == 1


def test_a_verdict_is_taken_back_with_its_label(db: Database) -> None:
    with db.unit_of_work() as session:
        run = EvalRun(cases=1)
        session.add(run)
        case = actions.create_case(
            session, EDITOR, question="可以开发票吗？", sources=["article:3"], good_answer="可以"
        )
        session.flush()
        run_id, case_id, before = run.id, case.id, content(case)
    for verdict in ("source", "retire"):
        with db.unit_of_work() as session:
            given = give_verdict(
                session, EDITOR, case_id, verdict, expected_version=_only(db).version, run_id=run_id,
                document_id="article:9",
            )  # fmt: skip
            assert content(given) != before
        with db.unit_of_work() as session:
            back = take_back_verdict(session, EDITOR, case_id, run_id=run_id, expected_version=_only(db).version)
            assert content(back) == before
        with db.reading() as session:
            assert session.scalar(select(func.count()).select_from(EvalLabel)) == 0
    with db.unit_of_work() as session, pytest.raises(NotFound, match="no verdict"):
        take_back_verdict(session, EDITOR, case_id, run_id=run_id, expected_version=_only(db).version)
    with db.unit_of_work() as session:
        wrong = give_verdict(
            session, EDITOR, case_id, "wrong", expected_version=_only(db).version, run_id=run_id, cited=["article:3"]
        )
        actions.update_case(session, EDITOR, case_id, expected_version=wrong.version, good_answer="不可以")
    with db.unit_of_work() as session, pytest.raises(Conflict, match="after the verdict"):
        take_back_verdict(session, EDITOR, case_id, run_id=run_id, expected_version=_only(db).version)


def test_near_duplicates_are_one_case_that_weighs_for_all(db: Database) -> None:
    for text in ("请问签收以后七天之内可以无理由退货吗？", "请问 签收以后 七天之内可以无理由退货吗??"):
        _reviewed(a_ticket(db, text), "accepted")
    _collect(db, "SuggestionReviewed", share=0.999999)
    with db.reading() as session:
        cases = list(session.scalars(select(EvalCase)))
    assert len(cases) == 2, "other shops: other rules"
    with db.unit_of_work() as session:
        shop = cases[0].shop_id
        with pytest.raises(Conflict, match="asks the same"):
            actions.create_case(session, EDITOR, question="请问签收以后七天之内可以无理由退货吗", shop_id=shop)


def test_ordinary_cases_are_drawn_and_weigh_for_those_that_were_not(db: Database) -> None:
    """The weights add up to what was asked: 1 for each dangerous one, 1/share for each drawn one."""
    assert 0.4 < sum(draw(f"review:{n}") < 0.5 for n in range(1000)) / 1000 < 0.6
    for n in range(6):
        _reviewed(a_ticket(db, f"问题{'甲乙丙丁戊己'[n]}{n}：{'退换修赔寄查'[n] * 4}要几天？"), "accepted")
    ids = _collect(db, "SuggestionReviewed", share=0.5)
    with db.reading() as session:
        cases = list(session.scalars(select(EvalCase)))
        drawn = session.scalar(select(func.count()).where(EvalCaseSource.case_id.is_not(None)))
        keys = list(session.scalars(select(EvalCaseSource.key)))
    assert len(keys) == len(ids) == 6 and drawn == sum(draw(key) < 0.5 for key in keys)
    assert sum(case.weight for case in cases) == 2.0 * (drawn or 0)


def test_an_editor_corrects_and_each_form_stays(db: Database) -> None:
    with db.unit_of_work() as session:
        case = actions.create_case(session, EDITOR, question="可以开发票吗，发到 a@b.com", sources=["article:3"])
        case_id, version = case.id, case.version
        assert "{email}" in case.question
    with db.unit_of_work() as session:
        actions.update_case(session, EDITOR, case_id, expected_version=version, sources=["article:4"], intent="invoice")
    with db.unit_of_work() as session, pytest.raises(PreconditionFailed):
        actions.update_case(session, EDITOR, case_id, expected_version=version, good_answer="可以")
    with db.reading() as session:
        contents = [one.content["sources"] for one in versions_of(session, case_id)]
        assert contents == [["article:4"], ["article:3"]]
        assert [one.number for one in versions_of(session, case_id)] == [version + 1, version]
        assert [(one.note_code, one.note_of) for one in versions_of(session, case_id)] == [
            ("changed", ""), ("made", "written"),
        ]  # fmt: skip
    with db.unit_of_work() as session, pytest.raises(InvalidInput, match="not a document"):
        actions.create_case(session, EDITOR, question="别的问题", sources=["articles/3"])
    with db.unit_of_work() as session:
        actions.retire_case(session, EDITOR, case_id, expected_version=_only(db).version)
    with db.reading() as session:
        assert count_by_status(session, EDITOR) == {"active": 0, "review": 0, "retired": 1}


def test_a_verdict_is_a_label(db: Database) -> None:
    with db.unit_of_work() as session:
        case = actions.create_case(session, EDITOR, question="运费险怎么赔？", expected="unknown")
        assert case.status == EvalCaseStatus.REVIEW
        give_verdict(
            session, EDITOR, case.id, "right", expected_version=case.version, said="七天内赔付。", cited=["article:9"]
        )
        assert (case.status, case.expected, case.sources) == (EvalCaseStatus.ACTIVE, "answer", ["article:9"])
        give_verdict(session, EDITOR, case.id, "wrong", expected_version=case.version, cited=["article:9"])
        assert case.sources == []
        give_verdict(session, EDITOR, case.id, "source", expected_version=case.version, document_id="article:5")
        assert case.sources == ["article:5"]
        give_verdict(session, EDITOR, case.id, "retire", expected_version=case.version)
        assert case.status == EvalCaseStatus.RETIRED
        assert [one.verdict for one in session.scalars(select(EvalLabel).order_by(EvalLabel.id))] == [
            "right", "wrong", "source", "retire",
        ]  # fmt: skip
        assert session.scalar(select(func.count()).select_from(EvalCaseVersion)) == 5


def test_cases_of_other_shops_are_out_of_reach(db: Database) -> None:
    mine, other = a_ticket(db), a_ticket(db)
    limited = Principal("staff", None, "", Role.EDITOR, frozenset({mine.shop}))
    with db.unit_of_work() as session:
        foreign = actions.create_case(session, EDITOR, question="别家的问题", shop_id=other.shop)
        own = actions.create_case(session, EDITOR, question="自家的问题", shop_id=mine.shop)
        assert [case.id for case in list_cases(session, limited)] == [own.id]
        assert list_cases(session, EDITOR, CaseFilter(text="别家"))[0].id == foreign.id
        with pytest.raises(NotFound):
            actions.retire_case(session, limited, foreign.id, expected_version=foreign.version)


GREETING = an_answer(
    DraftSentence("您好！", (), Verdict.NOT_A_CLAIM), kind="courtesy", citations=(), intent="greeting_thanks"
)
WELCOME = an_answer(
    DraftSentence("不客气！", (), Verdict.NOT_A_CLAIM), kind="courtesy", citations=(), intent="greeting_thanks"
)


def test_a_courtesy_makes_no_case(db: Database) -> None:
    """Not when its draft is judged, not when it was answered by itself, not when a person is called for it."""
    judged, sent, called = a_ticket(db, "谢谢"), a_ticket(db, "你好"), a_ticket(db, "在吗")
    drafted = judged.suggest(GREETING)
    with db.unit_of_work() as session:
        review.reject(session, judged.agent, drafted.id, expected_version=drafted.version, reason="没必要")
        ticket = tickets.lock_ticket(session, judged.agent, judged.ticket)
        correct(session, judged.agent, ticket, intent="invoice", category=None)
    sent.grant(intent="greeting_thanks")
    assert sent.suggest(GREETING).state == SuggestionState.AUTO_SENT
    with db.unit_of_work() as session:
        tickets.resolve(session, sent.agent, tickets.lock_ticket(session, sent.agent, sent.ticket))
        ask_for_person(session, called.agent, tickets.lock_ticket(session, called.agent, called.ticket))
    names = "SuggestionReviewed", "ClassificationCorrected", "TicketResolved", "HandedOver"
    assert len(_collect(db, *names)) == 4
    with db.reading() as session:
        assert session.scalars(select(EvalCase.question).order_by(EvalCase.id)).all() == []


def test_what_is_said_of_a_conversation_is_about_its_question(db: Database) -> None:
    """However it began and ended: the greeting before, the thanks after and the bot's own courtesy are passed over."""
    world = a_ticket(db, "你好")
    world.grant(intent="greeting_thanks")
    assert world.suggest(GREETING).state == SuggestionState.AUTO_SENT
    world.grant()
    asked = replace(world, message=world.customer_writes("我的快递到哪里了？"))
    assert asked.suggest().state == SuggestionState.AUTO_SENT
    thanks = replace(world, message=world.customer_writes("谢谢"))
    assert thanks.suggest(WELCOME).state == SuggestionState.AUTO_SENT
    with db.unit_of_work() as session:
        ticket = tickets.lock_ticket(session, world.agent, world.ticket)
        correct(session, world.agent, ticket, intent="delivery_delay", category=None)
        ask_for_person(session, world.agent, ticket)
        tickets.resolve(session, world.agent, ticket)
        rate(session, EDITOR, ticket.id, 1)
    _collect(db, "ClassificationCorrected", "SatisfactionGiven", "HandedOver")
    case = _only(db)
    assert case.question == "我的快递到哪里了？" and case.intent == "delivery_delay" and case.seen == 3
