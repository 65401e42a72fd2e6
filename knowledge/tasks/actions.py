"""Open, hand on and close knowledge tasks. Nothing here commits; what changes a task emits one event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from core.db import db_now, insert_into
from core.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from core.events import SYSTEM, Actor, EventType, emit
from knowledge import events
from knowledge.models import Article
from knowledge.policies import Act, may_read, require
from knowledge.tasks.models import KnowledgeTask, TaskCause, TaskEvidence, TaskState
from records.people.models import Staff
from records.principals import Principal

MAX_EVIDENCE = 500  # a task: beyond it, one more correction says nothing new


@dataclass(frozen=True, slots=True)
class Evidence:
    """As `TaskEvidence`, of one article and cause; texts without personal data."""

    article_id: int
    cause: TaskCause
    article_version: int
    before: str
    after: str
    quote: str = ""
    passage_id: int | None = None
    note: str = ""


def file_evidence(
    session: Session, source: str, found: Sequence[Evidence], *, ticket_id: int | None = None
) -> list[KnowledgeTask]:
    """Make `found` all that `source` says: it goes to the open task of its article and cause, or opens one.

    What the same source said before and no longer says is taken back from open tasks, and a task that is left without
    any evidence is dismissed. Doing it again changes nothing; a closed task stays closed and is not asked twice for
    the same source.
    """
    wanted: dict[tuple[int, str], list[Evidence]] = {}
    for item in found:
        wanted.setdefault((item.article_id, item.cause), []).append(item)
    said = {(task.article_id, task.cause): task for task in _of_source(session, source)}
    _take_back(session, source, [task for key, task in said.items() if key not in wanted])
    tasks = []
    for key, items in sorted(wanted.items()):
        known = said.get(key)
        if known is not None and known.state != TaskState.OPEN:
            continue
        task = known or _open(session, *key)
        if task is None:
            continue
        _put(session, task, source, items, ticket_id)
        tasks.append(task)
    return tasks


def change_task(
    session: Session,
    principal: Principal,
    task_id: int,
    *,
    expected_version: int,
    state: TaskState | None = None,
    resolution: str = "",
    handler_id: int | None = None,
    hand_on: bool = False,
) -> KnowledgeTask:
    """Close a task (done or dismissed, with a word on it), open it again, or say who sees to it (`hand_on`; None:
    nobody).

    Raises NotFound for a task of an article that the principal may not see, Forbidden, PreconditionFailed, Conflict
    when another task of the article and cause is open, and InvalidInput for a dismissal without a word or for an
    unknown handler.
    """
    task = session.scalar(
        select(KnowledgeTask)
        .where(KnowledgeTask.id == task_id)
        .options(selectinload(KnowledgeTask.evidence))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    article = session.get(Article, task.article_id) if task is not None else None
    if task is None or article is None or not may_read(principal, article.audience, article.shop_ids):
        raise NotFound(f"There is no knowledge task {task_id} that you may see.")
    require(principal, Act.EDIT, None)
    if task.version != expected_version:
        raise PreconditionFailed("The task has changed since you read it. Read it again.", current_version=task.version)
    if hand_on:
        if handler_id is not None and session.get(Staff, handler_id) is None:
            raise InvalidInput(f"There is no member of staff {handler_id}.", field="handler_id")
        task.handler_id = handler_id
    if state is not None and state != task.state:
        _move(session, principal, task, state, resolution.strip())
    session.flush()
    _told(session, events.KnowledgeTaskChanged, principal.actor, article, task)
    session.refresh(task)
    return task


def _move(session: Session, principal: Principal, task: KnowledgeTask, state: TaskState, resolution: str) -> None:
    if state == TaskState.DISMISSED and not resolution:
        raise InvalidInput("Say why nothing is to be done: the agents will go on correcting it.", field="resolution")
    if state == TaskState.OPEN:
        key = _key(task.article_id, task.cause)
        if session.scalar(select(KnowledgeTask.id).where(KnowledgeTask.open_key == key)) is not None:
            raise Conflict("Another task of this article and cause is open already.")
        task.open_key, task.closed_at, task.closed_by, task.resolution = key, None, None, ""
    else:
        task.open_key, task.closed_at, task.resolution = None, db_now(), resolution
        task.closed_by = principal.id if principal.kind == "staff" else None
        if task.handler_id is None:
            task.handler_id = task.closed_by
    task.state = state


def _open(session: Session, article_id: int, cause: str) -> KnowledgeTask | None:
    """The open task of the article and cause, made if need be; None when there is no such article (any more)."""
    article = session.get(Article, article_id)
    if article is None:
        return None
    key = _key(article_id, cause)
    values = {"article_id": article_id, "cause": cause, "state": TaskState.OPEN, "open_key": key, "version": 1,
              "handler_id": article.owner_id}  # fmt: skip
    made = session.execute(
        insert_into(session, KnowledgeTask).values(values).on_conflict_do_nothing().returning(KnowledgeTask.id)
    ).scalar()
    task = session.scalars(
        select(KnowledgeTask).where(KnowledgeTask.open_key == key).options(selectinload(KnowledgeTask.evidence))
    ).one()
    if made is not None:
        _told(session, events.KnowledgeTaskOpened, SYSTEM, article, task)
    return task


def _put(session: Session, task: KnowledgeTask, source: str, items: Sequence[Evidence], ticket_id: int | None) -> None:
    kept = {row.ordinal: row for row in task.evidence if row.source == source}
    if len(task.evidence) - len(kept) >= MAX_EVIDENCE:
        return
    for ordinal, item in enumerate(items):
        values = _values(item)
        row = kept.pop(ordinal, None)
        if row is None:
            task.evidence.append(TaskEvidence(source=source, ordinal=ordinal, ticket_id=ticket_id, **values))
        else:
            for name, value in values.items():
                setattr(row, name, value)
    for row in kept.values():
        task.evidence.remove(row)
    session.flush()


def _values(item: Evidence) -> Mapping[str, object]:
    return {
        "article_version": item.article_version,
        "passage_id": item.passage_id,
        "quote": item.quote,
        "before": item.before,
        "after": item.after,
        "note": item.note,
    }


def _take_back(session: Session, source: str, tasks: Sequence[KnowledgeTask]) -> None:
    for task in tasks:
        if task.state != TaskState.OPEN:
            continue
        for row in [row for row in task.evidence if row.source == source]:
            task.evidence.remove(row)
        if not task.evidence:
            task.state, task.open_key, task.closed_at = TaskState.DISMISSED, None, db_now()
            task.resolution = "Every correction was taken back."
            session.flush()
            article = session.get_one(Article, task.article_id)
            _told(session, events.KnowledgeTaskChanged, SYSTEM, article, task)
    session.flush()


def _of_source(session: Session, source: str) -> list[KnowledgeTask]:
    """Tasks that this source gave evidence to, open ones last so that they win over closed ones of the same cause."""
    ids = select(TaskEvidence.task_id).where(TaskEvidence.source == source)
    rows = session.scalars(
        select(KnowledgeTask)
        .where(KnowledgeTask.id.in_(ids))
        .options(selectinload(KnowledgeTask.evidence))
        .order_by(KnowledgeTask.id)
    )
    return sorted(rows, key=lambda task: task.state == TaskState.OPEN)


def _key(article_id: int, cause: str) -> str:
    return f"{article_id}:{cause}"


def _told(session: Session, kind: EventType, actor: Actor, article: Article, task: KnowledgeTask) -> None:
    shop_id = article.shop_ids[0] if len(article.shop_ids) == 1 else None
    emit(session, kind, actor=actor, shop_id=shop_id, article_id=article.id, task_id=task.id)
