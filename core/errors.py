"""Errors that a caller can act on. Each carries a stable `code`, an HTTP status and a sentence that says what to do."""

from __future__ import annotations

from typing import Any


class CopilotError(Exception):
    """Base of every expected error.

    `message` is shown to people, so it says what happened and what to do; `details` is machine-readable.
    """

    code = "error"
    status = 500

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InvalidInput(CopilotError):
    code, status = "invalid_input", 422


class UnknownVariable(InvalidInput):
    """A text names a variable that there is not. `names` as they are written, `known` those that there are."""

    code = "unknown_variable"


class UnclosedQuote(InvalidInput):
    """A quote of a table's file is never closed. `row` and `line` where it was opened, `start` how that line begins."""

    code = "unclosed_quote"


class NotAuthenticated(CopilotError):
    code, status = "not_authenticated", 401


class Forbidden(CopilotError):
    code, status = "forbidden", 403


class NotFound(CopilotError):
    code, status = "not_found", 404


class Conflict(CopilotError):
    """Somebody else was first: read again, then decide."""

    code, status = "conflict", 409


class Taken(Conflict):
    """A name that must be unique is in use; `field` says which."""

    code = "taken"


class PreconditionFailed(CopilotError):
    """The If-Match version is not the current one."""

    code, status = "precondition_failed", 412


class PreconditionRequired(CopilotError):
    code, status = "precondition_required", 428


class TooLarge(CopilotError):
    code, status = "content_too_large", 413


class TooManyRequests(CopilotError):
    code, status = "too_many_requests", 429


class Unavailable(CopilotError):
    """A part that we depend on (index, model, channel) does not answer; trying again later may work."""

    code, status = "unavailable", 503


class ConfigurationError(CopilotError):
    code, status = "configuration", 500


class LeaseLost(CopilotError):
    """A job's lease ran out and another worker took it: this attempt's result must not be committed."""

    code, status = "lease_lost", 409
