"""Tickets and their messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query, Response, status
from sqlalchemy.orm import Session

from api.deps import IfMatch, Once, OptionalIfMatch, Reading, RuntimeDep, Writing, allowed, set_etag
from api.pages import Limit, Page, Paged
from api.routes.attachments import attach
from api.schemas.tickets import (
    DeliveryOut,
    EventOut,
    MessageOut,
    NewMessageIn,
    NewTicketIn,
    PriorityWord,
    ReadIn,
    SettleIn,
    Status,
    TicketChanges,
    TicketOut,
    UnsettledOut,
)
from api.versioned import versioned
from copilot import corrections, review
from copilot.checking import check_text, require_confirmed
from copilot.policies import Permission
from copilot.prepare import public_citations
from core.errors import InvalidInput
from records.macros.rendering import require_filled
from records.people import queries as people
from records.people.actions import record_access
from records.principals import Principal
from records.tickets import actions, messages, queries
from records.tickets.filters import TicketFilter
from records.tickets.models import AuthorKind
from records.tickets.opening import open_with_message

router = versioned("/tickets", tags=["tickets"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_TICKETS))]
Writer = Annotated[Principal, Depends(allowed(Permission.WRITE_TICKETS))]


@router.get("")
def list_tickets(
    session: Reading,
    principal: Reader,
    paging: Paged,
    status_in: Annotated[list[Status] | None, Query(alias="status")] = None,
    priority: Annotated[list[PriorityWord] | None, Query()] = None,
    shop_id: int | None = None,
    channel: Annotated[str | None, Query(max_length=32)] = None,
    intent: Annotated[str | None, Query(max_length=64)] = None,
    tag: Annotated[str | None, Query(max_length=64)] = None,
    assignee_id: Annotated[int | None, Query(description="0: nobody's")] = None,
    customer_id: int | None = None,
    q: Annotated[str, Query(max_length=200, description="subject, customer name, number")] = "",
) -> Page[TicketOut]:
    """Newest activity first."""
    wanted = TicketFilter(
        statuses=status_in or (),
        priorities=priority or (),
        shop_id=shop_id,
        channel=channel,
        intent=intent,
        tag=tag,
        assignee_id=assignee_id,
        customer_id=customer_id,
        text=q,
    )
    rows = queries.list_tickets(session, principal, wanted, after=paging.after_time, limit=paging.rows)
    return paging.page(rows, TicketOut.of, lambda row: (row.updated_at, row.id))


@router.get("/counts")
def count_tickets(session: Reading, principal: Reader) -> dict[str, int]:
    """How many tickets there are of each status."""
    return queries.count_by_status(session, principal)


@router.post("", status_code=status.HTTP_201_CREATED, response_model=TicketOut)
def create_ticket(
    body: NewTicketIn, session: Writing, principal: Writer, once: Once, response: Response
) -> TicketOut | Response:
    """A ticket with the customer's first message; a suggestion follows (`MessageReceived`)."""
    if (known := once.known(session)) is not None:
        return known
    name = people.customer_name(session, principal, body.customer_id)
    new = actions.NewTicket(
        shop_id=body.shop_id,
        customer_id=body.customer_id,
        channel=body.channel,
        subject=body.subject,
        external_id=body.external_id,
        priority=body.priority,
    )
    opened = open_with_message(session, principal, new, body.text)
    shown = TicketOut.opened(opened.ticket, name)
    once.keep(session, status.HTTP_201_CREATED, shown)
    response.headers["Location"] = f"/api/v1/tickets/{shown.id}"
    set_etag(response, shown.version)
    return shown


@router.get("/{ticket_id}")
def read_ticket(ticket_id: int, session: Reading, principal: Reader, response: Response) -> TicketOut:
    shown = _shown(session, principal, ticket_id)
    set_etag(response, shown.version)
    return shown


@router.patch("/{ticket_id}")
def change_ticket(
    ticket_id: int, body: TicketChanges, session: Writing, principal: Writer, version: IfMatch, response: Response
) -> TicketOut:
    """Change what is given. 412 when somebody was first."""
    ticket = actions.lock_ticket(session, principal, ticket_id, version)
    given = body.model_fields_set
    if "assignee_id" in given:
        actions.assign(session, principal, ticket, body.assignee_id)
    if body.priority is not None:
        actions.set_priority(session, principal, ticket, body.priority)
    if "intent" in given or "category" in given:
        corrections.correct(
            session,
            principal,
            ticket,
            intent=body.intent if "intent" in given else ticket.intent,
            category=body.category if "category" in given else ticket.category,
        )
    if body.subject is not None:
        actions.set_subject(session, principal, ticket, body.subject)
    if body.tags is not None:
        actions.set_tags(session, principal, ticket, body.tags)
    if body.status is not None:
        actions.set_status(session, principal, ticket, body.status)
    session.flush()
    shown = _shown(session, principal, ticket_id)
    set_etag(response, shown.version)
    return shown


@router.get("/{ticket_id}/messages")
def list_messages(
    ticket_id: int, session: Reading, principal: Reader, after_seq: Annotated[int, Query(ge=0)] = 0, limit: Limit = 200
) -> Page[MessageOut]:
    """In order. `next` is null; ask again with `after_seq` for newer ones."""
    queries.get_ticket(session, principal, ticket_id)
    rows = queries.list_messages(session, ticket_id, after_seq=after_seq, limit=limit)
    tries = queries.next_tries(session, rows)
    return Page(items=[MessageOut.of(row, tries.get(row.id)) for row in rows])


@router.post("/{ticket_id}/messages", status_code=status.HTTP_201_CREATED, response_model=MessageOut)
def create_message(
    ticket_id: int,
    body: NewMessageIn,
    session: Writing,
    principal: Writer,
    runtime: RuntimeDep,
    once: Once,
    version: OptionalIfMatch,
) -> MessageOut | Response:
    """A reply, a note, or what the customer wrote elsewhere."""
    if (known := once.known(session)) is not None:
        return known
    ticket = actions.lock_ticket(session, principal, ticket_id, version)
    files = attach(session, principal, ticket, body)
    new = messages.NewMessage(body.text, client_id=body.client_id, attachments=files)
    if body.kind == "customer":
        message = messages.add_inbound(session, principal, ticket, new)
    elif body.kind == "note":
        message = messages.add_note(session, principal, ticket, new)
    else:
        require_filled(body.text)
        new = replace(new, citations=_sources(session, principal, ticket_id, body))
        delayed = replace(new, send_after_seconds=runtime.settings.undo_send_seconds)
        message = messages.queue_reply(session, principal, ticket, delayed, AuthorKind.AGENT)
        if ticket.assignee_id is None and principal.kind == "staff":
            actions.assign(session, principal, ticket, principal.id)  # who answers first has it, as with a draft
    session.flush()
    shown = MessageOut.of(queries.get_message(session, ticket_id, message.id))
    once.keep(session, status.HTTP_201_CREATED, shown)
    return shown


@router.post("/{ticket_id}/messages/{message_id}/cancel", status_code=status.HTTP_204_NO_CONTENT)
def cancel_message(ticket_id: int, message_id: int, session: Writing, principal: Writer) -> None:
    """Take a reply back while it is still queued; the draft it came from waits for a verdict again."""
    ticket = actions.lock_ticket(session, principal, ticket_id)
    messages.cancel_reply(session, principal, ticket, message_id)
    review.reopen(session, principal, ticket, message_id)


@router.post("/{ticket_id}/messages/{message_id}/settle", status_code=status.HTTP_204_NO_CONTENT)
def settle_message(ticket_id: int, message_id: int, body: SettleIn, session: Writing, principal: Writer) -> None:
    """Say what became of an uncertain or failed reply."""
    ticket = actions.lock_ticket(session, principal, ticket_id)
    messages.settle_uncertain(session, principal, ticket, message_id, arrived=body.arrived)


@router.put("/{ticket_id}/read", status_code=status.HTTP_204_NO_CONTENT)
def mark_read(ticket_id: int, body: ReadIn, session: Writing, principal: Reader) -> None:
    """Move the reader's cursor forward."""
    queries.get_ticket(session, principal, ticket_id)
    if principal.kind != "staff" or principal.id is None:
        raise InvalidInput("Only a member of staff has a read cursor.")
    actions.mark_read(session, principal.id, ticket_id, body.seq)


@router.get("/{ticket_id}/timeline")
def read_timeline(ticket_id: int, session: Reading, principal: Reader) -> list[EventOut]:
    """What happened, oldest first."""
    queries.get_ticket(session, principal, ticket_id)
    return [EventOut.model_validate(row) for row in queries.timeline(session, ticket_id)]


deliveries = versioned("/deliveries", tags=["tickets"])


@deliveries.get("/unsettled")
def list_unsettled(session: Reading, principal: Reader) -> list[UnsettledOut]:
    """Replies that failed, or of which nobody knows whether they arrived: an agent has to look at each."""
    return [
        UnsettledOut(ticket_id=message.ticket_id, message_id=message.id, delivery=DeliveryOut.of(delivery))
        for message, delivery in queries.unsettled_deliveries(session, principal)
    ]


def _sources(session: Session, principal: Principal, ticket_id: int, body: NewMessageIn) -> list[dict[str, object]]:
    """What the customer is shown of the sources of an agent's own reply; it is held against them."""
    if not body.sources:
        return []
    ticket = queries.get_ticket(session, principal, ticket_id)
    checked = check_text(session, principal, ticket, body.text, passage_ids=body.sources)
    require_confirmed(checked, unverified=body.confirm_unverified, internal=body.confirm_internal)
    for name, taken in (("unverified", checked.unverified), ("internal", checked.internal)):
        if taken:
            record_access(session, principal, f"reply.confirmed_{name}", "ticket", ticket_id)
    return public_citations(checked.citations)


def _shown(session: Session, principal: Principal, ticket_id: int) -> TicketOut:
    ticket = queries.get_ticket(session, principal, ticket_id)
    return TicketOut.of(ticket, verified=bool(ticket.identity and ticket.identity.verified_at))
