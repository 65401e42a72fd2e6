"""The signed webhook, in and out, by the Standard Webhooks specification (https://www.standardwebhooks.com).

In: the shop's system posts `message.created`; out: we post `reply.created` to the account's `url`.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from channels.html import MAX_HTML, text_of
from channels.protocol import NotSent, Outgoing, Refused, Uncertain
from core.errors import InvalidInput, NotAuthenticated
from records.tickets.models import MAX_TEXT

# RFC 9110: the request was not processed. Any other 5xx may have been processed before the failure.
NOT_PROCESSED = {429, 503}


@cache
def _authorities() -> ssl.SSLContext:
    """Reading the certificates of all authorities takes 40 ms: once a process."""
    return httpx.create_ssl_context()


def _without_nul(value: Any) -> Any:
    return value.replace("\x00", "") if isinstance(value, str) else value


# PostgreSQL stores no NUL: it is dropped from what people read, and refused in what identifies something.
Words = Annotated[str, BeforeValidator(_without_nul)]
Id = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]+$")]


class WebhookCustomer(BaseModel):
    """`verified`: the shop's system vouches that it signed this person in. Without it no record fact is told."""

    model_config = ConfigDict(extra="ignore")

    external_id: Id = Field(max_length=128)
    name: Words = Field("", max_length=128)
    email: Words | None = Field(None, max_length=255)
    phone: Words | None = Field(None, max_length=32)
    verified: bool = False


class WebhookMessage(BaseModel):
    """`data` of a `message.created` event. `id` is the shop's own id: the same one twice is one message.

    `html` is the letter as it was laid out; it is cleaned before it is stored.
    """

    model_config = ConfigDict(extra="ignore")

    id: Id = Field(max_length=255)
    text: Words = Field("", max_length=MAX_TEXT)
    html: Words = Field("", max_length=MAX_HTML)
    subject: Words = Field("", max_length=255)
    customer: WebhookCustomer

    @model_validator(mode="after")
    def _read_html(self) -> Self:
        """A letter without a text part is read from its HTML."""
        self.text = self.text or text_of(self.html)[:MAX_TEXT]
        return self


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> WebhookMessage:
    """The message of a signed request. Raises NotAuthenticated (signature, age) and InvalidInput (shape)."""
    wanted = {name: headers.get(name, "") for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
    try:
        payload = Webhook(secret).verify(body, wanted)
    except WebhookVerificationError as error:
        raise NotAuthenticated(
            f"The webhook's signature does not match: {error}. Sign with this account's secret."
        ) from error
    except ValueError as error:
        raise InvalidInput(f"The webhook's body is not JSON: {error}") from error
    if not isinstance(payload, dict) or payload.get("type") != "message.created":
        raise InvalidInput('Only {"type": "message.created", "data": {…}} is taken here.', field="type")
    try:
        message = WebhookMessage.model_validate(payload.get("data"))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in ("data", *first["loc"]))
        raise InvalidInput(f"{field}: {first['msg']}", field=field) from error
    if not message.text:
        raise InvalidInput("data.text: the message is empty, and so is its html", field="data.text")
    return message


def checked_url(url: str, *, allow_private: bool) -> str:
    """The outgoing URL. Raises InvalidInput unless it is http(s) and, on a public installation, not a private host."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput("The URL must begin with https:// (or http://) and name a host.", field="url")
    if not allow_private:
        try:
            addresses = {info[4][0] for info in socket.getaddrinfo(parts.hostname, None)}
        except OSError as error:
            raise InvalidInput(f"The host {parts.hostname} cannot be found.", field="url") from error
        if any(not ipaddress.ip_address(str(address).split("%")[0]).is_global for address in addresses):
            raise InvalidInput("The URL points into a private network.", field="url")
    return url


class WebhookChannel:
    """Posts replies. One client is shared by all threads (httpx clients are thread-safe)."""

    def __init__(self, timeout: float = 15.0) -> None:
        """`timeout` in seconds, for connecting and for each wait on the other side."""
        self._client = httpx.Client(timeout=timeout, follow_redirects=False, verify=_authorities())

    def send(self, config: Mapping[str, Any], secret: str, message: Outgoing) -> str:
        url = config.get("url")
        if not url:
            raise Refused("This account has no outgoing URL. Set one under Settings, Channels.")
        identity = f"msg_{message.message_id}"
        now = datetime.now(UTC)
        body = json.dumps(
            {
                "type": "reply.created",
                "timestamp": now.isoformat(),
                "data": {
                    "id": identity,
                    "ticket_id": message.ticket_id,
                    "customer_external_id": message.address,
                    "text": message.text,
                    "citations": list(message.citations),
                    "author": message.author_kind,
                    "created_at": message.created_at,
                    "in_reply_to": message.in_reply_to,
                },
            },
            ensure_ascii=False,
        )
        headers = {
            "content-type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(identity, now, body),
        }
        try:
            response = self._client.post(url, content=body.encode(), headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(f"no connection to {url}: {error}") from error
        except httpx.HTTPError as error:
            raise Uncertain(f"{type(error).__name__}: {error}") from error
        return _judged(response, identity)


def _judged(response: httpx.Response, identity: str) -> str:
    if response.is_success:
        return str(response.headers.get("x-message-id", identity))
    said = f"HTTP {response.status_code}: {response.text[:200]}"
    if response.status_code in NOT_PROCESSED:
        after = response.headers.get("retry-after", "")
        raise NotSent(said, float(after) if after.isdecimal() else None)
    if response.status_code >= 500:
        raise Uncertain(said)
    raise Refused(said)
