"""Read knowledge tasks, with what has happened to their articles since."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from core.errors import NotFound
from knowledge.articles.queries import visible
from knowledge.models import Article, ArticleVersion, VersionStatus
from knowledge.tasks.models import KnowledgeTask, TaskState
from records.principals import Principal


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task with its article's title (published, or else newest). `newer_version`: a version was published after the
    one that was corrected: is it solved?"""

    task: KnowledgeTask
    title: str
    newer_version: int | None


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """None: no matter."""

    state: str | None = None
    cause: str | None = None
    article_id: int | None = None
    handler_id: int | None = None


def list_tasks(
    session: Session, principal: Principal, filters: TaskFilter, *, before: int | None = None, limit: int = 50
) -> list[TaskRow]:
    """Newest first, of articles that the principal may see; `before` is the last id of the page before."""
    query = _tasks(principal).order_by(KnowledgeTask.id.desc()).limit(limit)
    for column, value in (
        (KnowledgeTask.state, filters.state),
        (KnowledgeTask.cause, filters.cause),
        (KnowledgeTask.article_id, filters.article_id),
        (KnowledgeTask.handler_id, filters.handler_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if before is not None:
        query = query.where(KnowledgeTask.id < before)
    return _rows(session, list(session.scalars(query)))


def get_task(session: Session, principal: Principal, task_id: int) -> TaskRow:
    """Raises NotFound also for a task of an article that the principal may not see."""
    task = session.scalar(_tasks(principal).where(KnowledgeTask.id == task_id))
    if task is None:
        raise NotFound(f"There is no knowledge task {task_id} that you may see.")
    return _rows(session, [task])[0]


def open_counts(session: Session, article_ids: Collection[int]) -> dict[int, int]:
    """How many tasks are open by article; articles without are left out."""
    query = (
        select(KnowledgeTask.article_id, func.count())
        .where(KnowledgeTask.article_id.in_(article_ids), KnowledgeTask.state == TaskState.OPEN)
        .group_by(KnowledgeTask.article_id)
    )
    return dict(session.execute(query).tuples().all())


def _tasks(principal: Principal) -> Select[KnowledgeTask]:
    return (
        select(KnowledgeTask)
        .join(Article, Article.id == KnowledgeTask.article_id)
        .where(visible(principal))
        .options(selectinload(KnowledgeTask.evidence))
    )


def _rows(session: Session, tasks: Sequence[KnowledgeTask]) -> list[TaskRow]:
    published = ArticleVersion.status == VersionStatus.PUBLISHED
    query = (
        select(ArticleVersion.article_id, ArticleVersion.title, ArticleVersion.number, published)
        .where(ArticleVersion.article_id.in_({task.article_id for task in tasks}))
        .order_by(published, ArticleVersion.number)
    )
    titles: dict[int, str] = {}
    numbers: dict[int, int] = {}
    for article_id, title, number, in_force in session.execute(query):
        titles[article_id] = title
        if in_force:
            numbers[article_id] = number
    found = []
    for task in tasks:
        corrected = max((row.article_version for row in task.evidence), default=0)
        number = numbers.get(task.article_id, 0)
        newer = number if task.state == TaskState.OPEN and number > corrected else None
        found.append(TaskRow(task, titles.get(task.article_id, ""), newer))
    return found
