"""A resolved ticket becomes a case without personal data, once, and only when it helps."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import Database
from core.errors import Conflict, Forbidden, PreconditionFailed
from core.events import Event
from knowledge.cases.actions import discard_case, edit_case, merge_case, propose_cases, publish_case, retire_case
from knowledge.cases.dialogue import exchanges, extract, is_small_talk
from knowledge.cases.queries import CaseFilter, list_cases
from knowledge.indexing import index_documents, mark_indexed
from knowledge.models import Case, CaseStatus, Passage
from knowledge.passages import live_docs
from records.people.models import Customer
from records.principals import Principal, Role
from records.shops.models import Shop
from records.tickets.models import Delivery, Message, Ticket
from tests.factories import make_customer, make_order, make_shipment, make_shop, make_staff, staff_principal
from tests.knowledge.fakes import HashEncoder, MemoryStore

QUESTION = "请问电热水器退货的运费谁出？"
ANSWER = "质量问题的退货运费由我们承担，非质量问题由买家承担，运费险会在退货完成后赔付。"
Line = tuple[str, str]


def make_ticket(
    session: Session, shop: Shop, customer: Customer, lines: list[Line], status: str = "resolved", **delivery: str
) -> Ticket:
    """`lines` are (author kind, text); "note" is an agent's note."""
    ticket = Ticket(shop_id=shop.id, customer_id=customer.id, channel="web", status=status, intent="return_request")
    session.add(ticket)
    session.flush()
    agent = make_staff(session, display_name="周小倩")
    for seq, (kind, text) in enumerate(lines, start=1):
        message = Message(
            ticket_id=ticket.id,
            seq=seq,
            direction="in" if kind == "customer" else "out",
            visibility="note" if kind == "note" else "public",
            author_kind="agent" if kind == "note" else kind,
            author_id=agent.id if kind in ("agent", "note") else None,
            text=text,
        )
        session.add(message)
        session.flush()
        if kind == "agent" and delivery:
            session.add(Delivery(message_id=message.id, state=delivery["state"]))
    session.flush()
    return ticket


def propose_case(session: Session, ticket_id: int, *, publish: bool = False) -> Case | None:
    """Of a ticket with one question."""
    found = propose_cases(session, ticket_id, publish=publish)
    assert len(found) < 2
    return found[0] if found else None


@pytest.fixture
def editor(db: Database) -> Principal:
    with db.unit_of_work() as session:
        return staff_principal(make_staff(session, Role.EDITOR))


def simple(session: Session, question: str = QUESTION, answer: str = ANSWER, shop: Shop | None = None) -> Ticket:
    lines = [("customer", question), ("agent", answer)]
    return make_ticket(session, shop or make_shop(session), make_customer(session), lines)


def test_case_is_redacted_with_what_the_records_know(db: Database) -> None:
    with db.unit_of_work() as session:
        shop = make_shop(session)
        customer = make_customer(session, name="陈晓雯", phone="13812345678", address="南京市鼓楼区中山路18号3栋502室")
        order = make_order(session, shop, customer, recipient="欧阳大山", total=Decimal("1299"))
        shipment = make_shipment(session, order)
        ticket = make_ticket(
            session,
            shop,
            customer,
            [
                ("customer", "在吗？"),
                ("agent", "您好，请问有什么可以帮您？"),
                ("customer", f"我是陈晓雯，订单{order.order_no}的热水器退货运费谁出？电话13812345678"),
                ("note", "老客户，脾气急"),
                ("agent", "亲，请稍等，我帮您查一下"),
                ("agent", f"陈晓雯您好，{ANSWER}快递{shipment.tracking_no}寄回后，1299元会原路退回。周小倩为您服务"),
                ("customer", "好的谢谢"),
                ("agent", "不客气，祝您生活愉快！"),
            ],
        )
        case = propose_case(session, ticket.id)
        assert case is not None
        assert case.question == "我是{name}，订单{order_no}的热水器退货运费谁出？电话{phone}"
        assert (
            "运费险会在退货完成后赔付" in case.answer and "{tracking_no}" in case.answer and "{amount}" in case.answer
        )
        for secret in ("陈晓雯", order.order_no, shipment.tracking_no, "1299", "13812345678", "周小倩", "脾气", "稍等"):
            assert secret not in case.question + case.answer
        assert (case.status, case.intent, case.language) == (CaseStatus.PROPOSED, "return_request", "zh")
        assert session.scalars(select(Event.name)).all() == ["CaseProposed"]
        assert session.scalars(select(Passage)).all() == []


@pytest.mark.parametrize(
    "lines",
    [
        [("customer", QUESTION), ("agent", "您好，请稍等"), ("agent", "感谢您的支持，祝您生活愉快！")],
        [("customer", QUESTION), ("agent", "请问您的订单号是多少？")],
        [("customer", QUESTION), ("bot", ANSWER)],
        [("customer", QUESTION), ("note", ANSWER)],
        [("customer", "在吗"), ("agent", ANSWER)],
        [("agent", ANSWER)],
    ],
    ids=["greeting", "question back", "bot", "note", "nothing asked", "nobody asked"],
)
def test_nothing_is_learnt_without_an_answer(db: Database, lines: list[Line]) -> None:
    with db.unit_of_work() as session:
        ticket = make_ticket(session, make_shop(session), make_customer(session), lines)
        assert propose_case(session, ticket.id) is None


def test_unsent_replies_and_open_tickets_teach_nothing(db: Database) -> None:
    lines = [("customer", QUESTION), ("agent", ANSWER)]
    with db.unit_of_work() as session:
        shop, customer = make_shop(session), make_customer(session)
        assert propose_case(session, make_ticket(session, shop, customer, lines, state="failed").id) is None
        with pytest.raises(Conflict):
            propose_case(session, make_ticket(session, shop, customer, lines, status="open").id)
        assert propose_case(session, make_ticket(session, shop, customer, lines, state="sent").id) is not None


def test_near_duplicates_are_recorded_once(db: Database) -> None:
    with db.unit_of_work() as session:
        shop = make_shop(session)
        first = propose_case(session, simple(session, shop=shop).id)
        twin = propose_case(session, simple(session, "请问，电热水器退货的运费谁出", shop=shop).id)
        news = propose_case(
            session, simple(session, answer="自下月起退货一律由卖家承担运费，请放心申请售后。", shop=shop).id
        )
        elsewhere = propose_case(session, simple(session).id)
        assert first and twin and news and elsewhere
        assert (twin.status, twin.duplicate_of) == (CaseStatus.DISCARDED, first.id)
        assert [case.status for case in (first, news, elsewhere)] == [CaseStatus.PROPOSED] * 3


def test_proposing_again_follows_the_ticket_until_somebody_decided(db: Database, editor: Principal) -> None:
    with db.unit_of_work() as session:
        ticket = simple(session)
        case = propose_case(session, ticket.id)
        assert case is not None and propose_case(session, ticket.id) is case
        assert len(session.scalars(select(Event.id)).all()) == 1, "the same again is no event"
        message = session.scalars(select(Message).where(Message.author_kind == "agent")).one()
        message.text = "现在退货运费一律由我们承担，您可以放心申请。"
        session.flush()
        session.expire_all()
        again = propose_case(session, ticket.id)
        assert again is not None and again.id == case.id and "一律" in again.answer
        edit_case(session, editor, case.id, question=QUESTION, answer="编辑写的答案在此。")
        message.text = ANSWER
        session.flush()
        session.expire_all()
        kept = propose_case(session, ticket.id)
        assert kept is not None and kept.answer == "编辑写的答案在此。"


def test_editors_publish_and_retire(db: Database, editor: Principal) -> None:
    encoder, store = HashEncoder(), MemoryStore()
    with db.unit_of_work() as session:
        case = propose_case(session, simple(session).id)
        assert case is not None
        seen = case.version
        with pytest.raises(Forbidden):
            publish_case(session, staff_principal(make_staff(session)), case.id)
        with pytest.raises(Forbidden):
            publish_case(session, Principal("staff", 1, role=Role.EDITOR, shops=frozenset({case.shop_id + 1})), case.id)
        publish_case(session, editor, case.id, expected_version=seen)
        with pytest.raises(PreconditionFailed):
            retire_case(session, editor, case.id, expected_version=seen)
        with pytest.raises(Conflict):
            edit_case(session, editor, case.id, question="x", answer="y")
        (doc,) = live_docs(session)
        assert (doc.document_id, doc.text, doc.answer) == (f"case:{case.id}", QUESTION, ANSWER)
        assert doc.shops == (case.shop_id,) and doc.intent == "return_request"
    outcome = index_documents(db, encoder, store, case_ids=[case.id])
    with db.unit_of_work() as session:
        mark_indexed(session, outcome)
        assert session.get_one(Case, case.id).indexed_at is not None
        assert set(store.points) == {doc.id}
        retire_case(session, editor, case.id)
    outcome = index_documents(db, encoder, store, case_ids=[case.id])
    with db.unit_of_work() as session:
        mark_indexed(session, outcome)
        assert session.get_one(Case, case.id).indexed_at is None
    assert store.points == {}


def test_setting_publishes_without_an_editor(db: Database) -> None:
    with db.unit_of_work() as session:
        case = propose_case(session, simple(session).id, publish=True)
        assert case is not None and case.status == CaseStatus.PUBLISHED
        assert session.scalars(select(Event.name)).all() == ["CasePublished"]
        assert len(live_docs(session)) == 1


def test_merge_discard_and_lists(db: Database, editor: Principal) -> None:
    with db.unit_of_work() as session:
        shop = make_shop(session)
        a = propose_case(session, simple(session, shop=shop).id)
        b = propose_case(
            session, simple(session, "能开增值税专用发票吗", "可以，在订单页申请专用发票即可开具。", shop).id
        )
        c = propose_case(
            session, simple(session, "安装要另外收费吗", "基础安装免费，辅材按墙面公示的价格收费。", shop).id
        )
        assert a and b and c
        publish_case(session, editor, b.id)
        merge_case(session, editor, b.id, a.id)
        assert (b.status, b.duplicate_of) == (CaseStatus.RETIRED, a.id)
        discard_case(session, editor, c.id)
        with pytest.raises(Conflict):
            merge_case(session, editor, a.id, c.id)
        assert [case.id for case in list_cases(session, editor)] == [c.id, b.id, a.id]
        assert [case.id for case in list_cases(session, editor, CaseFilter(status="proposed"))] == [a.id]
        assert [case.id for case in list_cases(session, editor, CaseFilter(text="发票"))] == [b.id]
        assert list_cases(session, Principal("staff", 1, role=Role.EDITOR, shops=frozenset())) == []


def test_best_answer_brings_its_question() -> None:
    found = extract(
        [
            (True, "我想退货"),
            (False, "请问是什么原因呢？"),
            (True, "热水器漏水"),
            (False, ANSWER),
            (True, "谢谢"),
        ]
    )
    assert found is not None and found.question == "我想退货\n热水器漏水" and found.answer == ANSWER
    for text in ("Hi there, good morning!", "辛苦了👌", "thx", "请稍等，我帮您查一下"):
        assert is_small_talk(text), text
    for text in ("退货", "没收到", "收到了吗", "太麻烦了"):
        assert not is_small_talk(text), text


INVOICE, INVOICED = "另外发票怎么开？", "电子发票在订单详情页点击申请，一个工作日内开好并发到您的邮箱。"
TWO = [
    ("customer", "在吗"), ("customer", QUESTION), ("agent", ANSWER), ("customer", "好的谢谢"),
    ("customer", INVOICE), ("agent", "请问您的订单号是多少？"), ("customer", "个人抬头"), ("agent", INVOICED),
]  # fmt: skip


def test_each_question_has_the_answer_that_followed_it() -> None:
    found = exchanges([(kind == "customer", text) for kind, text in TWO])
    assert [(one.question, one.answer, one.at) for one in found] == [
        (QUESTION, ANSWER, 0), (f"{INVOICE}\n个人抬头", INVOICED, 3),
    ]  # fmt: skip
    assert exchanges([(True, QUESTION), (False, "请稍等"), (True, "快点")]) == []


def test_a_courtesy_is_proposed_as_no_case(db: Database) -> None:
    greeted = [("customer", "你好，在吗"), ("agent", ANSWER), ("customer", "嗯嗯，辛苦了👌"), ("agent", INVOICED)]
    with db.unit_of_work() as session:
        assert (
            propose_cases(session, make_ticket(session, make_shop(session), make_customer(session), greeted).id) == []
        )


def test_a_ticket_makes_a_case_of_each_question_once(db: Database, editor: Principal) -> None:
    with db.unit_of_work() as session:
        shop = make_shop(session)
        ticket = make_ticket(session, shop, make_customer(session), TWO)
        first, second = propose_cases(session, ticket.id)
        assert (first.question, second.answer) == (QUESTION, INVOICED)
        assert (first.intent, second.intent) == ("return_request", None), "the ticket's intent is of its first question"
        publish_case(session, editor, first.id)
        assert [one.id for one in propose_cases(session, ticket.id)] == [first.id, second.id]
        twin = propose_cases(session, make_ticket(session, shop, make_customer(session), TWO).id)
        assert [(one.status, one.duplicate_of) for one in twin] == [
            (CaseStatus.DISCARDED, first.id), (CaseStatus.DISCARDED, second.id),
        ]  # fmt: skip


def test_a_case_from_before_stays_the_tickets_first(db: Database) -> None:
    with db.unit_of_work() as session:
        ticket = make_ticket(session, make_shop(session), make_customer(session), TWO)
        session.add(Case(ticket_id=ticket.id, shop_id=ticket.shop_id, question="旧", answer="旧", language="zh"))
        session.flush()
        old = session.scalars(select(Case)).one()
        first, second = propose_cases(session, ticket.id)
        assert first is old and first.question == QUESTION and second.id != old.id
