"""Suggestions: read, stream, approve, reject, ask for another."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response, status
from sqlalchemy import select
from sqlalchemy.orm import Session
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.deps import IfMatch, Once, Reading, RuntimeDep, Writing, allowed, set_etag
from api.routes.attachments import attach
from api.schemas.explanation import ExplanationOut
from api.schemas.suggestions import (
    ApprovedOut,
    ApproveIn,
    CheckedOut,
    CheckIn,
    KindsIn,
    RejectIn,
    RequestedOut,
    SuggestionOut,
)
from api.schemas.tickets import NewMessageIn
from api.versioned import versioned
from copilot import prepare, queries, review
from copilot.checking import check_text
from copilot.models import SuggestionState
from copilot.policies import Permission
from copilot.replay.explain import explain
from copilot.runtime import Runtime
from copilot.serialize import answer_from_json
from core.errors import Conflict, NotFound
from records.principals import Principal
from records.tickets import actions
from records.tickets import queries as tickets
from records.tickets.models import Message

router = versioned(tags=["suggestions"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_TICKETS))]
Writer = Annotated[Principal, Depends(allowed(Permission.WRITE_TICKETS))]

STREAM_POLL_SECONDS = 0.15
STREAM_SECONDS = 120


@router.get("/tickets/{ticket_id}/suggestions")
def list_suggestions(ticket_id: int, session: Reading, principal: Reader) -> list[SuggestionOut]:
    """Newest first; the first that is `pending` is the one to look at."""
    tickets.get_ticket(session, principal, ticket_id)
    return [SuggestionOut.of(row) for row in queries.list_suggestions(session, ticket_id)]


@router.post("/tickets/{ticket_id}/suggestions", status_code=status.HTTP_202_ACCEPTED, response_model=RequestedOut)
def request_suggestion(ticket_id: int, session: Writing, principal: Writer, once: Once) -> RequestedOut | Response:
    """Ask for another draft for the newest customer message; it comes as a new suggestion."""
    if (known := once.known(session)) is not None:
        return known
    ticket = actions.lock_ticket(session, principal, ticket_id)
    message = session.scalar(
        select(Message).where(Message.ticket_id == ticket_id, Message.seq == ticket.last_inbound_seq)
    )
    if message is None:
        raise Conflict("The customer has not written anything yet.")
    prepare.request_another(session, principal, ticket, message.id)
    shown = RequestedOut(message_id=message.id)
    once.keep(session, status.HTTP_202_ACCEPTED, shown)
    return shown


@router.get("/suggestions/{suggestion_id}")
def read_suggestion(suggestion_id: int, session: Reading, principal: Reader, response: Response) -> SuggestionOut:
    suggestion = queries.get_suggestion(session, principal, suggestion_id)
    set_etag(response, suggestion.version)
    return SuggestionOut.of(suggestion)


@router.get("/suggestions/{suggestion_id}/explain")
def explain_suggestion(suggestion_id: int, principal: Reader, runtime: RuntimeDep) -> ExplanationOut:
    """What made the draft, whether it can be made again from what is stored, and what would be different today."""
    return ExplanationOut.model_validate(explain(runtime, principal, suggestion_id))


@router.post("/suggestions/{suggestion_id}/approve")
def approve(
    suggestion_id: int, body: ApproveIn, session: Writing, principal: Writer, runtime: RuntimeDep, version: IfMatch
) -> ApprovedOut:
    """Send the draft, as it is or edited. 412 or 409 when somebody was first or the customer wrote again."""
    suggestion, message = review.approve(
        session,
        principal,
        suggestion_id,
        expected_version=version,
        text=body.text,
        sources=body.sources,
        attachments=_files(session, principal, suggestion_id, body),
        confirm_unverified=body.confirm_unverified,
        confirm_internal=body.confirm_internal,
        send_after_seconds=runtime.settings.undo_send_seconds,
    )
    session.flush()
    shown = queries.get_suggestion(session, principal, suggestion.id, fresh=True)
    return ApprovedOut(suggestion=SuggestionOut.of(shown), message_id=message.id)


@router.post("/suggestions/{suggestion_id}/reject")
def reject(suggestion_id: int, body: RejectIn, session: Writing, principal: Writer, version: IfMatch) -> SuggestionOut:
    """Put the draft aside, with the reason."""
    review.reject(session, principal, suggestion_id, expected_version=version, reason=body.reason)
    session.flush()
    return SuggestionOut.of(queries.get_suggestion(session, principal, suggestion_id, fresh=True))


@router.put("/suggestions/{suggestion_id}/review/kinds")
def tag_review(suggestion_id: int, body: KindsIn, session: Writing, principal: Writer) -> SuggestionOut:
    """Say what kind of change it was; once more replaces what was said."""
    review.set_kinds(session, principal, suggestion_id, body.kinds)
    session.flush()
    return SuggestionOut.of(queries.get_suggestion(session, principal, suggestion_id, fresh=True))


@router.post("/tickets/{ticket_id}/check")
def check_reply(ticket_id: int, body: CheckIn, session: Reading, principal: Writer) -> CheckedOut:
    """Each sentence of a reply against its sources, as sending will check it. Nothing is written."""
    ticket = tickets.get_ticket(session, principal, ticket_id)
    answer = None
    if body.suggestion_id is not None:
        suggestion = queries.get_suggestion(session, principal, body.suggestion_id)
        if suggestion.ticket_id != ticket_id:
            raise NotFound(f"Suggestion {body.suggestion_id} is not of ticket {ticket_id}.")
        answer = answer_from_json(suggestion.answer) if suggestion.answer else None
    checked = check_text(session, principal, ticket, body.text, answer=answer, passage_ids=body.sources)
    return CheckedOut.model_validate(checked)


def _files(session: Session, principal: Principal, suggestion_id: int, body: ApproveIn) -> list[dict[str, object]]:
    if not body.attachment_ids:
        return []
    suggestion = queries.get_suggestion(session, principal, suggestion_id)
    ticket = actions.lock_ticket(session, principal, suggestion.ticket_id)
    named = NewMessageIn(kind="reply", text="…", attachment_ids=body.attachment_ids)
    return attach(session, principal, ticket, named)


@router.get("/suggestions/{suggestion_id}/stream", response_class=EventSourceResponse)
async def stream(
    suggestion_id: int,
    request: Request,
    principal: Reader,
    runtime: RuntimeDep,
    after: Annotated[int, Query(ge=-1, description="ordinal of the last sentence you have; -1: none")] = -1,
) -> EventSourceResponse:
    """Sentences as they are verified, by any process: `sentence` {attempt, ordinal, …}, `reset` when the model began
    again, `done` {state} at the end. Resume with `after` or Last-Event-ID (`attempt:ordinal`)."""
    attempt, ordinal = _position(request.headers.get("last-event-id"), after)
    await run_in_threadpool(_state, runtime, principal, suggestion_id)
    return EventSourceResponse(_sentences(runtime, principal, suggestion_id, attempt, ordinal))


def _position(last_event_id: str | None, after: int) -> tuple[int, int]:
    first, _, second = (last_event_id or "").partition(":")
    if first.isdecimal() and second.isdecimal():
        return int(first), int(second)
    return 0, after


async def _sentences(
    runtime: Runtime, principal: Principal, suggestion_id: int, attempt: int, ordinal: int
) -> AsyncIterator[ServerSentEvent]:
    deadline = time.monotonic() + STREAM_SECONDS
    while time.monotonic() < deadline:
        state, newest, sentences = await run_in_threadpool(_progress, runtime, principal, suggestion_id)
        if newest and attempt and newest != attempt:
            yield ServerSentEvent(event="reset", data=json.dumps({"attempt": newest}))
            ordinal = -1
        attempt = newest or attempt
        for number, sentence in sentences:
            if number > ordinal:
                data = json.dumps({"attempt": attempt, "ordinal": number, **sentence}, ensure_ascii=False)
                yield ServerSentEvent(event="sentence", id=f"{attempt}:{number}", data=data)
                ordinal = number
        if state != SuggestionState.DRAFTING:
            yield ServerSentEvent(event="done", data=json.dumps({"state": state}))
            return
        await asyncio.sleep(STREAM_POLL_SECONDS)


def _state(runtime: Runtime, principal: Principal, suggestion_id: int) -> str:
    with runtime.db.reading() as session:
        return queries.get_suggestion(session, principal, suggestion_id).state


def _progress(
    runtime: Runtime, principal: Principal, suggestion_id: int
) -> tuple[str, int, list[tuple[int, dict[str, Any]]]]:
    """State, attempt and sentences: of the stored answer when it is finished, else of the draft under way."""
    with runtime.db.reading() as session:
        try:
            suggestion = queries.get_suggestion(session, principal, suggestion_id)
        except NotFound:
            return SuggestionState.SUPERSEDED, 0, []
        attempt, chunks = queries.newest_chunks(session, suggestion_id)
        if suggestion.answer:
            return suggestion.state, attempt, list(enumerate(suggestion.answer["draft"]["sentences"]))
        return suggestion.state, attempt, [(chunk.ordinal, chunk.sentence) for chunk in chunks]
