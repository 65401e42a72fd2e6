"""A letter in HTML: through the signed webhook, cleaned, and shown in a frame in which nothing runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

from records.shops.models import Shop
from records.tickets.models import MessageHtml
from tests.api.world import World
from tests.factories import make_account

SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"


def _post(world: World, **data: object) -> tuple[int, dict[str, int]]:
    with world.db.unit_of_work() as session:
        account = make_account(session, session.get_one(Shop, world.shop), secret=SECRET)
        account_id = account.id
    whole = {"id": f"m{account_id}", "customer": {"external_id": "c-1"}, **data}
    body = json.dumps({"type": "message.created", "data": whole})
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "m",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("m", now, body),
    }
    answer = world.client.post(f"/api/v1/channels/webhook/{account_id}", content=body, headers=headers)
    return answer.status_code, answer.json()


def test_a_letter_is_cleaned_when_it_comes_and_shown_without_images(world: World) -> None:
    letter = '<p>杯子<b>碎了</b></p><script>alert(1)</script><img src="https://track.example/1.gif">'
    status, received = _post(world, html=letter)
    assert status == 202
    base = f"/api/v1/tickets/{received['ticket_id']}/messages"
    (message,) = world.client.get(base, headers=world.agent).json()["items"]
    assert message["text"] == "杯子碎了" and message["has_html"]
    with world.db.reading() as session:
        assert "script" not in session.get_one(MessageHtml, message["id"]).html
    path = f"{base}/{message['id']}/html"
    shown = world.client.get(path, headers=world.agent)
    assert shown.headers["content-type"].startswith("text/html") and "<b>碎了</b>" in shown.text
    assert "track.example" not in shown.text and 'data-images="1"' in shown.text
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "img-src 'none'" in policy and "sandbox" in policy
    assert "allow-scripts" not in policy and shown.headers["x-frame-options"] == "SAMEORIGIN"
    asked = world.client.get(f"{path}?images=true", headers=world.agent)
    assert "track.example" in asked.text and "img-src https: data:" in asked.headers["content-security-policy"]


def test_who_may_not_see_the_ticket_sees_no_letter(world: World) -> None:
    _, received = _post(world, text="见信", html="<p>信</p>")
    path = f"/api/v1/tickets/{received['ticket_id']}/messages/{received['message_id']}/html"
    assert world.client.get(path).status_code == 401
    assert world.client.get(path, headers=world.signed_in("agent", world.other)).status_code == 404
    other = f"/api/v1/tickets/{world.ticket}/messages/{received['message_id']}/html"
    assert world.client.get(other, headers=world.agent).status_code == 404
    plain = f"/api/v1/tickets/{world.ticket}/messages/{world.message}/html"
    assert world.client.get(plain, headers=world.agent).status_code == 404


def test_a_message_says_something(world: World) -> None:
    assert _post(world, text="", html="<p> </p>")[0] == 422
