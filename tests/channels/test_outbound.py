from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update
from standardwebhooks.webhooks import Webhook

from channels import outbound
from channels.outbound import TryLater
from channels.webhook import WebhookChannel
from core.db import Database, db_now
from core.events import Event
from records.principals import Principal, Role
from records.tickets import actions, messages, queries
from records.tickets.models import AuthorKind, Delivery, DeliveryState
from tests.factories import make_account, make_customer, make_identity, make_shop
from tests.receiver import Receiver, receiving

ADMIN = Principal("system", role=Role.ADMIN)
SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


def queued(db: Database, url: str, *, delay: float = 0) -> int:
    with db.unit_of_work() as session:
        shop = make_shop(session)
        account = make_account(session, shop, config={"url": url}, secret=SECRET)
        customer = make_customer(session)
        identity = make_identity(session, account, customer)
        ticket = actions.open_ticket(
            session,
            ADMIN,
            actions.NewTicket(shop.id, customer.id, "webhook", identity_id=identity.id, channel_account_id=account.id),
        )
        messages.add_inbound(
            session, ADMIN, ticket, messages.NewMessage("在吗", external_id="m1", channel_account_id=account.id)
        )
        message = messages.queue_reply(
            session, ADMIN, ticket, messages.NewMessage("您好", send_after_seconds=delay), AuthorKind.AGENT
        )
        return message.id


def state(db: Database, message_id: int) -> str:
    with db.reading() as session:
        return session.scalars(select(Delivery.state).where(Delivery.message_id == message_id)).one()


def send(db: Database, message_id: int, timeout: float = 1.0) -> str:
    return outbound.send_message(db, {"webhook": WebhookChannel(timeout)}, message_id, 5)


def test_a_reply_is_sent_signed_and_once(db: Database, receiver: Receiver) -> None:
    message_id = queued(db, receiver.url)
    assert send(db, message_id) == DeliveryState.SENT
    assert send(db, message_id) == DeliveryState.SENT  # a repeated job finds it sent
    assert list(receiver.counts().values()) == [1]
    headers = receiver.headers[0]
    payload = Webhook(SECRET).verify(headers["body"], headers)
    assert payload["data"]["text"] == "您好" and payload["data"]["in_reply_to"] == "m1"


def test_many_senders_send_once(db: Database, receiver: Receiver) -> None:
    message_id = queued(db, receiver.url)

    def run() -> None:
        try:
            send(db, message_id)
        except TryLater:
            pass

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(receiver.counts().values()) == [1] and state(db, message_id) == DeliveryState.SENT


@pytest.mark.parametrize("status", [429, 503])
def test_not_processed_is_tried_again(sqlite_db: Database, receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    message_id = queued(sqlite_db, receiver.url)
    with pytest.raises(TryLater):
        send(sqlite_db, message_id)
    assert state(sqlite_db, message_id) == DeliveryState.QUEUED
    assert send(sqlite_db, message_id) == DeliveryState.SENT


def test_nobody_listens_is_tried_again(sqlite_db: Database, receiver: Receiver) -> None:
    message_id = queued(sqlite_db, "http://127.0.0.1:9/replies")
    with pytest.raises(TryLater):
        send(sqlite_db, message_id)
    assert state(sqlite_db, message_id) == DeliveryState.QUEUED


@pytest.mark.parametrize("answer", [500, "hang"])
def test_what_may_have_arrived_is_uncertain_and_never_resent(
    sqlite_db: Database, receiver: Receiver, answer: int | str
) -> None:
    receiver.answers = [answer]
    message_id = queued(sqlite_db, receiver.url)
    assert send(sqlite_db, message_id, timeout=0.3) == DeliveryState.UNCERTAIN
    assert send(sqlite_db, message_id) == DeliveryState.UNCERTAIN
    assert list(receiver.counts().values()) == [1]
    with sqlite_db.reading() as session:
        assert [m.id for m, _ in queries.unsettled_deliveries(session, ADMIN)] == [message_id]


def test_refused_is_failed_and_listed(sqlite_db: Database, receiver: Receiver) -> None:
    receiver.answers = [404]
    message_id = queued(sqlite_db, receiver.url)
    assert send(sqlite_db, message_id) == DeliveryState.FAILED
    with sqlite_db.reading() as session:
        assert len(queries.unsettled_deliveries(session, ADMIN)) == 1
        names = [e.data.get("state") for e in session.scalars(select(Event).where(Event.name == "DeliveryChanged"))]
    assert names == ["failed"]


def test_a_sender_that_died_leaves_it_uncertain(db: Database, receiver: Receiver) -> None:
    message_id = queued(db, receiver.url)
    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(state=DeliveryState.SENDING, attempt=1, lease_until=db_now(-1)))
    assert send(db, message_id) == DeliveryState.UNCERTAIN
    assert receiver.counts() == {}


def test_a_sender_that_lives_is_left_alone(db: Database, receiver: Receiver) -> None:
    message_id = queued(db, receiver.url)
    with db.unit_of_work() as session:
        session.execute(update(Delivery).values(state=DeliveryState.SENDING, attempt=1, lease_until=db_now(60)))
    with pytest.raises(TryLater) as later:
        send(db, message_id)
    assert not later.value.due and receiver.counts() == {}


def test_a_delayed_reply_waits_and_can_be_taken_back(db: Database, receiver: Receiver) -> None:
    message_id = queued(db, receiver.url, delay=30)
    with pytest.raises(TryLater) as later:
        send(db, message_id)
    assert later.value.delay is not None and 20 < later.value.delay <= 30
    with db.unit_of_work() as session:
        ticket = actions.lock_ticket(session, ADMIN, 1)
        messages.cancel_reply(session, ADMIN, ticket, message_id)
    assert send(db, message_id) == DeliveryState.CANCELLED and receiver.counts() == {}


def test_an_agent_settles_an_uncertain_reply(sqlite_db: Database, receiver: Receiver) -> None:
    receiver.answers = [500]
    message_id = queued(sqlite_db, receiver.url)
    send(sqlite_db, message_id)
    with sqlite_db.unit_of_work() as session:
        messages.settle_uncertain(session, ADMIN, actions.lock_ticket(session, ADMIN, 1), message_id, arrived=False)
    assert send(sqlite_db, message_id) == DeliveryState.SENT
    assert list(receiver.counts().values()) == [2]  # a person decided so
