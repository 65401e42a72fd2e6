"""Health, metrics, jobs, live hints."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from json import dumps
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.deps import Reading, RuntimeDep, Writing, allowed
from api.live import LiveHints
from api.pages import Page, Paged
from api.schemas.common import Body, Row
from api.unit_route import UnitRoute
from api.versioned import versioned
from copilot.policies import Permission
from core import migrate
from core.errors import CopilotError
from core.jobs import queue
from records.principals import Principal

log = logging.getLogger(__name__)
READY_SECONDS = 2.0  # a probe that waits longer is answered "not ready"
health = APIRouter(tags=["operations"], route_class=UnitRoute)
router = versioned(tags=["operations"])
JobReader = Annotated[Principal, Depends(allowed(Permission.READ_JOBS))]
Listener = Annotated[Principal, Depends(allowed(Permission.READ_TICKETS))]
JobWriter = Annotated[Principal, Depends(allowed(Permission.RETRY_JOBS))]


class JobOut(Row):
    id: int
    name: str
    args: dict[str, Any]
    state: Literal["queued", "running", "done", "dead"]
    attempt: int
    max_attempts: int
    run_at: datetime
    progress: dict[str, Any] | None
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None


class RetryIn(Body):
    """`name` left out: all of them."""

    name: str | None = Field(None, max_length=64)


class RetriedOut(BaseModel):
    retried: int


class ReadyOut(BaseModel):
    """`parts`: "ok", or what is wrong with it, for database, schema, index, model and, where one is set, llm."""

    status: Literal["ok", "not ready"]
    parts: dict[str, str]


@health.get("/livez")
async def livez() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@health.get("/readyz", responses={503: {"model": ReadyOut, "description": "A part does not answer"}})
def readyz(runtime: RuntimeDep, response: Response, quiet: bool = False) -> ReadyOut:
    """Every part, one by one; 503 when one does not answer that no draft comes without. The llm is none of these.

    `quiet`: 200 in any case, for a page that asks again and again and says itself what is away.
    """
    parts: dict[str, str] = {}
    probes: dict[str, Callable[[], object]] = {
        "database": runtime.db.ping,
        "schema": lambda: migrate.require_current(runtime.db),
        "index": lambda: runtime.probe_index(READY_SECONDS),
        "model": lambda: runtime.encoder.model_version,
    }
    if runtime.llm_probe is not None:
        probes["llm"] = runtime.llm_probe.check
    for name, probe in probes.items():
        try:
            probe()
            parts[name] = "ok"
        except CopilotError as error:
            parts[name] = error.message
        except Exception as error:  # its text may name hosts and users: this page needs no sign-in
            log.warning("%s is not ready", name, exc_info=True)
            parts[name] = f"does not answer ({type(error).__name__}); see the server's log"
    ready = all(state == "ok" for name, state in parts.items() if name != "llm")
    response.status_code = 200 if ready or quiet else 503
    return ReadyOut(status="ok" if ready else "not ready", parts=parts)


@health.get("/metrics", include_in_schema=False)
def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.get("/jobs")
def list_jobs(
    session: Reading,
    principal: JobReader,
    paging: Paged,
    state: Annotated[Literal["queued", "running", "done", "dead"] | None, Query()] = None,
    name: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[JobOut]:
    """Newest first; `dead` ones have run out of attempts."""
    rows = queue.list_jobs(session, state, paging.after_id, paging.rows, name=name)
    return paging.page(rows, JobOut.model_validate, lambda row: [row.id])


@router.get("/jobs/counts")
def count_jobs(session: Reading, principal: JobReader) -> dict[str, int]:
    """How many jobs there are of each state."""
    return queue.count_by_state(session)


@router.post("/jobs/retry")
def retry_all_jobs(session: Writing, principal: JobWriter, body: RetryIn) -> RetriedOut:
    """Give all dead jobs, or those of one name, a fresh set of attempts."""
    return RetriedOut(retried=queue.retry_all(session, body.name))


@router.post("/jobs/{job_id}/retry")
def retry_job(job_id: int, session: Writing, principal: JobWriter) -> JobOut:
    """Give a dead job a fresh set of attempts."""
    return JobOut.model_validate(queue.retry(session, job_id))


@router.get("/live", response_class=EventSourceResponse)
async def live(request: Request, principal: Listener) -> EventSourceResponse:
    """Hints of what changed: {name, ticket_id, …}. Read again what you show; a hint may be lost.

    The first event is `ready`: read what you show then, since whatever changes afterwards is hinted at.
    """
    hints: LiveHints = request.app.state.live

    async def events() -> AsyncIterator[ServerSentEvent]:
        async with hints.listening(principal) as arriving:
            yield ServerSentEvent(event="ready", data="{}")
            async for hint in arriving:
                yield ServerSentEvent(event="hint", id=str(hint["id"] or "") or None, data=dumps(hint))

    return EventSourceResponse(events(), ping=15)
