from __future__ import annotations

import pytest

from copilot.conversation import conversation
from core.db import Database
from records.principals import SYSTEM_PRINCIPAL
from records.tickets import actions, messages
from tests.factories import make_customer, make_shop


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (["那个", "买的灯", "在吗", "不亮", "怎么办", "急用", "谢谢"], "买的灯\n在吗\n不亮\n怎么办\n急用\n谢谢"),
        (["在吗", "我的快递", "到哪了"], "在吗\n我的快递\n到哪了"),
        (["发票怎么申请？", "算了，我想问退货的运费谁出？"], "算了，我想问退货的运费谁出？"),
        (["where is my parcel?", "Never mind. How do I return it?", "it is broken"],
         "Never mind. How do I return it?\nit is broken"),
    ],
)  # fmt: skip
def test_a_burst_is_one_question_less_what_was_withdrawn(sqlite_db: Database, said: list[str], asked: str) -> None:
    with sqlite_db.unit_of_work() as session:
        new = actions.NewTicket(make_shop(session).id, make_customer(session).id, "web")
        ticket = actions.open_ticket(session, SYSTEM_PRINCIPAL, new)
        for text in said:
            messages.add_inbound(session, SYSTEM_PRINCIPAL, ticket, messages.NewMessage(text))
        session.flush()
        text, history = conversation(session, ticket.id, len(said))
    assert text == asked
    assert [entry for _, entry in history] + text.split("\n") == [line for one in said for line in one.split("\n")]
