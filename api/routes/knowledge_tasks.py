"""Knowledge tasks: articles that agents keep correcting, with their corrections."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from api.deps import IfMatch, Reading, Writing, allowed, set_etag
from api.pages import Page, Paged
from api.schemas.tasks import TaskCauseWord, TaskIn, TaskOut, TaskStateWord
from api.versioned import versioned
from copilot.policies import Permission
from knowledge.tasks import actions
from knowledge.tasks.models import TaskState
from knowledge.tasks.queries import TaskFilter, get_task, list_tasks
from records.principals import Principal

router = versioned("/knowledge/tasks", tags=["knowledge"])
Editor = Annotated[Principal, Depends(allowed(Permission.PUBLISH_KNOWLEDGE))]


@router.get("")
def read_tasks(
    session: Reading,
    principal: Editor,
    paging: Paged,
    state: TaskStateWord | None = None,
    cause: TaskCauseWord | None = None,
    article_id: int | None = None,
    handler_id: int | None = None,
) -> Page[TaskOut]:
    """Newest first."""
    wanted = TaskFilter(state, cause, article_id, handler_id)
    rows = list_tasks(session, principal, wanted, before=paging.after_id, limit=paging.rows)
    return paging.page(rows, TaskOut.of, lambda row: [row.task.id])


@router.get("/{task_id}")
def read_task(task_id: int, session: Reading, principal: Editor, response: Response) -> TaskOut:
    row = get_task(session, principal, task_id)
    set_etag(response, row.task.version)
    return TaskOut.of(row)


@router.patch("/{task_id}")
def change_task(
    task_id: int, body: TaskIn, session: Writing, principal: Editor, response: Response, version: IfMatch
) -> TaskOut:
    """Close it, open it again, or say who sees to it."""
    actions.change_task(
        session,
        principal,
        task_id,
        expected_version=version,
        state=TaskState(body.state) if body.state else None,
        resolution=body.resolution,
        handler_id=body.handler_id,
        hand_on="handler_id" in body.model_fields_set,
    )
    row = get_task(session, principal, task_id)
    set_etag(response, row.task.version)
    return TaskOut.of(row)
