"""Every error is a problem document (RFC 9457): what happened, what to do, and nothing of our insides."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import CopilotError

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
_FOREIGN_KEY = "23503"  # SQLSTATE foreign_key_violation
_CODES = {413: "content_too_large"}  # RFC 9110's name; the standard library's is older
_ADVICE = {
    404: "There is nothing at this address. /api/docs lists what there is.",
    405: "This address does not take this method. The header Allow lists those it takes.",
}


class Problem(BaseModel):
    """RFC 9457. `type` is a URN of the stable `code`; `detail` says what to do; other members depend on the code."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:copilot:problem:precondition_failed"])
    title: str
    status: int
    code: str
    detail: str


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """`members` are further ones of the document; one that is named like a standard member stands aside for it."""
    body = {
        **(members or {}),
        "type": f"urn:copilot:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    return JSONResponse(jsonable_encoder(body), status, media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI) -> None:
    app.add_exception_handler(CopilotError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(StaleDataError, _stale)
    app.add_exception_handler(IntegrityError, _clash)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(OverflowError, _unstorable)
    app.add_exception_handler(UnicodeEncodeError, _unstorable)
    app.add_exception_handler(DBAPIError, _database)
    app.add_middleware(Unexpected)


class Unexpected:
    """What nobody foresaw becomes a problem document too, inside the other layers: they count it and add headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise
            log.error("unexpected error at %s %s", scope["method"], scope["path"], exc_info=error)
            answer = problem(500, "internal_error", "Something went wrong on our side. Nothing was changed.")
            await answer(scope, receive, send)


def _expected(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CopilotError)
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status == 429:
        headers["Retry-After"] = str(error.details.get("retry_after", 60))
    return problem(error.status, error.code, error.message, headers=headers, members=error.details)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [
        {
            "field": ".".join(str(part) for part in item["loc"]),
            "message": item["msg"],
            "type": item["type"],
            "limits": {name: one for name, one in item.get("ctx", {}).items() if isinstance(one, int | float | str)},
        }
        for item in error.errors()
    ]
    first = errors[0] if errors else {"field": "request", "message": "is not valid"}
    return problem(422, "invalid_input", f"{first['field']}: {first['message']}", members={"errors": errors})


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else None
    status = HTTPStatus(error.status_code)
    said = str(error.detail)
    detail = _ADVICE.get(status, said) if said == status.phrase else said
    return problem(status, _CODES.get(status, status.name.lower()), detail, headers=headers)


def _stale(_: Request, error: Exception) -> JSONResponse:
    return problem(412, "precondition_failed", "Somebody changed this at the same moment. Read it again.")


def _clash(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, IntegrityError)
    log.info("conflicting write: %s", error.orig)
    if getattr(error.orig, "sqlstate", None) == _FOREIGN_KEY or "FOREIGN KEY" in str(error.orig):
        return problem(422, "invalid_input", "Something that this refers to does not exist. Check the ids.")
    return problem(409, "conflict", "This exists already. Read again what there is.")


def _unstorable(_: Request, error: Exception) -> JSONResponse:
    log.info("a value that cannot be stored: %s", type(error).__name__)
    detail = "A value cannot be stored: a number is too large, or a text holds characters that are not text (NUL)."
    return problem(422, "invalid_input", detail)


def _database(_: Request, error: Exception) -> JSONResponse:
    log.error("the database failed", exc_info=error)
    return problem(503, "unavailable", "The database does not answer. Nothing was changed; try again in a moment.")
