"""The whole loop over HTTP, as `docs/tour.md` walks it with curl: a message comes in, an answer goes out, and what an
agent wrote answers the next customer. On SQLite with the server's own threads, and on PostgreSQL with Redis, a Celery
worker and two API processes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import create_postgres_database
from tests.receiver import Receiver, receiving
from tests.shop import Person, SmallShop, furnish, post_message
from tests.stack import Stack, eventually, make_stack


@pytest.fixture(scope="module", params=["embedded", "served"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stack, SmallShop, Receiver]]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        stack = make_stack(folder / "data")
    else:
        url = create_postgres_database(request.getfixturevalue("postgres_server"))
        stack = make_stack(folder / "data", database_url=url, redis_url=request.getfixturevalue("redis_url"), apis=2)
    with receiving() as receiver:
        database = stack.database()
        shop = furnish(database, receiver.url)
        database.close()
        try:
            stack.start()
            yield stack, shop, receiver
        finally:
            stack.stop()


def ticket_of(response: object) -> int:
    assert response.status_code == 202, response.text  # type: ignore[attr-defined]
    return int(response.json()["ticket_id"])  # type: ignore[attr-defined]


def sent_message(person: Person, ticket_id: int) -> dict[str, Any] | None:
    rows = person.get(f"/tickets/{ticket_id}/messages")["items"]
    return next((row for row in rows if row["delivery"] and row["delivery"]["state"] == "sent"), None)


def test_from_a_message_to_knowledge_that_answers_the_next_customer(
    running: tuple[Stack, SmallShop, Receiver],
) -> None:
    stack, shop, receiver = running
    first, last = stack.urls[0], stack.urls[-1]
    anna, ben, ella = Person(first, "anna"), Person(last, "ben"), Person(last, "ella")
    eventually(lambda: {h["title"] for h in anna.http.post("/search", json={"query": "退货"}).json()} >= {"退货规则"})

    # A question that an article answers: a cited draft waits for an agent.
    ticket = ticket_of(post_message(first, shop, "m1", "你们支持七天无理由退货吗？", customer="u9"))
    draft = eventually(lambda: anna.suggestion(ticket))
    assert draft["state"] == "pending" and draft["decision"]["outcome"] == "suggest"
    cited = draft["answer"]["draft"]["citations"]
    assert cited and cited[0]["title"] == "退货规则" and "7 天" in cited[0]["text"]
    assert {"encode", "classify", "search", "draft", "verify"} <= set(draft["answer"]["latency_ms"])
    assert {"classifier", "verifier", "drafter"} <= set(draft["versions"])

    # Two agents at once, on two API processes: one sends, the other is told.
    answers = [anna.approve(draft).status_code, ben.approve(draft).status_code]
    assert sorted(answers) in ([200, 409], [200, 412])
    eventually(lambda: receiver.counts())
    assert receiver.received[0]["data"]["text"] == draft["text"] and receiver.received[0]["data"]["citations"]
    message = eventually(
        lambda: next(
            (
                m
                for m in anna.get(f"/tickets/{ticket}/messages")["items"]
                if (m["delivery"] or {}).get("state") == "sent"
            ),
            None,
        )
    )
    assert message["author_kind"] == "agent" and message["suggestion_id"] == draft["id"]

    # A question that nothing answers: an honest hand-over; the agent writes the reply and resolves the ticket.
    unknown = ticket_of(post_message(first, shop, "m2", "热水器的镁棒可以自己更换吗，需要什么工具？", customer="u2"))
    nothing = eventually(lambda: anna.suggestion(unknown))
    assert nothing["kind"] == "unknown" and nothing["decision"]["outcome"] == "hand_over"
    assert anna.approve(nothing).status_code == 409
    reply = "可以自己更换镁棒：先断电关水，用 22 毫米套筒扳手逆时针拧下旧镁棒，再装上新镁棒即可。"
    anna.http.post(f"/tickets/{unknown}/messages", json={"kind": "reply", "text": reply}).raise_for_status()
    version = anna.http.get(f"/tickets/{unknown}").headers["etag"]
    anna.http.patch(
        f"/tickets/{unknown}", json={"status": "resolved"}, headers={"if-match": version}
    ).raise_for_status()

    # The resolved ticket becomes a case; the editor publishes it; it answers the next customer.
    case = eventually(lambda: next(iter(ella.get("/cases", status="proposed")["items"]), None))
    assert "镁棒" in case["question"] and "套筒扳手" in case["answer"]
    ella.http.post(f"/cases/{case['id']}/publish", headers={"if-match": f'"{case["version"]}"'}).raise_for_status()
    eventually(
        lambda: any(h["source_kind"] == "case" for h in anna.http.post("/search", json={"query": "更换镁棒"}).json())
    )
    again = ticket_of(post_message(last, shop, "m3", "请问热水器的镁棒可以自己更换吗？", customer="u3"))
    learned = eventually(lambda: anna.suggestion(again))
    assert learned["kind"] != "unknown" and "套筒扳手" in learned["text"], learned["text"]
    assert any(c["source_kind"] == "case" for c in learned["answer"]["draft"]["citations"])


def test_a_granted_question_is_answered_from_the_customers_own_parcel(
    running: tuple[Stack, SmallShop, Receiver],
) -> None:
    stack, shop, receiver = running
    anna = Person(stack.urls[0], "anna")
    ticket = ticket_of(post_message(stack.urls[0], shop, "p1", "我的快递到哪里了？", customer="u1"))
    sent = eventually(lambda: anna.suggestion(ticket))
    assert sent["decision"]["outcome"] == "auto_send", sent["decision"]
    assert sent["decision"]["grant_id"] and all(rule["passed"] for rule in sent["decision"]["evidence"])
    assert shop.tracking_no in sent["text"]
    eventually(lambda: any(shop.tracking_no in item["data"]["text"] for item in receiver.received))
    assert max(receiver.counts().values()) == 1

    # A stranger who asks the same hears nothing of anybody's parcel.
    stranger = ticket_of(post_message(stack.urls[0], shop, "p2", "我的快递到哪里了？", customer="nobody"))
    told = eventually(lambda: anna.suggestion(stranger))
    assert told["decision"]["outcome"] != "auto_send" and shop.tracking_no not in str(told["answer"]["draft"])


def test_a_greeting_is_returned_once_under_a_grant_and_a_person_is_still_reached(
    running: tuple[Stack, SmallShop, Receiver],
) -> None:
    stack, shop, receiver = running
    anna, sue = Person(stack.urls[0], "anna"), Person(stack.urls[-1], "sue")

    # Without a grant it is a suggestion like any other, and nobody is called.
    ungranted = ticket_of(post_message(stack.urls[0], shop, "g1", "你好，在吗", customer="u6"))
    draft = eventually(lambda: anna.suggestion(ungranted))
    assert (draft["kind"], draft["decision"]["outcome"], draft["decision"]["reason"]) == (
        "courtesy", "suggest", "granted",
    )  # fmt: skip
    assert draft["text"] == "您好！请问有什么可以帮您？" and not draft["answer"]["draft"]["citations"]

    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    terms = {"intent": "greeting_thanks", "min_confidence": 0.6, "expires_at": until, "reason": "journey"}
    sue.http.post("/grants", json={"shop_id": shop.shop_id, **terms}).raise_for_status()
    ticket = ticket_of(post_message(stack.urls[0], shop, "g2", "你好", customer="u7"))
    eventually(lambda: sent_message(anna, ticket))
    assert anna.suggestion(ticket)["decision"]["outcome"] == "auto_send"
    shown = anna.get(f"/tickets/{ticket}")
    assert (shown["status"], shown["bot_stopped"], shown["intent"]) == ("pending", False, None)
    post_message(stack.urls[0], shop, "g3", "转人工", customer="u7")
    handed = eventually(lambda: (found := anna.suggestion(ticket)) and found["decision"]["reason"] == "customer_asked")
    assert handed and anna.get(f"/tickets/{ticket}")["bot_stopped"]

    # Who greets again after the greeting wants somebody: the bot does not say it twice.
    again = ticket_of(post_message(stack.urls[0], shop, "g4", "你好", customer="u8"))
    eventually(lambda: sent_message(anna, again))
    post_message(stack.urls[0], shop, "g5", "在吗", customer="u8")
    eventually(lambda: (found := anna.suggestion(again)) and found["decision"]["reason"] == "loop")
    greetings = [item for item in receiver.received if item["data"]["text"].endswith("请问有什么可以帮您？")]
    assert len(greetings) == 2, "one to each customer under the grant"


def test_a_newer_message_supersedes_the_draft(running: tuple[Stack, SmallShop, Receiver]) -> None:
    stack, shop, _ = running
    anna = Person(stack.urls[0], "anna")
    ticket = ticket_of(post_message(stack.urls[0], shop, "s1", "发票怎么申请？", customer="u4"))
    old = eventually(lambda: anna.suggestion(ticket))
    post_message(stack.urls[-1], shop, "s2", "算了，我想问退货的运费谁出？", customer="u4")
    assert anna.approve(old).status_code == 409
    new = eventually(lambda: (found := anna.suggestion(ticket)) and found["id"] != old["id"] and found)
    assert new["state"] == "pending" and "运费" in new["text"]


def test_the_same_message_twice_is_one_ticket_and_one_suggestion(running: tuple[Stack, SmallShop, Receiver]) -> None:
    stack, shop, _ = running
    first = post_message(stack.urls[0], shop, "d1", "退款多久到账？", customer="u5")
    second = post_message(stack.urls[-1], shop, "d1", "退款多久到账？", customer="u5")
    assert first.json()["message_id"] == second.json()["message_id"] and second.json()["repeated"]
