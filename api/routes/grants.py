"""Auto-send grants: what the bot may answer by itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response, status

from api.deps import Once, Reading, Writing, allowed
from api.schemas.suggestions import GrantIn, GrantOut
from api.versioned import versioned
from copilot import grants
from copilot.policies import Permission
from records.principals import Principal

router = versioned("/grants", tags=["grants"])


@router.get("")
def list_grants(
    session: Reading, principal: Annotated[Principal, Depends(allowed(Permission.READ_GRANTS))]
) -> list[GrantOut]:
    """Newest first, ended ones included."""
    return [GrantOut.model_validate(row) for row in grants.list_grants(session, principal)]


@router.post("", status_code=status.HTTP_201_CREATED, response_model=GrantOut)
def create_grant(
    body: GrantIn,
    session: Writing,
    principal: Annotated[Principal, Depends(allowed(Permission.GRANT_AUTO_SEND))],
    once: Once,
) -> GrantOut | Response:
    """Let the bot answer an intent in a shop until a time."""
    if (known := once.known(session)) is not None:
        return known
    shown = GrantOut.model_validate(grants.grant_auto_send(session, principal, **body.model_dump()))
    once.keep(session, status.HTTP_201_CREATED, shown)
    return shown


@router.post("/{grant_id}/revoke")
def revoke_grant(
    grant_id: int, session: Writing, principal: Annotated[Principal, Depends(allowed(Permission.GRANT_AUTO_SEND))]
) -> GrantOut:
    """End it now."""
    return GrantOut.model_validate(grants.revoke_auto_send(session, principal, grant_id))
