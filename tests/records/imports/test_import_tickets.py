import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core.db import Database
from core.events import Event
from records.imports.report import ImportReport
from records.imports.run import import_file
from records.people.models import ChannelIdentity
from records.principals import SYSTEM_PRINCIPAL
from records.tickets.actions import lock_ticket
from records.tickets.messages import NewMessage, queue_reply
from records.tickets.models import AuthorKind, Delivery, Ticket
from tests.factories import make_customer, make_shop

DIALOGUE = [
    {"author": "买家", "text": "热水器漏水怎么办", "at": "2025-04-01 09:00"},
    {"author": "客服", "text": "请先关闭进水阀。", "at": "2025-04-01 09:05"},
    {"author": "客服", "text": "用户脾气急", "at": "2025-04-01 09:06", "visibility": "内部"},
    {"author": "买家", "text": "好的，谢谢", "at": "2025-04-01 09:10"},
]


def ticket(**values: Any) -> dict[str, Any]:
    return {
        "external_id": "T1", "customer_external_id": "u1", "subject": "漏水", "channel": "taobao", "status": "已解决",
        "intent": "repair", "created_at": "2025-04-01 08:59", "messages": DIALOGUE, **values,
    }  # fmt: skip


Import = Callable[..., ImportReport]


@pytest.fixture
def load(db: Database, tmp_path: Path) -> Import:
    with db.unit_of_work() as session:
        make_shop(session, code="jd", platform="jd")
        make_customer(session, platform="jd", external_id="u1")

    def load(*tickets: dict[str, Any], text: str = "", name: str = "tickets.jsonl", **options: Any) -> ImportReport:
        path = tmp_path / name
        path.write_text(text or "\n".join(json.dumps(t, ensure_ascii=False) for t in tickets), encoding="utf-8")
        return import_file(db, "tickets", path, shop="jd", **options)

    return load


def stored(db: Database) -> list[Ticket]:
    with db.reading() as session:
        return list(session.scalars(select(Ticket).options(selectinload(Ticket.messages)).order_by(Ticket.id)))


def event_names(db: Database) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(Event.name).order_by(Event.id)))


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.failed


def test_a_resolved_ticket_comes_with_its_dialogue_and_wakes_nobody(db: Database, load: Import) -> None:
    assert counts(load(ticket())) == (1, 0, 0, 0)
    (found,) = stored(db)
    assert (found.status, found.intent, found.channel, found.subject) == ("resolved", "repair", "taobao", "漏水")
    assert [(m.seq, m.direction, m.author_kind, m.visibility) for m in found.messages] == [
        (1, "in", "customer", "public"),
        (2, "out", "agent", "public"),
        (3, "out", "agent", "note"),
        (4, "in", "customer", "public"),
    ]
    assert (found.next_seq, found.last_inbound_seq) == (5, 4)
    assert found.created_at == datetime(2025, 4, 1, 0, 59, tzinfo=UTC)
    assert found.first_response_at == datetime(2025, 4, 1, 1, 5, tzinfo=UTC)
    assert found.resolved_at == found.updated_at == datetime(2025, 4, 1, 1, 10, tzinfo=UTC)
    assert event_names(db) == ["ImportFinished"]
    with db.reading() as session:
        assert session.scalars(select(Delivery)).all() == []  # what was sent elsewhere is never sent again
        assert session.scalars(select(ChannelIdentity.verified_at)).all() == [None]
    assert counts(load(ticket())) == (0, 0, 1, 0)
    assert len(stored(db)[0].messages) == 4


def test_only_an_open_ticket_whose_last_word_is_the_customers_asks_for_a_draft(db: Database, load: Import) -> None:
    load(
        ticket(external_id="waiting", status="处理中"),
        ticket(external_id="answered", status="待客户", messages=DIALOGUE[:2]),
        ticket(external_id="noted", status="open", messages=[DIALOGUE[0], DIALOGUE[2]]),
        ticket(external_id="closed", status="closed", messages=DIALOGUE[:1]),
    )
    waiting, _, noted, closed = stored(db)
    with db.reading() as session:
        received = session.scalars(select(Event).where(Event.name == "MessageReceived").order_by(Event.id)).all()
    assert [(e.ticket_id, e.data["message_id"]) for e in received] == [
        (waiting.id, waiting.messages[-1].id),
        (noted.id, noted.messages[0].id),
    ]
    assert event_names(db).count("ImportFinished") == 1
    assert closed.closed_at == closed.resolved_at is not None
    load(ticket(external_id="waiting", status="处理中"))
    assert event_names(db).count("MessageReceived") == 2


def test_repeated_rows_and_cells_give_the_same_ticket(db: Database, load: Import) -> None:
    head = "external_id,customer_external_id,status,created_at"
    row = "T1,u1,resolved,2025-04-01 08:59"
    repeated = f"{head},message_author,message_text,message_at,message_visibility\n" + "".join(
        f"{row},{m['author']},{m['text']},{m['at']},{m.get('visibility', '')}\n" for m in DIALOGUE
    )
    report = load(text=repeated, name="rows.csv")
    assert (report.rows, *counts(report)) == (4, 1, 0, 0, 0)
    as_list = json.dumps(DIALOGUE, ensure_ascii=False).replace('"', '""')
    assert counts(load(text=f'{head},messages\n{row},"{as_list}"\n', name="list.csv")) == (0, 0, 1, 0)
    as_lines = "\n".join(json.dumps(m, ensure_ascii=False) for m in DIALOGUE).replace('"', '""')
    assert counts(load(text=f'{head},messages\n{row},"{as_lines}"\n', name="lines.csv")) == (0, 0, 1, 0)
    (found,) = stored(db)
    assert [m.text for m in found.messages] == [m["text"] for m in DIALOGUE]
    assert found.subject == "热水器漏水怎么办"


def test_more_messages_are_added_behind_the_old_ones(db: Database, load: Import) -> None:
    load(ticket(status="open", messages=DIALOGUE[:2]))
    assert "MessageReceived" not in event_names(db)
    again = [*DIALOGUE, {"author": "买家", "text": "好的，谢谢", "at": "2025-04-01 09:10"}]
    assert counts(load(ticket(status="open", messages=again))) == (0, 1, 0, 0)
    (found,) = stored(db)
    assert [m.seq for m in found.messages] == [1, 2, 3, 4, 5]
    assert event_names(db).count("MessageReceived") == 1
    assert counts(load(ticket(status="resolved", messages=again))) == (0, 1, 0, 0)
    assert stored(db)[0].status == "resolved"


def test_a_ticket_that_was_worked_on_here_keeps_its_state(db: Database, load: Import) -> None:
    load(ticket(status="open"))
    with db.unit_of_work() as session:
        locked = lock_ticket(session, SYSTEM_PRINCIPAL, stored(db)[0].id)
        queue_reply(session, SYSTEM_PRINCIPAL, locked, NewMessage("已安排师傅上门"), AuthorKind.AGENT)
    load(ticket(status="closed", intent="other"))
    (found,) = stored(db)
    assert (found.status, found.intent, found.closed_at) == ("pending", "repair", None)
    assert len(found.messages) == 5


def test_messages_without_times_keep_the_order_of_the_file(db: Database, load: Import) -> None:
    messages = [{"author": m["author"], "text": m["text"]} for m in DIALOGUE]
    load(ticket(messages=messages))
    times = [m.created_at for m in stored(db)[0].messages]
    assert times == sorted(times) and len(set(times)) == 4
    mixed = [{**DIALOGUE[1]}, {**DIALOGUE[0]}]
    load(ticket(external_id="T2", messages=mixed))
    assert [m.direction for m in stored(db)[1].messages] == ["in", "out"]


def test_wrong_tickets_are_told_and_stop_nothing(db: Database, load: Import) -> None:
    report = load(
        ticket(external_id="a", status="weird"),
        ticket(external_id="b", customer_external_id="nobody"),
        ticket(external_id="c", messages=[{"author": "alien", "text": "x"}]),
        ticket(external_id="d", messages=[{"author": "客服", "text": " "}]),
        ticket(external_id="e", messages="{broken"),
        ticket(external_id="f", created_at=""),
        ticket(external_id="g"),
    )
    assert counts(report) == (1, 0, 0, 6)
    told = {e.row: (e.field, e.message) for e in report.errors}
    assert told[1][0] == "status" and "--mapping: values: {status: {weird: …}}" in told[1][1]
    assert "import customers first" in told[2][1]
    assert told[3][0] == "messages.0.author" and "'alien' is not known" in told[3][1]
    assert told[4] == ("messages.0.text", "messages.0.text is empty: give the message's text")
    assert told[5][0] == "messages" and "is not JSON" in told[5][1]
    assert told[6] == ("created_at", "created_at is empty: give when the ticket was opened")
    assert [t.external_id for t in stored(db)] == ["g"]
