"""An agent's verdict over HTTP, and the stream of a draft."""

from __future__ import annotations

import json
import threading
import time

from sqlalchemy import func, select

from copilot.models import DraftChunk, Suggestion, SuggestionState
from copilot.serialize import answer_to_json, sentence_to_json
from records.principals import Role
from records.tickets.models import Delivery, Message
from retrieval.types import DraftSentence, Verdict
from tests.api.test_tickets import at_once
from tests.api.world import World, an_answer

UNSURE = DraftSentence("三天退款。", (1,), Verdict.UNSUPPORTED, ("number 3 is not in the source",))


def events_of(text: str) -> list[tuple[str, str, dict]]:
    """(event, id, data) of a stream."""
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in lines:
            found.append((lines["event"], lines.get("id", ""), json.loads(lines["data"])))
    return found


def test_of_two_agents_who_approve_at_once_one_wins_and_one_message_is_written(world: World) -> None:
    suggestion = world.suggestion()
    path = f"/api/v1/suggestions/{suggestion}"
    etag = world.client.get(path, headers=world.agent).headers["etag"]
    first, second = world.agent, world.signed_in(Role.SUPERVISOR)
    edited = {"text": "您好，包裹明天到。"}
    answers = at_once(
        lambda: world.client.post(f"{path}/approve", json={}, headers={**first, "If-Match": etag}),
        lambda: world.client.post(f"{path}/approve", json=edited, headers={**second, "If-Match": etag}),
        lambda: world.client.post(f"{path}/reject", json={"reason": "不对"}, headers={**second, "If-Match": etag}),
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] == 200 and set(codes[1:]) <= {409, 412}, [answer.text for answer in answers]
    with world.db.reading() as session:
        sent = session.scalar(select(func.count()).where(Message.suggestion_id == suggestion))
        deliveries = session.scalar(select(func.count()).select_from(Delivery))
        state = session.get_one(Suggestion, suggestion).state
    rejected = answers[2].status_code == 200
    assert sent == deliveries == (0 if rejected else 1)
    assert state == {0: "accepted", 1: "edited", 2: "rejected"}[[a.status_code for a in answers].index(200)]


def test_an_approval_asks_for_the_version_that_was_read(world: World) -> None:
    path = f"/api/v1/suggestions/{world.suggestion()}"
    assert world.client.post(f"{path}/approve", json={}, headers=world.agent).status_code == 428
    stale = {**world.agent, "If-Match": '"17"'}
    assert world.client.post(f"{path}/approve", json={}, headers=stale).status_code == 412
    etag = world.client.get(path, headers=world.agent).headers["etag"]
    done = world.client.post(f"{path}/approve", json={}, headers={**world.agent, "If-Match": etag})
    assert done.status_code == 200 and done.json()["suggestion"]["state"] == "accepted"
    messages = world.client.get(f"/api/v1/tickets/{world.ticket}/messages", headers=world.agent).json()["items"]
    assert messages[-1]["id"] == done.json()["message_id"] and messages[-1]["delivery"]["state"] == "queued"


def test_an_unsupported_sentence_is_sent_only_when_confirmed(world: World) -> None:
    path = f"/api/v1/suggestions/{world.suggestion(UNSURE)}"
    headers = {**world.agent, "If-Match": world.client.get(path, headers=world.agent).headers["etag"]}
    refused = world.client.post(f"{path}/approve", json={}, headers=headers)
    assert refused.status_code == 422 and refused.json()["unverified"][0]["text"] == UNSURE.text
    sent = world.client.post(f"{path}/approve", json={"confirm_unverified": True}, headers=headers)
    assert sent.status_code == 200


def test_a_newer_message_of_the_customer_stops_an_approval(world: World) -> None:
    path = f"/api/v1/suggestions/{world.suggestion()}"
    headers = {**world.agent, "If-Match": world.client.get(path, headers=world.agent).headers["etag"]}
    said = {"kind": "customer", "text": "算了，我要退货"}
    world.client.post(f"/api/v1/tickets/{world.ticket}/messages", json=said, headers=world.agent)
    assert world.client.post(f"{path}/approve", json={}, headers=headers).status_code == 409


def test_a_finished_draft_streams_from_where_the_reader_was(world: World) -> None:
    sentences = [DraftSentence(f"第{n}句。", (1,), Verdict.SUPPORTED) for n in range(4)]
    suggestion = world.suggestion(*sentences)
    _chunks(world, suggestion, 7, sentences)
    path = f"/api/v1/suggestions/{suggestion}/stream"
    whole = events_of(world.client.get(path, headers=world.agent).text)
    assert [(name, data.get("ordinal")) for name, _, data in whole] == [
        ("sentence", 0), ("sentence", 1), ("sentence", 2), ("sentence", 3), ("done", None),
    ]  # fmt: skip
    assert whole[0][2]["text"] == "第0句。" and whole[-1][2] == {"state": "pending"}
    resumed = events_of(world.client.get(path, headers={**world.agent, "Last-Event-ID": whole[1][1]}).text)
    assert resumed == whole[2:]
    assert events_of(world.client.get(f"{path}?after=2", headers=world.agent).text) == whole[3:]
    began_again = {**world.agent, "Last-Event-ID": "6:3"}  # of an attempt that failed: what it said is void
    assert [name for name, _, _ in events_of(world.client.get(path, headers=began_again).text)] == [
        "reset", "sentence", "sentence", "sentence", "sentence", "done",
    ]  # fmt: skip


def test_a_nonsense_position_is_the_beginning_or_a_new_attempt(sqlite_world: World) -> None:
    path = f"/api/v1/suggestions/{sqlite_world.suggestion()}/stream"
    for last in ("", "nonsense", "1:", "-1:-1", "9" * 30 + ":0"):
        answer = sqlite_world.client.get(path, headers={**sqlite_world.agent, "Last-Event-ID": last})
        assert answer.status_code == 200 and events_of(answer.text)[-1][0] == "done", last


def test_sentences_written_by_another_process_arrive_while_the_draft_is_under_way(world: World) -> None:
    sentences = [DraftSentence(f"第{n}句。", (1,), Verdict.SUPPORTED) for n in range(3)]
    suggestion = world.suggestion(state=SuggestionState.DRAFTING)
    _chunks(world, suggestion, 2, sentences[:1])

    def write() -> None:
        time.sleep(0.3)
        with world.db.unit_of_work() as session:
            session.add(_chunk(suggestion, 2, 1, sentences[1]))
        time.sleep(0.3)
        with world.db.unit_of_work() as session:
            row = session.get_one(Suggestion, suggestion)
            row.answer, row.state = answer_to_json(an_answer("?", *sentences)), SuggestionState.PENDING

    writer = threading.Thread(target=write)
    writer.start()
    events = events_of(world.client.get(f"/api/v1/suggestions/{suggestion}/stream", headers=world.agent).text)
    writer.join()
    assert [data["text"] for name, _, data in events if name == "sentence"] == [s.text for s in sentences]
    assert [place for _, place, _ in events] == ["2:0", "2:1", "2:2", ""]


def _chunk(suggestion: int, attempt: int, ordinal: int, sentence: DraftSentence) -> DraftChunk:
    plain = sentence_to_json(sentence)
    return DraftChunk(suggestion_id=suggestion, attempt=attempt, ordinal=ordinal, sentence=plain)


def _chunks(world: World, suggestion: int, attempt: int, sentences: list[DraftSentence]) -> None:
    with world.db.unit_of_work() as session:
        session.add_all(_chunk(suggestion, attempt, n, sentence) for n, sentence in enumerate(sentences))
