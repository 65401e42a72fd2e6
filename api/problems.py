"""Every error is a problem document (RFC 9457): what happened, what to do, and nothing of our insides."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from core.errors import CopilotError

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


def problem(
    status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **extra: Any
) -> JSONResponse:
    """`type` is a URN of the stable `code`; `detail` says what to do."""
    body = {
        "type": f"urn:copilot:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **extra,
    }
    return JSONResponse(jsonable_encoder(body), status, media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI) -> None:
    app.add_exception_handler(CopilotError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(StaleDataError, _stale)
    app.add_exception_handler(IntegrityError, _clash)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(Exception, _unexpected)


def _expected(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CopilotError)
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status == 429:
        headers["Retry-After"] = str(error.details.get("retry_after", 60))
    return problem(error.status, error.code, error.message, headers=headers, **error.details)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [{"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]} for item in error.errors()]
    first = errors[0] if errors else {"field": "request", "message": "is not valid"}
    return problem(422, "invalid_input", f"{first['field']}: {first['message']}", errors=errors)


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else None
    return problem(error.status_code, "http_error", str(error.detail), headers=headers)


def _stale(_: Request, error: Exception) -> JSONResponse:
    return problem(412, "precondition_failed", "Somebody changed this at the same moment. Read it again.")


def _clash(_: Request, error: Exception) -> JSONResponse:
    log.info("conflicting write: %s", error)
    return problem(409, "conflict", "This exists already, or something it refers to does not. Read again.")


def _database(_: Request, error: Exception) -> JSONResponse:
    log.error("the database failed", exc_info=error)
    return problem(503, "unavailable", "The database does not answer. Nothing was changed; try again in a moment.")


def _unexpected(_: Request, error: Exception) -> JSONResponse:
    log.error("unexpected error", exc_info=error)
    return problem(500, "internal_error", "Something went wrong on our side. Nothing was changed.")
