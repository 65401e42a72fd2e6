"""The signed webhook: messages from a shop's own system."""

from __future__ import annotations

from fastapi import HTTPException, Request, status
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from api.deps import RuntimeDep
from api.versioned import versioned
from channels import inbound, webhook
from copilot.runtime import Runtime
from core.errors import NotFound
from records.shops.models import ChannelAccount

router = versioned("/channels", tags=["channels"], route_class=APIRoute)
MAX_BODY = 1_000_000  # bytes


class ReceivedOut(BaseModel):
    ticket_id: int
    message_id: int
    repeated: bool


@router.post("/webhook/{account_id}", status_code=status.HTTP_202_ACCEPTED)
async def receive(account_id: int, request: Request, runtime: RuntimeDep) -> ReceivedOut:
    """`message.created` by the Standard Webhooks specification; the same `data.id` twice is one message."""
    body = await request.body()
    if len(body) > MAX_BODY:
        raise HTTPException(413, f"The body has {len(body)} bytes; at most {MAX_BODY} are taken.")
    return await run_in_threadpool(_store, runtime, account_id, dict(request.headers), body)


def _store(runtime: Runtime, account_id: int, headers: dict[str, str], body: bytes) -> ReceivedOut:
    with runtime.db.unit_of_work() as session:
        account = session.get(ChannelAccount, account_id)
        if account is None or account.kind != "webhook" or not account.active or not account.secret:
            raise NotFound(f"There is no webhook account {account_id}.")
        message = webhook.verify(account.secret, headers, body)
        sender = message.customer
        received = inbound.receive(
            session,
            account,
            inbound.Inbound(
                external_id=message.id,
                address=sender.external_id,
                text=message.text,
                html=message.html,
                subject=message.subject,
                name=sender.name,
                email=sender.email,
                phone=sender.phone,
                verified_by="signed_webhook" if sender.verified else None,
            ),
        )
        return ReceivedOut(ticket_id=received.ticket.id, message_id=received.message.id, repeated=received.repeated)
