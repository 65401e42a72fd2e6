"""Signing in and out, and from a token to a `Principal`.

A failed guess has to be remembered although the request fails, and hashing a password (50 ms and more, on purpose)
must not hold the database's write lock. So `sign_in` takes the `Database` and makes two short units of its own: the
first counts the attempt, *before* the password is looked at (parallel guesses cannot slip through), the second opens
the session and takes the attempt away again. Call it outside of any other unit of work.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session, selectinload

from core.db import Database, db_now
from core.errors import NotAuthenticated, NotFound, TooManyRequests
from core.prepared import Look, Prepared
from core.security import new_token, token_digest, verify_password
from records.people.models import ApiToken, AuthSession, SignInAttempt, Staff, StaffShop
from records.people.policies import MAX_PASSWORD, check_grant
from records.principals import Principal, Role

MAX_FAILURES = 10  # by name, within the window
WINDOW_SECONDS = 15 * 60
API_TOKEN_PREFIX = "cpk_"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` is shown once: only its digest is stored."""

    token: str
    staff_id: int
    principal: Principal


def normal_username(username: str) -> str:
    """Names are compared without case, width and surrounding space."""
    return unicodedata.normalize("NFKC", username).strip().casefold()[:64]


def sign_in(db: Database, username: str, password: str, user_agent: str = "", *, hours: float = 12) -> SignedIn:
    """A new session of `hours`.

    Raises NotAuthenticated (the same for an unknown name, a wrong password and an inactive member of staff) and
    TooManyRequests after MAX_FAILURES failures in WINDOW_SECONDS, even for the right password.
    """
    name = normal_username(username)
    with db.unit_of_work() as session:
        recent = SignInAttempt.username == name, SignInAttempt.at > db_now(-WINDOW_SECONDS)
        failures = session.scalar(select(func.count()).where(*recent)) or 0
        if failures < MAX_FAILURES:
            attempt = SignInAttempt(username=name)
            session.add(attempt)
            session.flush()
        staff = _staff_by_name(session, name)
        hashed = staff.password_hash if staff else None
    if failures >= MAX_FAILURES:
        raise TooManyRequests(
            "Too many failed sign-ins with this name. Wait 15 minutes, or ask an administrator for a new password.",
            retry_after=WINDOW_SECONDS,
        )
    right = verify_password(password[: MAX_PASSWORD + 1], hashed)
    with db.unit_of_work() as session:
        staff = _staff_by_name(session, name) if right else None
        if staff is None or not staff.active or staff.password_hash != hashed:
            signed_in = None
        else:
            session.execute(delete(SignInAttempt).where(SignInAttempt.username == name))
            session.execute(delete(AuthSession).where(AuthSession.expires_at < db_now()))
            signed_in = _open_session(session, staff, user_agent, hours)
    if signed_in is None:
        raise NotAuthenticated("Name or password is wrong. Try again, or ask an administrator for a new password.")
    return signed_in


def _staff_by_name(session: Session, name: str) -> Staff | None:
    return session.scalar(select(Staff).where(Staff.username == name).options(selectinload(Staff.shops)))


def _open_session(session: Session, staff: Staff, user_agent: str, hours: float) -> SignedIn:
    token = new_token()
    row = AuthSession(
        token_digest=token_digest(token),
        staff_id=staff.id,
        expires_at=session.scalar(select(db_now(hours * 3600))),
        user_agent=user_agent[:255],
    )
    session.add(row)
    session.flush()
    return SignedIn(token, staff.id, principal_of(staff))


def principal_of(staff: Staff) -> Principal:
    """Needs `staff.shops` loaded."""
    shops = frozenset(row.shop_id for row in staff.shops)
    return Principal("staff", staff.id, staff.display_name, Role(staff.role), shops or None)


_SIGNED_IN = Prepared(
    select(Staff.id, Staff.display_name, Staff.role, StaffShop.shop_id)
    .select_from(AuthSession)
    .join(Staff, AuthSession.staff_id == Staff.id)
    .outerjoin(StaffShop, StaffShop.staff_id == Staff.id)
    .where(AuthSession.token_digest == bindparam("digest"), AuthSession.expires_at > db_now(), Staff.active.is_(True))
)  # a row for each shop of the member of staff, or one without a shop


def principal_of_session(look: Look, token: str) -> Principal:
    """Role and shops as they are now, not as they were at sign-in. Raises NotAuthenticated."""
    rows = look(_SIGNED_IN, {"digest": token_digest(token)})
    if not rows:
        raise NotAuthenticated("You are not signed in, or the sign-in has expired. Sign in again.")
    staff_id, name, role, _ = rows[0]
    shops = frozenset(shop for *_, shop in rows if shop is not None)
    return Principal("staff", staff_id, name, Role(role), shops or None)


def principal_of_actor(session: Session, kind: str, actor_id: int | None) -> Principal:
    """Who asked for something that a job does later, with the rights of now. Raises NotAuthenticated when gone."""
    if kind == "staff":
        query = select(Staff).where(Staff.id == actor_id, Staff.active.is_(True)).options(selectinload(Staff.shops))
        staff = session.scalar(query)
        if staff is not None:
            return principal_of(staff)
    elif kind == "api":
        token = session.get(ApiToken, actor_id)
        if token is not None and token.revoked_at is None:
            shops = None if token.shop_ids is None else frozenset(token.shop_ids)
            return Principal("api", token.id, token.name, Role(token.role), shops)
    raise NotAuthenticated("Whoever asked for this may no longer sign in. Ask for it again as somebody who may.")


def sign_out(session: Session, token: str) -> None:
    """End this session; nothing happens when there is none."""
    session.execute(delete(AuthSession).where(AuthSession.token_digest == token_digest(token)))


def end_sessions(session: Session, staff_id: int) -> None:
    """End every session of a member of staff (new password, other role, deactivated)."""
    session.execute(delete(AuthSession).where(AuthSession.staff_id == staff_id))


def create_api_token(
    session: Session,
    principal: Principal,
    *,
    name: str,
    role: str,
    shop_ids: list[int] | None = None,
    days: float | None = None,
) -> tuple[ApiToken, str]:
    """The row and the token itself, which is shown this once. `shop_ids` None: every shop; `days` None: no end.

    A token outlives its maker's account, since a shop's integration must not stop when a colleague leaves: it is
    listed and revoked by administrators. Raises Forbidden for more rights than the principal has.
    """
    if principal.kind != "staff" or principal.id is None:
        raise NotAuthenticated("Only a member of staff makes API tokens. Sign in first.")
    granted = check_grant(principal, role, shop_ids)
    token = new_token(API_TOKEN_PREFIX)
    row = ApiToken(
        name=name.strip()[:64] or "token",
        token_digest=token_digest(token),
        role=granted,
        shop_ids=None if shop_ids is None else sorted(set(shop_ids)),
        created_by=principal.id,
        expires_at=None if days is None else session.scalar(select(db_now(days * 86400))),
    )
    session.add(row)
    session.flush()
    return row, token


_tokens = ApiToken.__table__
_TOKEN = Prepared(
    select(_tokens.c.id, _tokens.c.name, _tokens.c.role, _tokens.c.shop_ids).where(
        _tokens.c.token_digest == bindparam("digest"),
        _tokens.c.revoked_at.is_(None),
        _tokens.c.expires_at.is_(None) | (_tokens.c.expires_at > db_now()),
    )
)


def principal_of_api_token(look: Look, token: str) -> Principal:
    """Raises NotAuthenticated for a token that is unknown, revoked or expired."""
    rows = look(_TOKEN, {"digest": token_digest(token)})
    if not rows:
        raise NotAuthenticated("The API token is unknown, revoked or expired. Ask an administrator for a new one.")
    token_id, name, role, shop_ids = rows[0]
    return Principal("api", token_id, name, Role(role), None if shop_ids is None else frozenset(shop_ids))


def revoke_api_token(session: Session, principal: Principal, token_id: int) -> None:
    """Raises NotFound, also for another's token unless the principal is an administrator."""
    query = update(ApiToken).where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
    if principal.role is not Role.ADMIN:
        query = query.where(ApiToken.created_by == principal.id)
    if session.execute(query.values(revoked_at=db_now()).returning(ApiToken.id)).first() is None:
        raise NotFound(f"There is no API token {token_id} that you may revoke.")
