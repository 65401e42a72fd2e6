"""Who else has a ticket open. A change is hinted at on /api/v1/live as `PresenceChanged`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, status

from api.deps import Reading, Writing, allowed
from api.schemas.presence import PresenceIn, PresentOut
from api.versioned import versioned
from copilot.policies import Permission
from records.presence import actions, queries
from records.principals import Principal
from records.tickets import queries as tickets

router = versioned("/tickets", tags=["tickets"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_TICKETS))]


@router.put("/{ticket_id}/presence", status_code=status.HTTP_204_NO_CONTENT)
def tell_presence(ticket_id: int, body: PresenceIn, session: Writing, principal: Reader) -> None:
    """A heartbeat: say it every ten seconds while the ticket is open, and `gone` when it is closed."""
    tickets.get_ticket(session, principal, ticket_id)
    actions.tell(session, principal, ticket_id, body.state)


@router.get("/{ticket_id}/presence")
def list_presence(ticket_id: int, session: Reading, principal: Reader) -> list[PresentOut]:
    """Everybody else who views the ticket or types in it at this moment, the shopper included."""
    tickets.get_ticket(session, principal, ticket_id)
    return [PresentOut.model_validate(row) for row in queries.who_is_here(session, principal, [ticket_id])]
