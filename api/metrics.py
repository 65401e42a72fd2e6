"""Prometheus metrics: requests by route template (never by path: ids would make a series each)."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUESTS = Counter("copilot_http_requests_total", "HTTP requests", ["method", "route", "status"])
SECONDS = Histogram("copilot_http_request_seconds", "Seconds until the response began", ["method", "route"])


class Measure:
    """`described` is the application: a route knows its own path only, not the prefix that it is included under."""

    def __init__(self, app: ASGIApp, described: FastAPI) -> None:
        self._app = app
        self._described = described

    @cached_property
    def _templates(self) -> dict[Any, str]:
        contexts = iter_route_contexts(self._described.routes)
        return {context.endpoint: context.path for context in contexts if context.endpoint and context.path}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = self._templates.get(scope.get("endpoint"), "unmatched")
                REQUESTS.labels(scope["method"], route, message["status"]).inc()
                SECONDS.labels(scope["method"], route).observe(time.perf_counter() - started)
            await send(message)

        await self._app(scope, receive, counted)


def install(app: FastAPI) -> None:
    app.add_middleware(Measure, described=app)
