"""One change of many tickets, and its undoing."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from api.deps import Writing, allowed
from api.schemas.inbox import BulkIn, BulkOut, BulkResultOut
from api.versioned import versioned
from copilot.policies import Permission
from records.inbox import bulk
from records.principals import Principal

router = versioned("/tickets/bulk", tags=["tickets"])
Changer = Annotated[Principal, Depends(allowed(Permission.BULK_TICKETS))]


@router.post("")
def change_tickets(body: BulkIn, session: Writing, principal: Changer) -> BulkOut:
    """Each ticket for itself: the answer tells of each what became of it, and what it was before."""
    to = body.changes
    changes = bulk.Changes(
        assign="assignee_id" in to.model_fields_set,
        assignee_id=to.assignee_id,
        status=to.status,
        priority=to.priority,
        add_tags=to.add_tags,
        remove_tags=to.remove_tags,
    )
    wanted = {ticket.id: ticket.version for ticket in body.tickets}
    done, outcomes = bulk.change_tickets(session, principal, wanted, changes)
    return BulkOut(id=done.id, results=BulkResultOut.all_of(outcomes))


@router.post("/{bulk_id}/undo")
def undo_change(bulk_id: int, session: Writing, principal: Changer) -> BulkOut:
    """Put back what is still as it was left; what somebody has changed since stays (`conflict`)."""
    return BulkOut(id=bulk_id, results=BulkResultOut.all_of(bulk.undo(session, principal, bulk_id)))
