"""How large a request may be: refused by its length, or while it is read when it does not tell."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

MAX_BODY = 1_000_000  # bytes; texts are bounded by their schemas well below
MAX_UPLOAD = 20_000_000
UPLOADS = "/api/v1/imports"
CASES = "/api/v1/evaluations/cases/import"
CHAT = "/api/v1/chat/"
MAX_CHAT = 64_000  # anybody may write there
ATTACHMENTS = "/attachments"  # of a ticket, of a chat; the handler holds each file to the setting


def limit_of(path: str) -> int:
    if path.startswith((UPLOADS, CASES)) or path.endswith(ATTACHMENTS):
        return MAX_UPLOAD
    return MAX_CHAT if path.startswith(CHAT) else MAX_BODY


def _advice(path: str, limit: int) -> str:
    more = " Larger files are imported with `copilot import`." if path.startswith(UPLOADS) else ""
    more = " Larger sets are imported with `copilot eval import-cases`." if path == CASES else more
    return f"The request is larger than {limit} bytes.{more}"


class BodyLimit:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = limit_of(scope["path"])
        told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if told.isdigit() and int(told) > limit:
            answer = problem(413, "content_too_large", _advice(scope["path"], limit), headers={"Connection": "close"})
            await answer(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413, _advice(scope["path"], limit))
            return message

        await self._app(scope, counted, send)
