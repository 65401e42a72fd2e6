"""What handlers ask for: a session, a principal with a permission, a version, a repeatable create."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import urlsplit

from anyio import CancelScope, CapacityLimiter, to_thread
from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from copilot.policies import Permission, require
from copilot.runtime import Runtime
from core import idempotency
from core.errors import Forbidden, InvalidInput, NotAuthenticated, PreconditionFailed, PreconditionRequired
from core.prepared import within
from core.security import sign
from records.people.sign_in import API_TOKEN_PREFIX, principal_of_api_token, principal_of_session
from records.principals import Principal

COOKIE = "copilot_session"
SAFE = {"GET", "HEAD", "OPTIONS"}


async def get_runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


RuntimeDep = Annotated[Runtime, Depends(get_runtime)]


def open_reading(runtime: RuntimeDep) -> Iterator[Session]:
    with runtime.db.reading() as session:
        yield session


async def open_writing(runtime: RuntimeDep) -> AsyncIterator[Session]:
    """Opening is no work yet (the first statement begins the transaction); committing is, and goes to a thread.

    A thread of its own, not one of the pool: the handlers there may all be waiting for what this commit lets go.
    """
    unit = runtime.db.unit_of_work()
    session = unit.__enter__()
    try:
        yield session
    except BaseException as error:
        if not await _finish(unit, error):
            raise
    else:
        await _finish(unit, None)


async def _finish(unit: AbstractContextManager[Session], error: BaseException | None) -> bool:
    told = (type(error), error, error.__traceback__) if error is not None else (None, None, None)
    with CancelScope(shield=True):
        handled = await to_thread.run_sync(unit.__exit__, *told, limiter=CapacityLimiter(1))
    return bool(handled)


# scope="function": the commit happens before the response is sent, so that a failing commit is a 500 and not a lie.
Reading = Annotated[Session, Depends(open_reading, scope="function")]
Writing = Annotated[Session, Depends(open_writing, scope="function")]


def token_of(request: Request, runtime: Runtime) -> str:
    """What the request shows of who asks: a bearer token, or the session's cookie. Raises NotAuthenticated."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    cookie = request.cookies.get(COOKIE)
    if bearer and scheme.lower() != "bearer":
        raise NotAuthenticated("Use `Authorization: Bearer <token>`.")
    token = bearer.strip() or cookie
    if not token:
        raise NotAuthenticated("Sign in first: POST /api/v1/auth/sign-in.")
    if not bearer and request.method not in SAFE:
        _same_origin(request, runtime)
    return token


def identify(runtime: Runtime, token: str, unit: Session | None = None) -> Principal:
    """Rights are those of this moment: nothing is remembered between requests. Raises NotAuthenticated.

    `unit`, where there is one, spares a second connection; not on SQLite, where whoever has made a token
    up would take the writers' turn.
    """
    look = runtime.db.look_up if unit is None or runtime.db.is_sqlite else within(unit)
    if token.startswith(API_TOKEN_PREFIX):
        return principal_of_api_token(look, token)
    return principal_of_session(look, token)


def get_principal(request: Request, runtime: RuntimeDep) -> Principal:
    """Staff by session cookie or `Authorization: Bearer`, an API client by its token. Raises NotAuthenticated."""
    return identify(runtime, token_of(request, runtime))


def _same_origin(request: Request, runtime: Runtime) -> None:
    """A cookie alone does not authorise a write from another site's page (beside SameSite=Lax)."""
    origin = request.headers.get("origin")
    if origin is None:
        return
    allowed = {urlsplit(runtime.settings.base_url).netloc, request.headers.get("host", "")}
    if urlsplit(origin).netloc not in allowed - {""}:
        raise Forbidden("This request comes from another site.")


CurrentPrincipal = Annotated[Principal, Depends(get_principal)]


def allowed(permission: Permission) -> Callable[[Principal], Awaitable[Principal]]:
    """A dependency that gives the principal when its role has `permission`, and carries it for the tests to read."""

    async def check(principal: CurrentPrincipal) -> Principal:
        require(principal, permission)
        return principal

    check.__dict__["permission"] = permission
    return check


async def if_match(value: Annotated[str | None, Header(alias="If-Match")] = None) -> int:
    """The version of `If-Match: "7"`. Raises PreconditionRequired without one."""
    if value is None:
        raise PreconditionRequired('Send If-Match with the ETag that you read, e.g. If-Match: "7".')
    return _version(value)


async def optional_if_match(value: Annotated[str | None, Header(alias="If-Match")] = None) -> int | None:
    return None if value is None or value == "*" else _version(value)


def _version(value: str) -> int:
    number = value.strip().removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise InvalidInput(f"If-Match {value!r} is not an ETag of this API.", field="If-Match")
    return int(number)


IfMatch = Annotated[int, Depends(if_match)]
OptionalIfMatch = Annotated[int | None, Depends(optional_if_match)]


def set_etag(response: Response, version: int) -> None:
    response.headers["ETag"] = f'"{version}"'


def content_version(shown: BaseModel) -> int:
    """The version of something that has no counter of its own: the same content, the same number."""
    return int.from_bytes(sha256(shown.model_dump_json().encode()).digest()[:7])


def require_version(current: int, expected: int) -> None:
    """Raises PreconditionFailed; lock the row first."""
    if current != expected:
        raise PreconditionFailed("It has changed since you read it. Read it again.", current_version=current)


class Idempotent:
    """`Idempotency-Key` on a create: the first answer is kept and repeated.

    Use: `if (known := once.known(session)) is not None: return known`, later `once.keep(session, 201, body)`.
    What is shown only once (a token, a secret) is left out of what is kept: `hide`.
    """

    def __init__(self, owner: str, key: str | None, digest: str) -> None:
        self._owner, self._key, self._digest = owner, key, digest

    def known(self, session: Session) -> JSONResponse | None:
        """The answer of the first request with this key; one that is under way at this moment is waited for."""
        if self._key is None:
            return None
        row = idempotency.claim(session, self._owner, self._key, self._digest)
        if row is None:
            return None
        return JSONResponse(row.body, row.status, headers={"Idempotency-Replayed": "true"})

    def keep(self, session: Session, status: int, body: BaseModel, hide: frozenset[str] = frozenset()) -> None:
        if self._key is not None:
            plain: dict[str, Any] = json.loads(body.model_dump_json())
            plain |= dict.fromkeys(hide)
            idempotency.keep(session, self._owner, self._key, status, plain)


KEY = "idempotency-key"
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=128, description="repeat a create safely with it"),
]


def once(request: Request, principal: Principal, key: str | None, body: bytes) -> Idempotent:
    """Keys are each principal's own. Signed, not only hashed: a body may hold a password that could be guessed."""
    if key is None:
        return Idempotent("", None, "")
    runtime: Runtime = request.app.state.runtime
    told = f"{request.method} {request.url.path}\n".encode() + body
    digest = sign(runtime.settings.secret_key.get_secret_value(), "idempotency", told)
    return Idempotent(f"{principal.kind}:{principal.id}", key, digest)


async def get_idempotent(request: Request, principal: CurrentPrincipal, key: Key = None) -> Idempotent:
    return once(request, principal, key, b"" if key is None else await request.body())


Once = Annotated[Idempotent, Depends(get_idempotent)]
