"""What kind of change an edit is, by rules, and what comes of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from copilot import review
from copilot.edits import changes, propose_kinds
from copilot.filing import file_edit
from core.db import Database
from core.errors import Conflict, Forbidden, InvalidInput, PreconditionFailed
from knowledge.articles.actions import new_draft, publish_version
from knowledge.models import ArticleVersion
from knowledge.tasks import actions
from knowledge.tasks.models import KnowledgeTask, TaskState
from knowledge.tasks.queries import TaskFilter, get_task, list_tasks
from records.principals import SYSTEM_PRINCIPAL
from retrieval.types import Citation, Draft, DraftSentence, Verdict
from tests.copilot.world import Written, a_ticket, an_answer, an_article

RULE = "签收次日起 7 天内可以无理由退货。"


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (RULE, "签收次日起 15 天内可以无理由退货。", ("fact",)),
        ("You can return it within 7 days.", "You can return it within 30 days.", ("fact",)),
        ("退款金额为 20 元。", "退款金额为 25 元。", ("fact",)),
        ("定制商品可以退货。", "定制商品不可以退货。", ("policy",)),
        ("You can return opened items.", "You cannot return opened items.", ("policy",)),
        ("运费由卖家承担。", "运费由卖家承担，但定制商品除外。", ("policy",)),
        (f"您好！{RULE}", f"你好！{RULE}", ("tone",)),
        (RULE, f"{RULE}请保留好原包装和吊牌。", ("missing",)),
        (f"{RULE}请保留好原包装和吊牌。", RULE, ("length",)),
        (RULE, f" {RULE} ", ()),
        ("定制商品 7 天内可以退货。", "定制商品 7 天内不可以退货。", ("policy",)),
        ("定制商品 7 天内可以退货。", "定制商品 15 天内不可以退货。", ("fact", "policy")),
    ],
)
def test_the_kinds_of_an_edit_are_proposed_by_rules(before: str, after: str, kinds: tuple[str, ...]) -> None:
    assert propose_kinds(before, after) == kinds


def test_sentences_are_paired_and_equal_ones_left_out() -> None:
    cited = Citation(1, "article", "article:3", "退货规则", RULE, passage_id=5, version=2)
    record = Citation(2, "record", "order:1", "订单", "…")
    spoken = (
        DraftSentence("您好！", (), Verdict.NOT_A_CLAIM),
        DraftSentence(RULE, (1, 2), Verdict.SUPPORTED),
        DraftSentence("您的包裹在南京。", (2,), Verdict.SUPPORTED),
    )
    draft = Draft("extractive", "zh", spoken, (cited, record), 0.9)
    (changed,) = changes(draft, "您好！签收次日起 15 天内可以无理由退货。您的包裹在南京。")
    assert (changed.before, changed.after) == (RULE, "签收次日起 15 天内可以无理由退货。")
    assert changed.kinds == ("fact",) and changed.documents == ("article:3",)


def edited(world: Written, cited: Citation, text: str, *kinds: str) -> int:
    """A draft that quotes the article, sent as `text`, tagged with `kinds`; its job has run."""
    suggestion = world.suggest(
        an_answer(DraftSentence(RULE, (1,), Verdict.SUPPORTED), citations=(cited,), kind="extractive")
    )
    with world.db.unit_of_work() as session:
        review.approve(
            session, world.agent, suggestion.id, expected_version=suggestion.version, text=text,
            confirm_unverified=True,
        )  # fmt: skip
    tag(world, suggestion.id, *kinds)
    return suggestion.id


def tag(world: Written, suggestion: int, *kinds: str) -> None:
    with world.db.unit_of_work() as session:
        review.set_kinds(session, world.agent, suggestion, kinds)
    with world.db.unit_of_work() as session:
        file_edit(session, suggestion)


def tasks(db: Database) -> list[KnowledgeTask]:
    with db.reading() as session:
        query = select(KnowledgeTask).options(selectinload(KnowledgeTask.evidence)).order_by(KnowledgeTask.id)
        return list(session.scalars(query))


def test_a_fact_that_agents_correct_opens_one_task_with_all_the_evidence(db: Database) -> None:
    article, cited = an_article(db)
    first, second = a_ticket(db), a_ticket(db)
    suggestion = edited(first, cited, "签收次日起 15 天内可以无理由退货。", "fact", "tone")
    edited(second, cited, "签收次日起 14 天内可以无理由退货。", "fact")
    with db.unit_of_work() as session:
        file_edit(session, suggestion)  # the job may run again
    (task,) = tasks(db)
    assert (task.article_id, task.cause, task.state) == (article, "fact", "open")
    one, other = task.evidence
    assert (one.before, one.after) == (RULE, "签收次日起 15 天内可以无理由退货。")
    assert (one.source, one.ticket_id) == (f"suggestion:{suggestion}", first.ticket)
    assert (one.passage_id, one.article_version, one.quote) == (cited.passage_id, 1, cited.text)
    assert other.ticket_id == second.ticket


def test_what_nobody_confirmed_and_what_is_only_tone_opens_none(db: Database) -> None:
    _, cited = an_article(db)
    edited(a_ticket(db), cited, "签收次日起 15 天内可以无理由退货。")
    edited(a_ticket(db), cited, f"{RULE}祝您生活愉快！", "tone", "missing", "length")
    assert tasks(db) == []


def test_an_edit_of_the_customers_own_record_is_no_matter_of_an_article(db: Database) -> None:
    world = a_ticket(db)
    suggestion = world.suggest()
    with db.unit_of_work() as session:
        review.approve(session, world.agent, suggestion.id, expected_version=suggestion.version, text="包裹在苏州。")
    tag(world, suggestion.id, "fact")
    assert tasks(db) == []


def test_evidence_is_without_personal_data(db: Database) -> None:
    _, cited = an_article(db)
    edited(a_ticket(db), cited, "签收次日起 15 天内可以无理由退货，请拨打 13812345678。", "fact")
    (task,) = tasks(db)
    assert "13812345678" not in task.evidence[0].after and "15 天" in task.evidence[0].after


def test_another_word_of_the_agent_takes_the_evidence_back(db: Database) -> None:
    _, cited = an_article(db)
    world = a_ticket(db)
    suggestion = edited(world, cited, "签收次日起 15 天内可以无理由退货。", "fact")
    tag(world, suggestion, "policy")
    gone, task = tasks(db)
    assert (gone.cause, gone.state, gone.evidence) == ("fact", "dismissed", [])
    assert (task.cause, task.state, len(task.evidence)) == ("policy", "open", 1)


def test_a_newer_version_asks_whether_it_is_solved(db: Database) -> None:
    article, cited = an_article(db)
    world = a_ticket(db)
    edited(world, cited, "签收次日起 15 天内可以无理由退货。", "fact")
    (task,) = tasks(db)
    with db.reading() as session:
        assert get_task(session, SYSTEM_PRINCIPAL, task.id).newer_version is None
    with db.unit_of_work() as session:
        new_draft(session, SYSTEM_PRINCIPAL, article, title="退货规则", body="签收次日起 15 天内可以无理由退货。")
        version = session.scalars(select(ArticleVersion.id).where(ArticleVersion.number == 2)).one()
        publish_version(session, SYSTEM_PRINCIPAL, version)
    with db.reading() as session:
        (row,) = list_tasks(session, SYSTEM_PRINCIPAL, TaskFilter(state="open"))
        assert row.newer_version == 2 and row.title == "退货规则"
    with db.unit_of_work() as session:
        actions.change_task(session, world.supervisor, task.id, expected_version=task.version, state=TaskState.DONE)
    (closed,) = tasks(db)
    assert (closed.state, closed.closed_by, closed.open_key) == ("done", world.supervisor.id, None)
    edited(a_ticket(db), cited, "签收次日起 15 天内可以无理由退货。", "fact")
    assert [one.state for one in tasks(db)] == ["done", "open"], "what is corrected again is a new task"
    with pytest.raises(Conflict), db.unit_of_work() as session:
        actions.change_task(session, world.supervisor, task.id, expected_version=closed.version, state=TaskState.OPEN)


def test_who_may_close_a_task_and_how(db: Database) -> None:
    _, cited = an_article(db)
    world = a_ticket(db)
    edited(world, cited, "签收次日起 15 天内可以无理由退货。", "fact")
    (task,) = tasks(db)
    for principal, version, refusal in (
        (world.agent, task.version, Forbidden),
        (world.supervisor, task.version + 1, PreconditionFailed),
        (world.supervisor, task.version, InvalidInput),  # dismissed without a word
    ):
        with pytest.raises(refusal), db.unit_of_work() as session:
            actions.change_task(session, principal, task.id, expected_version=version, state=TaskState.DISMISSED)
