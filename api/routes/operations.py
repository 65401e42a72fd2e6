"""Health, metrics, jobs, live hints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from json import dumps
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.deps import CurrentPrincipal, Reading, RuntimeDep, Writing, allowed
from api.live import LiveHints
from api.pages import CursorParam, Limit, Page, decode_cursor, encode_cursor
from api.schemas.common import Row
from copilot.policies import Permission
from core import migrate
from core.jobs import queue
from records.principals import Principal

health = APIRouter(tags=["operations"])
router = APIRouter(tags=["operations"])
JobReader = Annotated[Principal, Depends(allowed(Permission.READ_JOBS))]
JobWriter = Annotated[Principal, Depends(allowed(Permission.RETRY_JOBS))]


class JobOut(Row):
    id: int
    name: str
    state: Literal["queued", "running", "done", "dead"]
    attempt: int
    max_attempts: int
    run_at: datetime
    progress: dict[str, Any] | None
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None


@health.get("/livez")
def livez() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@health.get("/readyz")
def readyz(runtime: RuntimeDep, response: Response) -> dict[str, Any]:
    """Every part that an answer needs, one by one; 503 when one does not answer."""
    parts: dict[str, str] = {}
    for name, probe in (
        ("database", runtime.db.ping),
        ("schema", lambda: migrate.require_current(runtime.db)),
        ("index", runtime.store.info),
        ("model", lambda: runtime.encoder.model_version),
    ):
        try:
            probe()
            parts[name] = "ok"
        except Exception as error:
            parts[name] = f"{type(error).__name__}: {error}"
    ready = all(state == "ok" for state in parts.values())
    response.status_code = 200 if ready else 503
    return {"status": "ok" if ready else "not ready", "parts": parts}


@health.get("/metrics", include_in_schema=False)
def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.get("/jobs")
def list_jobs(
    session: Reading,
    principal: JobReader,
    runtime: RuntimeDep,
    state: Annotated[Literal["queued", "running", "done", "dead"] | None, Query()] = None,
    limit: Limit = 50,
    cursor: CursorParam = None,
) -> Page[JobOut]:
    """Newest first; `dead` ones have run out of attempts."""
    secret = runtime.settings.secret_key.get_secret_value()
    before = int(decode_cursor(secret, cursor)[0]) if cursor else None
    rows = queue.list_jobs(session, state, before, limit + 1)
    more = len(rows) > limit
    return Page(
        items=[JobOut.model_validate(row) for row in rows[:limit]],
        next=encode_cursor(secret, [rows[limit - 1].id]) if more else None,
    )


@router.post("/jobs/{job_id}/retry")
def retry_job(job_id: int, session: Writing, principal: JobWriter) -> JobOut:
    """Give a dead job a fresh set of attempts."""
    return JobOut.model_validate(queue.retry(session, job_id))


@router.get("/live", response_class=EventSourceResponse)
async def live(request: Request, principal: CurrentPrincipal) -> EventSourceResponse:
    """Hints of what changed: {name, ticket_id, …}. Read again what you show; a hint may be lost."""
    hints: LiveHints = request.app.state.live

    async def events() -> AsyncIterator[ServerSentEvent]:
        async for hint in hints.listen(principal):
            yield ServerSentEvent(event="hint", data=dumps(hint))

    return EventSourceResponse(events(), ping=15)
