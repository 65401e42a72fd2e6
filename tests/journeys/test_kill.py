"""kill -9 at random moments while tickets are being answered: nothing is lost and nothing is sent twice.

The sender, the agents and the receiver stand outside of what is killed. The sender repeats what was not answered 202,
with the same id; the receiver counts and does not de-duplicate. `make chaos` runs it with 200 tickets and 10 kills
(COPILOT_CHAOS=full, COPILOT_CHAOS_SEED=n); the suite runs a smaller one.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import exists, select

from copilot.models import Suggestion, SuggestionState
from core.jobs.models import DEAD, Job
from records.shops.models import Shop
from records.tickets.models import Delivery, DeliveryState, Direction, Message
from retrieval.index import owner
from tests.conftest import create_postgres_database
from tests.factories import make_customer, make_order, make_shipment
from tests.receiver import Receiver, receiving
from tests.shop import Person, SmallShop, furnish, post_message
from tests.stack import HTTP, Stack, eventually, make_stack

FULL = os.environ.get("COPILOT_CHAOS") == "full"
TICKETS, KILLS = (200, 10) if FULL else (40, 4)
SEED = int(os.environ.get("COPILOT_CHAOS_SEED", "6"))
SENDS_AT_ONCE = 3  # job threads of the process that sends: two, and the one that is kept for replies
LEASE, SEND_TIMEOUT = 3, 0.5
PARCEL = "我的快递到哪里了？"
QUESTIONS = [PARCEL, PARCEL, PARCEL, "你们支持七天无理由退货吗？", "热水器的镁棒可以自己更换吗，需要什么工具？"]
ENDED = (DeliveryState.SENT, DeliveryState.UNCERTAIN)


@pytest.fixture(scope="module", params=["embedded", "served"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stack, SmallShop, Receiver]]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    leases = {"job_lease_seconds": LEASE, "send_timeout": SEND_TIMEOUT}
    if request.param == "embedded":
        stack = make_stack(folder / "data", **leases)
    else:
        url = create_postgres_database(request.getfixturevalue("postgres_server"))
        broker = request.getfixturevalue("redis_url")
        stack = make_stack(folder / "data", database_url=url, redis_url=broker, apis=2, **leases)
    with receiving() as receiver:
        receiver.delay = 0.15  # so that kills find calls under way
        database = stack.database()
        shop = furnish(database, receiver.url)
        with database.unit_of_work() as session:
            for number in range(TICKETS):
                customer = make_customer(session, platform="web", external_id=f"k{number}")
                if QUESTIONS[number % len(QUESTIONS)] == PARCEL:
                    make_shipment(session, make_order(session, session.get_one(Shop, shop.shop_id), customer))
        database.close()
        try:
            stack.start()
            yield stack, shop, receiver
        finally:
            stack.stop()
            end_index(stack)


def end_index(stack: Stack) -> bool:
    """kill -9 of the index process, which is nobody's child; False when there is none at this moment."""
    found = owner.find(stack.settings.index_dir)
    if found is None:
        return False
    try:
        os.kill(found.pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


class Chaos:
    """Sends tickets in waves, kills somebody in each, and lets agents answer what waits for them."""

    def __init__(self, stack: Stack, shop: SmallShop, seed: int) -> None:
        self.stack, self.shop = stack, shop
        self.random = random.Random(seed)
        self.accepted: dict[str, tuple[int, int]] = {}  # our id → (ticket, message), once it was answered 202
        self.kills: Counter[str] = Counter()
        self.repeats = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._people: dict[str, Person] = {}

    def run(self, receiver: Receiver) -> None:
        agents = threading.Thread(target=self._answer, name="agents")
        agents.start()
        try:
            with ThreadPoolExecutor(8) as senders:
                waves = [range(TICKETS)[n::KILLS] for n in range(KILLS)]
                sent = []
                for victim, wave in zip(self._victims(), waves, strict=True):
                    sent += [senders.submit(self._send, number) for number in wave]
                    self._random_moment(receiver, len(wave))
                    self._kill(victim)
                for future in sent:
                    future.result()
            eventually(self._settled, 240 if FULL else 90, every=0.5)
        finally:
            self._over.set()
            agents.join()

    def _victims(self) -> list[str]:
        """Everybody about equally often, in a random order."""
        names = ["api0", "api1", "worker", "index"] if self.stack.served else ["api0", "index", "api0+index"]
        deck = (names * KILLS)[: max(KILLS, len(names))]
        self.random.shuffle(deck)
        return deck[:KILLS]

    def _random_moment(self, receiver: Receiver, wave: int) -> None:
        """A moment between the first webhook of a wave and its last reply, with a call to the receiver or without."""
        wanted = len(receiver.received) + self.random.randint(0, wave - 2)
        deadline = time.monotonic() + 20
        while len(receiver.received) < wanted and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(self.random.uniform(0, 0.2))

    def _kill(self, victim: str) -> None:
        for name in victim.split("+"):
            if name == "index":
                eventually(lambda: end_index(self.stack), 30)
            else:
                self.stack.kill(name)
            self.kills[name] += 1
        for name in victim.split("+"):  # as a supervisor would; the index process is started by the servers
            if name == "worker":
                self.stack.launch(name, "worker", "--beat")
            elif name != "index":
                port = self.stack.api_ports[int(name.removeprefix("api"))]
                self.stack.launch(name, "serve", "--port", str(port))
        eventually(lambda: any(self._alive(url) for url in self.stack.urls), 60)

    def _alive(self, url: str) -> bool:
        try:
            return HTTP.get(f"{url}/livez", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def _send(self, number: int) -> None:
        """What a shop's system does: repeat until the answer is 202, at whichever server answers."""
        name, text = f"t{number}", QUESTIONS[number % len(QUESTIONS)]
        for attempt in range(600):
            url = self.stack.urls[(number + attempt) % len(self.stack.urls)]
            try:
                response = post_message(url, self.shop, name, text, customer=f"k{number}")
            except httpx.HTTPError:
                time.sleep(0.2)
                continue
            if response.status_code == 202:
                said = response.json()
                with self._lock:
                    self.accepted[name] = (said["ticket_id"], said["message_id"])
                    self.repeats += said["repeated"]
                return
            assert response.status_code >= 500, response.text
            time.sleep(0.2)
        raise AssertionError(f"{name} was never accepted")

    def _answer(self) -> None:
        """Agents send the drafts that wait for one, and write what no draft says. They repeat what was cut off."""
        done: set[int] = set()
        while not self._over.wait(0.2):
            with self._lock:
                waiting = [ticket for ticket, _ in self.accepted.values() if ticket not in done]
            for ticket in waiting:
                if self._over.is_set():
                    return
                try:
                    if self._handle(ticket):
                        done.add(ticket)
                except httpx.HTTPError:
                    self._people.clear()  # the next request goes to another server, or to the restarted one

    def _handle(self, ticket: int) -> bool:
        suggestion = self._agent().suggestion(ticket)
        if suggestion is None:
            return False
        if suggestion["state"] == "pending" and suggestion["kind"] != "unknown":
            response = self._agent().approve(suggestion, confirm_unverified=True)
            assert response.status_code in (200, 409, 412), response.text
        elif suggestion["state"] == "pending":
            reply = {"kind": "reply", "text": "需要 22 毫米套筒扳手，先断电关水。", "client_id": f"r{ticket}"}
            response = self._agent().http.post(
                f"/tickets/{ticket}/messages", json=reply, headers={"idempotency-key": f"r{ticket}"}
            )
            assert response.status_code == 201, response.text
        return True

    def _agent(self) -> Person:
        url = self.random.choice(self.stack.urls)
        if url not in self._people:
            self._people[url] = Person(url, "anna")
        return self._people[url]

    def _settled(self) -> bool:
        """Every ticket has its suggestion and its reply, and no reply is on its way."""
        database = self.stack.database()
        with database.reading() as session:
            drafted = select(Suggestion.id).where(
                Suggestion.message_id == Message.id, Suggestion.state != SuggestionState.DRAFTING
            )
            left = session.scalar(select(Message.id).where(Message.direction == Direction.IN, ~exists(drafted)))
            ended = session.scalars(select(Delivery.state)).all()
        database.close()
        return left is None and len(ended) == TICKETS and all(state in ENDED for state in ended)


def test_nothing_is_lost_and_nothing_is_sent_twice(running: tuple[Stack, SmallShop, Receiver]) -> None:
    stack, shop, receiver = running
    chaos = Chaos(stack, shop, SEED)
    started = time.monotonic()
    try:
        chaos.run(receiver)
        figures = check(chaos, receiver) | {"seconds": round(time.monotonic() - started)}
    except BaseException:
        sys.stderr.write(f"seed {SEED}, kills {dict(chaos.kills)}, logs in {stack.data_dir}\n")
        raise
    if FULL:
        (Path.cwd() / "var").mkdir(exist_ok=True)
        with (Path.cwd() / "var" / "chaos.jsonl").open("a") as file:
            file.write(json.dumps(figures) + "\n")


def check(chaos: Chaos, receiver: Receiver) -> dict[str, object]:
    """The figures, after asserting what may never happen."""
    stack = chaos.stack
    database = stack.database()
    with database.reading() as session:
        stored = {
            row.external_id: (row.ticket_id, row.id)
            for row in session.scalars(select(Message).where(Message.direction == Direction.IN))
        }
        deliveries = list(session.execute(select(Message.ticket_id, Delivery.message_id, Delivery.state).join(Message)))
        dead = session.scalars(select(Job).where(Job.state == DEAD)).all()
    database.close()
    assert stored == chaos.accepted and len(stored) == TICKETS
    assert len({ticket for ticket, _ in stored.values()}) == TICKETS
    assert not dead, [(job.name, job.last_error) for job in dead]

    counts = receiver.counts()
    assert max(counts.values()) == 1, [name for name, n in counts.items() if n > 1]
    by_ticket = Counter(item["data"]["ticket_id"] for item in receiver.received)
    assert max(by_ticket.values()) == 1, "a ticket was answered twice"

    sent = {f"msg_{row.message_id}" for row in deliveries if row.state == DeliveryState.SENT}
    uncertain = {row.message_id for row in deliveries if row.state == DeliveryState.UNCERTAIN}
    assert sent <= set(counts), "recorded as sent and never received"
    assert set(counts) <= sent | {f"msg_{number}" for number in uncertain}
    senders = chaos.kills["worker"] if stack.served else chaos.kills["api0"]
    assert len(uncertain) <= senders * SENDS_AT_ONCE
    eventually(lambda: all(stack.ready(url) for url in stack.urls), 60)
    listed = Person(stack.urls[-1], "ben").get("/deliveries/unsettled")
    assert {row["message_id"] for row in listed} == uncertain
    return {
        "mode": "served" if stack.served else "embedded",
        "seed": SEED,
        "tickets": len(stored),
        "kills": dict(chaos.kills),
        "repeated webhooks": chaos.repeats,
        "replies received": len(counts),
        "received twice": 0,
        "lost": 0,
        "uncertain": len(uncertain),
        "uncertain that had arrived": len({f"msg_{number}" for number in uncertain} & set(counts)),
    }
