"""Which pages may use a chat: the server's own, and those of the origins that its account names (CORS)."""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from copilot.runtime import Runtime
from core.errors import NotFound
from records.shops.chat import ChatConfig
from records.shops.queries import chat_account

_CHAT = re.compile(r"/api/v1/chat/(chat_[0-9a-f]{1,27})(?:/|$)")
KNOWN_SECONDS = 10.0  # a changed list of origins counts after that at the latest
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}
_REFUSED = "This page's origin is not one that the chat allows. An administrator adds it in the channel's settings."


class ChatCors:
    """A request from another page is refused before any handler runs; one without an Origin is no browser's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._known: dict[str, tuple[float, frozenset[str]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _CHAT.match(scope["path"]) if scope["type"] == "http" else None
        headers = Headers(scope=scope) if found else None
        origin = headers.get("origin") if headers else None
        if found is None or headers is None or origin is None or _own(origin, headers, scope):
            await self._app(scope, receive, send)
            return
        if origin not in await self._allowed(found[1], scope):
            await problem(403, "origin_not_allowed", _REFUSED, headers={"Vary": "Origin"})(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            answer = Response(status_code=204, headers=_PREFLIGHT)
            await answer(scope, receive, _with_origin(send, origin))
            return
        await self._app(scope, receive, _with_origin(send, origin))

    async def _allowed(self, key: str, scope: Scope) -> frozenset[str]:
        known = self._known.get(key)
        if known is None or known[0] < time.monotonic():
            runtime: Runtime = scope["app"].state.runtime
            origins = await run_in_threadpool(_origins, runtime, key)
            if len(self._known) > 10_000:  # keys that somebody makes up
                self._known.clear()
            self._known[key] = known = (time.monotonic() + KNOWN_SECONDS, origins)
        return known[1]


def _own(origin: str, headers: Headers, scope: Scope) -> bool:
    runtime: Runtime = scope["app"].state.runtime
    return urlsplit(origin).netloc in {headers.get("host", ""), urlsplit(runtime.settings.base_url).netloc} - {""}


def _origins(runtime: Runtime, key: str) -> frozenset[str]:
    with runtime.db.reading() as session:
        try:
            return frozenset(ChatConfig.of(chat_account(session, key).config).allowed_origins)
        except NotFound:
            return frozenset()


def _with_origin(send: Send, origin: str) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = "Retry-After"
            headers.add_vary_header("Origin")
        await send(message)

    return told
