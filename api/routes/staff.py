"""Members of staff, API tokens, and who looked at whose data."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response, status

from api.deps import CurrentPrincipal, IfMatch, Once, Reading, RuntimeDep, Writing, allowed, set_etag
from api.pages import Page, Paged
from api.schemas.people import (
    AccessOut,
    NewTokenOut,
    PasswordIn,
    StaffChanges,
    StaffIn,
    StaffOut,
    TokenIn,
    TokenOut,
)
from api.versioned import versioned
from copilot.policies import Permission, allows
from core.errors import Forbidden
from core.security import verify_password
from records.people import actions, queries, sign_in
from records.people.models import Staff
from records.principals import Principal

router = versioned("/staff", tags=["staff"])
tokens = versioned("/tokens", tags=["tokens"])
audit = versioned("/access-audit", tags=["audit"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_STAFF))]
Writer = Annotated[Principal, Depends(allowed(Permission.WRITE_STAFF))]
TokenWriter = Annotated[Principal, Depends(allowed(Permission.WRITE_TOKENS))]


@router.get("")
def list_staff(session: Reading, principal: Reader, active_only: bool = False) -> list[StaffOut]:
    """By name."""
    whole = allows(principal, Permission.WRITE_STAFF)
    return [StaffOut.of(row, whole=whole) for row in queries.list_staff(session, active_only=active_only)]


@router.post("", status_code=status.HTTP_201_CREATED, response_model=StaffOut)
def create_staff(
    body: StaffIn, session: Writing, principal: Writer, once: Once, response: Response
) -> StaffOut | Response:
    if (known := once.known(session)) is not None:
        return known
    staff = actions.create_staff(session, principal, **body.model_dump())
    shown = _shown(staff, response)
    response.headers["Location"] = f"/api/v1/staff/{staff.id}"
    once.keep(session, status.HTTP_201_CREATED, shown)
    return shown


@router.get("/{staff_id}")
def read_staff(staff_id: int, session: Reading, principal: Reader, response: Response) -> StaffOut:
    staff = queries.get_staff(session, staff_id)
    set_etag(response, staff.version)
    return StaffOut.of(staff, whole=allows(principal, Permission.WRITE_STAFF))


@router.patch("/{staff_id}")
def change_staff(
    staff_id: int, body: StaffChanges, session: Writing, principal: Writer, version: IfMatch, response: Response
) -> StaffOut:
    """Change what is given. A change of rights ends this member's sessions."""
    given = body.model_dump(exclude_unset=True)
    actions.update_staff(session, principal, staff_id, expected_version=version, **given)
    session.expire_all()
    return _shown(queries.get_staff(session, staff_id), response)


@router.put("/{staff_id}/password", status_code=status.HTTP_204_NO_CONTENT)
def set_password(
    staff_id: int, body: PasswordIn, session: Writing, principal: CurrentPrincipal, runtime: RuntimeDep
) -> None:
    """One's own, with the current one; or anybody's, as an administrator. Ends that member's sessions."""
    own = principal.kind == "staff" and principal.id == staff_id
    if own:
        with runtime.db.reading() as reading:  # hashing takes 50 ms: not while the unit of work holds a lock
            hashed = queries.get_staff(reading, staff_id).password_hash
        if not verify_password(body.current or "", hashed):
            raise Forbidden("The current password is wrong.", field="current")
    actions.set_password(session, principal, staff_id, body.password)


@tokens.get("")
def list_tokens(session: Reading, principal: TokenWriter) -> list[TokenOut]:
    """Newest first, ended ones included. The tokens themselves are not stored."""
    return [TokenOut.of(row) for row in queries.list_api_tokens(session, principal)]


@tokens.post("", status_code=status.HTTP_201_CREATED, response_model=NewTokenOut)
def create_token(body: TokenIn, session: Writing, principal: TokenWriter, once: Once) -> NewTokenOut | Response:
    """`token` is shown in this answer and never again."""
    if (known := once.known(session)) is not None:
        return known
    row, token = sign_in.create_api_token(session, principal, **body.model_dump())
    shown = NewTokenOut(**dict(TokenOut.of(row)), token=token)
    once.keep(session, status.HTTP_201_CREATED, shown, hide=frozenset({"token"}))
    return shown


@tokens.delete("/{token_id}", status_code=status.HTTP_204_NO_CONTENT)
def revoke_token(token_id: int, session: Writing, principal: TokenWriter) -> None:
    """It is worth nothing from now on."""
    sign_in.revoke_api_token(session, principal, token_id)


@audit.get("")
def list_access(
    session: Reading,
    principal: Annotated[Principal, Depends(allowed(Permission.READ_AUDIT))],
    paging: Paged,
    customer_id: int | None = None,
) -> Page[AccessOut]:
    """Who looked at, changed or exported what, newest first."""
    rows = queries.list_access(session, customer_id=customer_id, after=paging.after_id, limit=paging.rows)
    return paging.page(rows, AccessOut.of, lambda row: [row.id])


def _shown(staff: Staff, response: Response) -> StaffOut:
    set_etag(response, staff.version)
    return StaffOut.of(staff, whole=True)
