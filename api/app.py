"""The ASGI application, put together."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api import description, problems
from api.body_limit import BodyLimit
from api.chat.access import new_limits
from api.chat.cors import ChatCors
from api.live import LiveHints
from api.metrics import install as install_metrics
from api.routes import ALL
from api.security_headers import SecurityHeaders
from api.site import console, demo_shop, widget
from copilot.runtime import Runtime


def create_app(runtime: Runtime | None) -> FastAPI:
    """`runtime` None gives the description only (openapi.json)."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if runtime is None:
            yield
            return
        hints = app.state.live = LiveHints(runtime.db)
        follow = asyncio.create_task(hints.follow())
        yield
        follow.cancel()

    app = FastAPI(
        title="Support Copilot",
        version="0.1.0",
        description=description.TEXT,
        generate_unique_id_function=description.operation_id,
        lifespan=lifespan,
        docs_url="/api/docs",
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.runtime = runtime
    app.state.chat_limits = new_limits()
    description.install(app)
    problems.install(app)
    app.add_middleware(BodyLimit)
    install_metrics(app)
    app.add_middleware(ChatCors)
    app.add_middleware(SecurityHeaders)
    for router in ALL.versioned:  # as they are: an included router builds its routes again, and is searched twice
        app.router.routes.extend(router.routes)
    for pages in (console, widget, demo_shop):
        app.include_router(pages.router)
    for router in ALL.plain:
        app.include_router(router)
    return app


def settle(app: FastAPI) -> None:
    """Build now what the first request would build, and take all that is there from the garbage collector.

    A full collection looks at every object that it knows while it holds Python's lock: 250,000 of them, most of which
    the modules and the routes keep for ever, stopped all requests for 150 ms of processor time. Call it once, last.
    """
    for _ in iter_route_contexts(app.routes):
        pass
    gc.collect()
    gc.freeze()
