"""One change of many tickets at once, each for itself: what cannot be changed is told and stops nobody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from core.db import db_now
from core.errors import Conflict, CopilotError, InvalidInput, NotFound, PreconditionFailed
from records.inbox.models import BulkChange
from records.principals import Principal
from records.tickets import actions
from records.tickets.models import Ticket

MAX_TICKETS = 200


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to become of each ticket. `assign` says whether `assignee_id` is meant: null is nobody."""

    assign: bool = False
    assignee_id: int | None = None
    status: str | None = None
    priority: str | None = None
    add_tags: Sequence[str] = ()
    remove_tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """`result` is changed, unchanged, conflict (somebody was first), missing or refused; `detail` says why.

    `before` and `after` hold the fields that changed; `version` is the ticket's version now.
    """

    ticket_id: int
    result: str
    before: dict[str, Any]
    after: dict[str, Any]
    version: int | None = None
    detail: str = ""


def change_tickets(
    session: Session, principal: Principal, wanted: Mapping[int, int | None], changes: Changes
) -> tuple[BulkChange, list[Outcome]]:
    """`wanted`: ticket id → the version it was read in, or None for any. Outcomes in the order of `wanted`.

    Raises InvalidInput for no tickets, for more than `MAX_TICKETS`, and for whoever is no member of staff.
    """
    if not 0 < len(wanted) <= MAX_TICKETS:
        raise InvalidInput(f"Choose 1 to {MAX_TICKETS} tickets.", field="tickets")
    if principal.kind != "staff" or principal.id is None:
        raise InvalidInput("Only a member of staff makes a bulk change: it can be undone by whoever made it.")
    tickets = _locked(session, wanted)
    outcomes = {
        ticket_id: _changed(session, principal, tickets.get(ticket_id), ticket_id, wanted[ticket_id], changes)
        for ticket_id in sorted(wanted)
    }
    done = [
        {"ticket_id": one.ticket_id, "before": one.before, "after": one.after}
        for one in outcomes.values()
        if one.result == "changed"
    ]
    bulk = BulkChange(staff_id=principal.id, items=done)
    session.add(bulk)
    session.flush()
    return bulk, [_with_version(outcomes[ticket_id], tickets) for ticket_id in wanted]


def undo(session: Session, principal: Principal, bulk_id: int) -> list[Outcome]:
    """Put back what is still as the bulk left it; a field that somebody has changed since stays as it is (conflict).

    Raises NotFound for a bulk of somebody else, and Conflict for one that is undone already.
    """
    bulk = session.get(BulkChange, bulk_id, with_for_update=True)
    if bulk is None or bulk.staff_id != principal.id:
        raise NotFound(f"There is no bulk change {bulk_id} of yours.")
    if bulk.undone_at is not None:
        raise Conflict("This has been undone already.")
    tickets = _locked(session, [item["ticket_id"] for item in bulk.items])
    outcomes = []
    for item in bulk.items:
        ticket = tickets.get(item["ticket_id"])
        if ticket is None or not principal.may_see_shop(ticket.shop_id):
            outcomes.append(Outcome(item["ticket_id"], "missing", {}, {}))
        else:
            outcomes.append(_undone(session, principal, ticket, item["before"], item["after"]))
    bulk.undone_at = cast(datetime, db_now())
    session.flush()
    return [_with_version(one, tickets) for one in outcomes]


def _locked(session: Session, ids: Mapping[int, Any] | Sequence[int]) -> dict[int, Ticket]:
    """By id, which all writers of several tickets keep to: two of them never wait for each other in a circle."""
    rows = session.scalars(
        select(Ticket)
        .where(Ticket.id.in_(list(ids)))
        .options(selectinload(Ticket.tags))
        .order_by(Ticket.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {ticket.id: ticket for ticket in rows}


def _changed(
    session: Session, principal: Principal, ticket: Ticket | None, ticket_id: int, version: int | None, to: Changes
) -> Outcome:
    if ticket is None or not principal.may_see_shop(ticket.shop_id):
        return Outcome(ticket_id, "missing", {}, {}, detail=f"There is no ticket {ticket_id} that you may see.")
    if version is not None and version != ticket.version:
        return Outcome(ticket_id, "conflict", {}, {}, detail="Somebody has changed the ticket since you read it.")
    before = _state(ticket)
    tags = {tag.tag for tag in ticket.tags}
    try:
        # What can be refused comes first: a refused ticket is left as it was.
        if to.assign:
            actions.assign(session, principal, ticket, to.assignee_id)
        if to.priority is not None:
            actions.set_priority(session, principal, ticket, to.priority)
        if to.status is not None:
            actions.set_status(session, principal, ticket, to.status)
    except (InvalidInput, Conflict, PreconditionFailed) as refusal:
        return Outcome(ticket_id, "refused", {}, {}, detail=refusal.message)
    after_tags = (tags - set(to.remove_tags)) | {tag.strip()[:64] for tag in to.add_tags if tag.strip()}
    actions.set_tags(session, principal, ticket, sorted(after_tags))
    after = _state(ticket)
    fields = [field for field in before if before[field] != after[field]]
    old, new = {field: before[field] for field in fields}, {field: after[field] for field in fields}
    if after_tags != tags:
        old["tags"], new["tags"] = sorted(tags - after_tags), sorted(after_tags - tags)
    return Outcome(ticket_id, "changed" if new else "unchanged", old, new)


def _undone(
    session: Session, principal: Principal, ticket: Ticket, before: dict[str, Any], after: dict[str, Any]
) -> Outcome:
    now = _state(ticket)
    kept: list[str] = []
    put_back: dict[str, Any] = {}
    for field in ("status", "priority", "assignee_id"):
        if field not in after:
            continue
        if now[field] == after[field]:
            put_back[field] = before[field]
        else:
            kept.append(field)
    try:
        if "assignee_id" in put_back:
            actions.assign(session, principal, ticket, put_back["assignee_id"])
        if "priority" in put_back:
            actions.set_priority(session, principal, ticket, put_back["priority"])
        if "status" in put_back:
            actions.set_status(session, principal, ticket, put_back["status"])
    except CopilotError as refusal:
        return Outcome(ticket.id, "refused", {}, {}, detail=refusal.message)
    if "tags" in after:
        tags = {tag.tag for tag in ticket.tags}
        put_back["tags"] = sorted((tags - set(after["tags"])) | set(before["tags"]))
        actions.set_tags(session, principal, ticket, put_back["tags"])
    if kept:
        detail = f"Changed by somebody since and left so: {', '.join(kept)}."
        return Outcome(ticket.id, "conflict", {field: now[field] for field in kept}, put_back, detail=detail)
    return Outcome(ticket.id, "changed", after, put_back)


def _state(ticket: Ticket) -> dict[str, Any]:
    return {"status": ticket.status, "priority": ticket.priority, "assignee_id": ticket.assignee_id}


def _with_version(one: Outcome, tickets: Mapping[int, Ticket]) -> Outcome:
    if one.result == "missing":
        return one
    version = tickets[one.ticket_id].version
    return Outcome(one.ticket_id, one.result, one.before, one.after, version, one.detail)
