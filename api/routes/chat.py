"""The chat on a shop's page: a shopper's side of a ticket. See docs/widget.md."""

from __future__ import annotations

from typing import Annotated

from fastapi import File, Query, Request, Response, UploadFile, status
from fastapi.routing import APIRoute
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from api.chat import stream as streaming
from api.chat.access import Key, Token, account_and_shopper, address_of, limits_of, session_of
from api.chat.view import CLIENT_PREFIX, show_conversation, show_messages, show_people
from api.deps import Reading, RuntimeDep, Writing
from api.routes.attachments import as_response, store
from api.schemas.chat import (
    ChatMessageIn,
    ChatOut,
    ChatSatisfactionOut,
    ChatSentOut,
    ChatSessionOut,
    ConversationOut,
    HumanIn,
    SatisfactionIn,
    SeenIn,
    SessionIn,
    TypingIn,
)
from api.schemas.tickets import AttachmentOut
from api.versioned import versioned
from channels import inbound
from channels.chat import conversation, identity, sessions
from channels.chat.sessions import Shopper
from copilot.grants import any_grant
from copilot.handover.actions import ask_for_person
from core.errors import InvalidInput
from records.attachments import queries as attachments
from records.attachments.actions import Uploader
from records.attachments.models import CHAT_SESSION
from records.presence import actions as presence
from records.shops.chat import ChatConfig
from records.shops.models import ChannelAccount, Shop
from records.shops.queries import chat_account
from records.tickets import from_customer
from records.tickets.actions import lock_ticket
from records.tickets.models import TicketStatus

router = versioned("/chat", tags=["chat"], route_class=APIRoute)
MAX_UNSENT = 20  # files that a session may have uploaded and not sent
ASKED = {"zh": "我想找人工客服。", "en": "I would like to talk to a person."}


@router.get("/{key}")
def read_chat(key: Key, session: Reading, runtime: RuntimeDep) -> ChatOut:
    """What a page shows before anybody writes. Needs no session."""
    account = chat_account(session, key)
    shop, config = session.get_one(Shop, account.shop_id), ChatConfig.of(account.config)
    return ChatOut(
        shop=shop.name,
        language=shop.language,
        greeting=dict(config.greeting),
        quick_replies={language: list(texts) for language, texts in config.quick_replies.items()},
        bot=any_grant(session, shop.id),
        people=show_people(session, shop),
        timezone=shop.timezone,
        attachment_types=list(runtime.settings.accepted_types),
        attachment_max_bytes=runtime.settings.attachment_max_bytes,
    )


@router.post("/{key}/sessions", status_code=status.HTTP_201_CREATED)
def open_session(key: Key, body: SessionIn, session: Writing, request: Request) -> ChatSessionOut:
    """Begin, or come back with a new token. 401 `identity_refused` for an identity that the shop did not sign."""
    limits_of(request).opened.take(address_of(request))
    account = chat_account(session, key)
    who = identity.verify_identity(body.identity, account.secret) if body.identity is not None else None
    row, token = sessions.open_session(session, account, who, body.language)
    return ChatSessionOut(token=token, verified=row.verified, name=row.name, expires_at=row.expires_at)


@router.delete("/{key}/session", status_code=status.HTTP_204_NO_CONTENT)
def end_session(key: Key, session: Writing, token: Token = None) -> None:
    """The token is worth nothing from now on; the conversation stays."""
    sessions.end_session(session, session_of(session, chat_account(session, key), token))


@router.get("/{key}/conversation")
def read_conversation(
    key: Key,
    session: Reading,
    token: Token = None,
    before: Annotated[int | None, Query(description="id of the oldest message you have")] = None,
) -> ConversationOut:
    """Public messages only, the newest 100 of all this shopper's tickets here, in order."""
    account, shopper = account_and_shopper(session, key, token)
    return show_conversation(session, session.get_one(Shop, account.shop_id), shopper, before=before)


@router.post("/{key}/messages", status_code=status.HTTP_201_CREATED)
def create_message(
    key: Key, body: ChatMessageIn, session: Writing, request: Request, response: Response, token: Token = None
) -> ChatSentOut:
    """Write. The same `client_id` again is the same message: 200, and nothing is there twice."""
    account, shopper = account_and_shopper(session, key, token)
    _count_writing(request, shopper)
    if not body.text and not body.attachment_ids:
        raise InvalidInput("The message is empty: write something.", field="text")
    received = _receive(session, account, shopper, body)
    if received.repeated:
        response.status_code = status.HTTP_200_OK
    session.refresh(received.message, ["delivery"])
    shop = session.get_one(Shop, account.shop_id)
    (shown,) = show_messages(session, shop, shopper, [received.message], [received.ticket])
    return ChatSentOut(message=shown, repeated=received.repeated)


@router.post("/{key}/human")
def ask_for_human(key: Key, body: HumanIn, session: Writing, request: Request, token: Token = None) -> ConversationOut:
    """Talk to a person: the bot is silent from now on and the ticket waits for an agent. `people` tells whether one is
    there. Always possible; asked for again it adds no message."""
    account, shopper = account_and_shopper(session, key, token)
    _count_writing(request, shopper)
    tickets = conversation.tickets_of(session, shopper)
    waiting = (
        tickets and tickets[0].bot_stopped and tickets[0].status not in (TicketStatus.RESOLVED, TicketStatus.CLOSED)
    )
    if waiting:
        ask_for_person(session, shopper.principal, lock_ticket(session, shopper.principal, tickets[0].id))
    else:
        asked = ChatMessageIn(client_id=body.client_id, text=body.text or ASKED[body.language])
        received = _receive(session, account, shopper, asked)
        shopper = sessions.shopper_of(session, shopper.session)
        if not received.repeated:
            ask_for_person(session, shopper.principal, received.ticket)
        session.flush()
    return show_conversation(session, session.get_one(Shop, account.shop_id), shopper)


@router.put("/{key}/typing", status_code=status.HTTP_204_NO_CONTENT)
def tell_typing(key: Key, body: TypingIn, session: Writing, request: Request, token: Token = None) -> None:
    """Say it every five seconds while keys are pressed."""
    _, shopper = account_and_shopper(session, key, token)
    limits_of(request).told.take(str(shopper.session.id))
    tickets = conversation.tickets_of(session, shopper)
    if tickets:
        presence.tell(session, shopper.principal, tickets[0].id, "typing" if body.typing else "gone")


@router.put("/{key}/seen", status_code=status.HTTP_204_NO_CONTENT)
def mark_seen(key: Key, body: SeenIn, session: Writing, request: Request, token: Token = None) -> None:
    """The shopper has read up to `seq`; it never goes back."""
    _, shopper = account_and_shopper(session, key, token)
    limits_of(request).told.take(str(shopper.session.id))
    ticket = conversation.own_ticket(session, shopper, body.ticket_id)
    from_customer.mark_seen(session, shopper.principal, ticket, body.seq)


@router.put("/{key}/satisfaction")
def rate(
    key: Key, body: SatisfactionIn, session: Writing, request: Request, token: Token = None
) -> ChatSatisfactionOut:
    """How it went, 1 to 5, once the conversation is resolved; a second word replaces the first."""
    _, shopper = account_and_shopper(session, key, token)
    _count_writing(request, shopper)
    conversation.own_ticket(session, shopper, body.ticket_id)
    ticket = from_customer.rate(session, shopper.principal, body.ticket_id, body.score, body.comment)
    return ChatSatisfactionOut(score=body.score, comment=ticket.satisfaction_comment)


@router.post("/{key}/attachments", status_code=status.HTTP_201_CREATED)
def upload_attachment(
    key: Key, file: Annotated[UploadFile, File()], runtime: RuntimeDep, request: Request, token: Token = None
) -> AttachmentOut:
    """Upload a file, then name it in `attachment_ids` of a message."""
    with runtime.db.reading() as session:
        account, shopper = account_and_shopper(session, key, token)
        unsent, size = attachments.unsent_of(session, CHAT_SESSION, shopper.session.id)
    limits_of(request).uploaded.take(str(shopper.session.id))
    if unsent >= MAX_UNSENT or size > MAX_UNSENT * runtime.settings.attachment_max_bytes:
        raise InvalidInput(f"{unsent} uploaded files wait to be sent: send those first.", field="file")
    return store(runtime, _uploader(shopper), file, shop_id=account.shop_id, ticket_id=None)


@router.get("/{key}/attachments/{attachment_id}")
def download_attachment(
    key: Key, attachment_id: int, request: Request, session: Reading, runtime: RuntimeDep, token: Token = None
) -> Response:
    """A file of a message that this shopper may see, or one that was just uploaded."""
    _, shopper = account_and_shopper(session, key, token)
    return as_response(runtime, request, conversation.attachment_of(session, shopper, attachment_id))


@router.get("/{key}/events", response_class=EventSourceResponse)
async def follow(key: Key, request: Request, runtime: RuntimeDep, token: Token = None) -> EventSourceResponse:
    """`changed`: read the conversation again; `sentence` and `answered`: the bot's answer as it may be shown. Resume
    with Last-Event-ID. It ends after ten minutes: connect again."""

    def shopper() -> Shopper:
        with runtime.db.reading() as session:
            return account_and_shopper(session, key, token)[1]

    who = await run_in_threadpool(shopper)
    position = streaming.Position.of(request.headers.get("last-event-id"))
    return EventSourceResponse(streaming.follow(runtime, request.app.state.live, who, position), ping=15)


def _count_writing(request: Request, shopper: Shopper) -> None:
    limits_of(request).written_by_address.take(address_of(request))
    limits_of(request).written.take(str(shopper.session.id))


def _uploader(shopper: Shopper) -> Uploader:
    return Uploader(CHAT_SESSION, shopper.session.id)


def _receive(session: Writing, account: ChannelAccount, shopper: Shopper, body: ChatMessageIn) -> inbound.Received:
    row = shopper.session
    return inbound.receive(
        session,
        account,
        inbound.Inbound(
            external_id=conversation.external_id(row, body.client_id),
            address=row.address,
            text=body.text,
            name=row.name,
            email=row.email,
            verified_by="jwt" if row.verified else None,
            client_id=CLIENT_PREFIX + body.client_id,
            attachment_ids=tuple(body.attachment_ids),
            uploader=_uploader(shopper),
        ),
    )
