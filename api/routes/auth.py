"""Sign in and out; who am I."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Request, Response, status
from pydantic import BaseModel, Field

from api.deps import COOKIE, CurrentPrincipal, Reading, RuntimeDep, Writing
from api.schemas.common import Body
from api.versioned import versioned
from copilot.policies import ROLE_PERMISSIONS, Permission
from records.people import sign_in as signing
from records.principals import Role

router = versioned("/auth", tags=["auth"])


class SignInIn(Body):
    username: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class SignedInOut(BaseModel):
    """`token` is for programs (`Authorization: Bearer`); a browser has it in an HttpOnly cookie."""

    token: str
    expires_in: int = Field(description="seconds")
    staff_id: int
    name: str
    role: Role


class MeOut(BaseModel):
    kind: str
    id: int | None
    name: str
    role: Role | None
    shops: list[int] | None
    permissions: list[Permission]


@router.post("/sign-in")
def sign_in(
    body: SignInIn,
    runtime: RuntimeDep,
    response: Response,
    user_agent: Annotated[str, Header()] = "",
) -> SignedInOut:
    """Opaque, server-side session. Too many wrong passwords for a name are slowed down (429)."""
    settings = runtime.settings
    signed = signing.sign_in(runtime.db, body.username, body.password, user_agent, hours=settings.session_hours)
    response.set_cookie(
        COOKIE,
        signed.token,
        max_age=int(settings.session_hours * 3600),
        httponly=True,
        secure=settings.cookie_secure,
        samesite="lax",
        path="/",
    )
    who = signed.principal
    assert who.id is not None and who.role is not None
    return SignedInOut(
        token=signed.token, expires_in=int(settings.session_hours * 3600), staff_id=who.id, name=who.name, role=who.role
    )


@router.post("/sign-out", status_code=status.HTTP_204_NO_CONTENT)
def sign_out(request: Request, response: Response, session: Writing, principal: CurrentPrincipal) -> None:
    """End this session; the token is worth nothing afterwards."""
    bearer = request.headers.get("authorization", "").partition(" ")[2].strip()
    signing.sign_out(session, bearer or request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE, path="/")


@router.get("/me")
def me(session: Reading, principal: CurrentPrincipal) -> MeOut:
    return MeOut(
        kind=principal.kind,
        id=principal.id,
        name=principal.name,
        role=principal.role,
        shops=None if principal.shops is None else sorted(principal.shops),
        permissions=sorted(ROLE_PERMISSIONS[principal.role]) if principal.role else [],
    )
