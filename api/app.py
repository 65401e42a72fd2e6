"""The ASGI application, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

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
    v1 = APIRouter(prefix="/api/v1", responses=description.PROBLEMS)
    for router in ALL.versioned:
        v1.include_router(router)
    app.include_router(v1)
    for pages in (console, widget, demo_shop):
        app.include_router(pages.router)
    for router in ALL.plain:
        app.include_router(router)
    return app
