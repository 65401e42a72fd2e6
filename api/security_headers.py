"""Headers on every answer. Pure ASGI: a BaseHTTPMiddleware would buffer streams."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# The interactive API page loads its script from a CDN; everything else needs nothing from anywhere.
_DOCS = "/api/docs"
_SENT = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_NO_STORE = (b"cache-control", b"no-store")


class SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        wanted = [*_SENT] if scope["path"].startswith(_DOCS) else [*_SENT, _POLICY]
        if scope["path"].startswith("/api/v1"):
            wanted.append(_NO_STORE)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in wanted if one[0] not in told)]
            await send(message)

        await self._app(scope, receive, with_headers)
