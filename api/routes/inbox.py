"""The inbox: rows, counts, saved views."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response, status
from sqlalchemy.orm import Session

from api.deps import IfMatch, Once, Reading, Writing, allowed, set_etag
from api.pages import Page, Paged
from api.schemas.inbox import (
    Assignee,
    InboxCountsOut,
    InboxFilters,
    InboxRowOut,
    Sort,
    ViewChanges,
    ViewIn,
    ViewOut,
    Word,
)
from api.schemas.presence import PresentOut
from api.schemas.tickets import PriorityWord, Status
from api.versioned import versioned
from copilot import queries as suggestions
from copilot.policies import Permission
from records.inbox import views
from records.presence import queries as presence
from records.principals import Principal
from records.tickets import listing
from records.tickets.models import Ticket

router = versioned("/inbox", tags=["inbox"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_TICKETS))]


async def get_filters(
    status_in: Annotated[list[Status] | None, Query(alias="status")] = None,
    priority: Annotated[list[PriorityWord] | None, Query()] = None,
    channel: Annotated[list[Word] | None, Query()] = None,
    tag: Annotated[list[Word] | None, Query(description="one of them is enough")] = None,
    assignee: Annotated[Assignee | None, Query(description="me, nobody or a staff id")] = None,
    shop_id: int | None = None,
    intent: Annotated[str | None, Query(max_length=64)] = None,
    category: Annotated[str | None, Query(max_length=64)] = None,
    language: Annotated[str | None, Query(max_length=8)] = None,
    waiting: Annotated[bool, Query(description="only where the customer waits for a reply")] = False,
    q: Annotated[str, Query(max_length=200, description="any part of subject, name, number, order or message")] = "",
) -> InboxFilters:
    return InboxFilters(
        status=status_in or [], priority=priority or [], channel=channel or [], tag=tag or [], assignee=assignee,
        shop_id=shop_id, intent=intent, category=category, language=language, waiting=waiting, q=q,
    )  # fmt: skip


@router.get("/tickets")
def list_inbox(
    session: Reading,
    principal: Reader,
    paging: Paged,
    filters: Annotated[InboxFilters, Depends(get_filters)],
    sort: Sort = "newest",
    ticket_ids: Annotated[list[int] | None, Query(alias="id", max_length=200, description="only these tickets")] = None,
) -> Page[InboxRowOut]:
    """Newest activity first, or whoever has waited longest, or the most urgent."""
    order = listing.ORDERS[sort]
    wanted = filters.wanted(principal, ticket_ids)
    rows = listing.list_page(session, principal, wanted, order, after=paging.place(sort), limit=paging.rows)
    shown = _shown(session, principal, rows[: paging.limit])
    return paging.page_of([(row, order.key(row)) for row in rows], lambda row: shown[row.id], sort)


@router.get("/counts")
def count_inbox(session: Reading, principal: Reader) -> InboxCountsOut:
    """Everything that the column of views shows, in one call."""
    counts = listing.count_kinds(session, principal)
    of_views = {
        view.id: listing.count_tickets(session, principal, InboxFilters.model_validate(view.filters).wanted(principal))
        for view in views.list_views(session, principal)
    }
    return InboxCountsOut(
        mine=counts.mine, unassigned=counts.unassigned, waiting=counts.waiting, active=counts.active,
        status=counts.status, priority=counts.priority, channel=counts.channel, tag=counts.tag, views=of_views,
    )  # fmt: skip


@router.get("/views")
def list_views(session: Reading, principal: Reader) -> list[ViewOut]:
    """One's own and what others share, by position."""
    return [ViewOut.of(view, principal) for view in views.list_views(session, principal)]


@router.post("/views", status_code=status.HTTP_201_CREATED, response_model=ViewOut)
def create_view(
    body: ViewIn, session: Writing, principal: Reader, once: Once, response: Response
) -> ViewOut | Response:
    """Keep a filter under a name."""
    if (known := once.known(session)) is not None:
        return known
    plain = body.filters.model_dump(exclude_defaults=True)
    view = views.save_view(session, principal, name=body.name, filters=plain, sort=body.sort, shared=body.shared)
    shown = ViewOut.of(view, principal)
    once.keep(session, status.HTTP_201_CREATED, shown)
    set_etag(response, shown.version)
    return shown


@router.patch("/views/{view_id}")
def change_view(
    view_id: int, body: ViewChanges, session: Writing, principal: Reader, version: IfMatch, response: Response
) -> ViewOut:
    """One's own; an administrator changes shared ones too."""
    view = views.lock_view(session, principal, view_id, version)
    changes = body.model_dump(exclude_none=True, exclude={"filters"})
    if body.filters is not None:
        changes["filters"] = body.filters.model_dump(exclude_defaults=True)
    views.change_view(session, view, changes)
    set_etag(response, view.version)
    return ViewOut.of(view, principal)


@router.delete("/views/{view_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_view(view_id: int, session: Writing, principal: Reader) -> None:
    session.delete(views.lock_view(session, principal, view_id))


def _shown(session: Session, principal: Principal, rows: list[Ticket]) -> dict[int, InboxRowOut]:
    ids = [row.id for row in rows]
    facts = listing.row_facts(session, principal, rows)
    drafts = suggestions.waiting_suggestions(session, ids)
    present: dict[int, list[PresentOut]] = {}
    for person in presence.who_is_here(session, principal, ids):
        present.setdefault(person.ticket_id, []).append(PresentOut.model_validate(person))
    return {row.id: InboxRowOut.of(row, facts, drafts.get(row.id), present.get(row.id, [])) for row in rows}
