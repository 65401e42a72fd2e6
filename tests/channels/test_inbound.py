from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import func, select
from standardwebhooks.webhooks import Webhook

from channels import inbound, webhook
from channels.inbound import Inbound
from core.db import Database, db_now
from core.errors import InvalidInput, NotAuthenticated
from records.people.models import ChannelIdentity, Customer
from records.principals import SYSTEM_PRINCIPAL
from records.shops.models import ChannelAccount
from records.tickets import actions
from records.tickets.models import Message, Ticket
from tests.factories import make_account, make_customer, make_shop

SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"


def account_of(db: Database) -> int:
    with db.unit_of_work() as session:
        shop = make_shop(session, platform="web")
        make_customer(session, platform="web", external_id="u1", name="陈女士")
        return make_account(session, shop, secret=SECRET).id


def receive(db: Database, account_id: int, **values: object) -> inbound.Received:
    with db.unit_of_work() as session:
        account = session.get_one(ChannelAccount, account_id)
        defaults = {"external_id": "m1", "address": "u1", "text": "在吗"}
        return inbound.receive(session, account, Inbound(**{**defaults, **values}))  # type: ignore[arg-type]


def test_the_same_message_twice_is_one(db: Database) -> None:
    account_id = account_of(db)
    first = receive(db, account_id)
    second = receive(db, account_id)
    assert not first.repeated and second.repeated and first.message.id == second.message.id


def test_first_messages_at_once_make_one_customer_and_one_ticket(db: Database) -> None:
    account_id = account_of(db)
    threads = [
        threading.Thread(target=receive, args=(db, account_id), kwargs={"external_id": f"m{n}"}) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading() as session:
        assert session.scalar(select(func.count(Ticket.id))) == 1
        assert session.scalar(select(func.count(ChannelIdentity.id))) == 1
        assert session.scalar(select(func.count(Message.id))) == 8


@pytest.mark.parametrize(("days", "same"), [(2.9, True), (3.1, False)])
def test_what_was_resolved_days_ago_is_not_opened_again(db: Database, days: float, same: bool) -> None:
    account_id = account_of(db)
    first = receive(db, account_id)
    with db.unit_of_work() as session:
        ticket = session.get_one(Ticket, first.ticket.id)
        actions.resolve(session, SYSTEM_PRINCIPAL, ticket)
        session.flush()
        ticket.resolved_at = cast(datetime, db_now(-days * 86_400))
    later = receive(db, account_id, external_id="m2", text="还想问一下")
    assert (later.ticket.id == first.ticket.id) is same
    with db.reading() as session:
        told = [session.get_one(Ticket, id_).status for id_ in sorted({first.ticket.id, later.ticket.id})]
    assert told == (["open"] if same else ["resolved", "new"])


def test_a_vouched_sender_is_the_shops_customer(db: Database) -> None:
    received = receive(db, account_of(db), verified_by="signed_webhook")
    with db.reading() as session:
        customer = session.get_one(Customer, received.ticket.customer_id)
        assert customer.external_id == "u1" and customer.platform == "web" and customer.name == "陈女士"


def test_a_claim_is_never_joined_to_the_claimed_customer(db: Database) -> None:
    account_id = account_of(db)
    vouched = receive(db, account_id, verified_by="signed_webhook")
    claimed = receive(db, account_id, external_id="m2")
    assert vouched.ticket.id != claimed.ticket.id
    with db.reading() as session:
        guest = session.get_one(Customer, claimed.ticket.customer_id)
        identity = session.get_one(ChannelIdentity, claimed.ticket.identity_id)
    assert guest.id != vouched.ticket.customer_id and guest.platform.startswith("guest:")
    assert identity.verified_at is None


def body_of(**data: object) -> str:
    customer = {"external_id": "u1", "verified": True}
    return json.dumps({"type": "message.created", "data": {"id": "m1", "text": "在吗", "customer": customer, **data}})


def signed(body: str, at: datetime | None = None, secret: str = SECRET) -> dict[str, str]:
    at = at or datetime.now(UTC)
    return {
        "webhook-id": "e1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("e1", at, body),
    }


def test_a_signed_webhook_is_read() -> None:
    body = body_of()
    assert webhook.verify(SECRET, signed(body), body.encode()).customer.external_id == "u1"


def test_forged_changed_and_old_webhooks_are_refused() -> None:
    body = body_of()
    other = "whsec_" + "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXI="
    for headers, sent in (
        (signed(body, secret=other), body),
        (signed(body), body_of(text="退款 500 元")),
        (signed(body, at=datetime.now(UTC) - timedelta(hours=1)), body),
        ({}, body),
    ):
        with pytest.raises(NotAuthenticated):
            webhook.verify(SECRET, headers, sent.encode())


@pytest.mark.parametrize("change", [{"text": ""}, {"id": ""}, {"customer": {}}, {"text": "x" * 20_001}])
def test_a_malformed_webhook_names_its_field(change: dict[str, object]) -> None:
    body = body_of(**change)
    with pytest.raises(InvalidInput) as error:
        webhook.verify(SECRET, signed(body), body.encode())
    assert error.value.details["field"].startswith("data.")


@pytest.mark.parametrize("change", [{"id": "m\x001"}, {"text": "\x00"}, {"text": "\ud800"}])
def test_what_no_database_can_store_is_refused_and_not_an_error_of_ours(change: dict[str, object]) -> None:
    body = body_of(**change)
    with pytest.raises(InvalidInput):
        webhook.verify(SECRET, signed(body), body.encode())


def test_a_stray_nul_is_dropped_from_words(db: Database) -> None:
    customer = {"external_id": "u1", "verified": True, "name": "陈\x00静"}
    body = body_of(text="在\x00吗", subject="问\x00题", customer=customer)
    message = webhook.verify(SECRET, signed(body), body.encode())
    received = receive(db, account_of(db), text=message.text, subject=message.subject, name=message.customer.name)
    assert received.message.text == "在吗" and received.ticket.subject == "问题"


def test_an_outgoing_url_may_not_point_inside_a_public_installation() -> None:
    with pytest.raises(InvalidInput):
        webhook.checked_url("http://127.0.0.1:8000/", allow_private=False)
    with pytest.raises(InvalidInput):
        webhook.checked_url("file:///etc/passwd", allow_private=True)
    assert webhook.checked_url("http://127.0.0.1:8000/", allow_private=True)
