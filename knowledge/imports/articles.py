"""Import articles: what is new is published, what changed becomes a new version, what is the same is left alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from core.db import Database, db_now
from core.errors import CopilotError, InvalidInput
from core.events import emit
from knowledge.articles.actions import (
    ArticleScope,
    archive_article,
    change_scope,
    create_article,
    edit_draft,
    new_draft,
    publish_text,
    publish_version,
    text_digest,
)
from knowledge.imports.metadata import Metadata, Names, read_metadata
from knowledge.imports.report import ImportProblem, ImportReport
from knowledge.imports.sources import SourceDocument, count_documents, read_documents
from knowledge.models import Article, ArticleVersion, VersionStatus
from knowledge.passages import cut
from knowledge.policies import Act, require
from records.events import ImportFinished
from records.imports.models import ImportRowError, ImportRun
from records.principals import Principal
from records.shops.queries import shop_by_code

Progress = Callable[[int, int], None]  # (documents done, in all; 0 when unknown)
BATCH = 50


@dataclass(frozen=True, slots=True)
class _Prepared:
    source: SourceDocument
    external_id: str
    metadata: Metadata
    digest: str


def import_articles(
    db: Database,
    path: Path,
    principal: Principal,
    *,
    shop: str | None = None,
    audience: str | None = None,
    dry_run: bool = False,
    draft: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a folder of Markdown or HTML files, or a JSONL, CSV or XLSX file with id, title and text.

    `shop` (a code) and `audience` hold for every document; `draft` makes drafts instead of publishing. Documents are
    taken in batches, each committed: after an interruption, importing again goes on, since what is the same costs only
    a look-up. Raises InvalidInput for a path, shop or audience that is not there, Forbidden for a principal that may
    not publish; a document that cannot be taken is in the report and stops nothing else.
    """
    with db.reading() as session:
        names = Names.load(session)
        shop_id = shop_by_code(session, shop).id if shop else None
    require(principal, Act.PROPOSE if draft else Act.PUBLISH, None if shop_id is None else [shop_id])
    total = count_documents(path.expanduser().resolve())
    report = ImportReport(dry_run=dry_run)
    content = hashlib.sha256()
    for batch in _batches(_prepared(read_documents(path), names, shop, audience, report)):
        for document in batch:
            content.update(f"{document.external_id}\0{document.digest}\0".encode())
        _take(db, principal, batch, report, draft=draft, dry_run=dry_run)
        if progress is not None:
            progress(report.done, total)
    if progress is not None:
        progress(report.done, total or report.done)
    if not dry_run:
        with db.unit_of_work() as session:
            report.run_id = _record(session, principal, path, shop_id, content.hexdigest(), report)
    return report


def _prepared(
    documents: Iterator[SourceDocument], names: Names, shop: str | None, audience: str | None, report: ImportReport
) -> Iterator[_Prepared]:
    """Documents that can be taken; the others go to the report. All that can be checked without writing is checked."""
    seen: dict[str, str] = {}
    for source in documents:
        if source.problem:
            report.errors.append(ImportProblem(source.place, "", "", source.problem))
            continue
        external_id = f"{shop}:{source.external_id}" if shop else source.external_id
        try:
            metadata = read_metadata(source.meta, names, shop=shop, audience=audience)
            replace(ArticleScope(), **metadata.scope).check()
            if not source.title or len(source.title) > 512:
                raise InvalidInput("Give the document a title of 1 to 512 characters.", field="title")
            if len(external_id) > 255:
                raise InvalidInput("The id is longer than 255 characters: shorten it.", field="id", value=external_id)
            if external_id in seen:
                raise InvalidInput(f"The id is that of {seen[external_id]}, too.", field="id", value=external_id)
        except CopilotError as error:
            report.errors.append(_problem(source.place, error))
            continue
        if not cut(source.title, source.body, metadata.language):
            report.skipped.append(ImportProblem(source.place, "text", "", "The document has no text."))
            continue
        seen[external_id] = source.place
        yield _Prepared(source, external_id, metadata, text_digest(source.title.strip(), source.body))


def _problem(place: str, error: CopilotError) -> ImportProblem:
    return ImportProblem(place, str(error.details.get("field", "")), str(error.details.get("value", "")), error.message)


def _batches(documents: Iterator[_Prepared]) -> Iterator[list[_Prepared]]:
    batch: list[_Prepared] = []
    for document in documents:
        batch.append(document)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _take(
    db: Database, principal: Principal, batch: list[_Prepared], report: ImportReport, *, draft: bool, dry_run: bool
) -> None:
    """Write a batch in one unit; when a document is refused, one by one, so that it stops nothing else."""
    try:
        with db.reading() if dry_run else db.unit_of_work() as session:
            known = _existing(session, batch)
            outcomes = [(one, _take_one(session, principal, one, known, draft, dry_run)) for one in batch]
    except (CopilotError, IntegrityError) as error:
        if len(batch) > 1:
            for document in batch:
                _take(db, principal, [document], report, draft=draft, dry_run=dry_run)
            return
        if not isinstance(error, CopilotError):
            error = InvalidInput("Somebody wrote the same article meanwhile: import again.", field="id")
        report.errors.append(_problem(batch[0].source.place, error))
        return
    for document, outcome in outcomes:
        if outcome == "archived":
            message = "The article was archived here: publish it in the console if it shall come back."
            report.skipped.append(ImportProblem(document.source.place, "", document.external_id, message))
        else:
            setattr(report, outcome, getattr(report, outcome) + 1)


def _existing(session: Session, batch: list[_Prepared]) -> dict[str, Article]:
    ids = [document.external_id for document in batch]
    query = select(Article).where(Article.external_id.in_(ids)).options(selectinload(Article.versions))
    return {article.external_id: article for article in session.scalars(query) if article.external_id}


def _take_one(
    session: Session,
    principal: Principal,
    document: _Prepared,
    known: dict[str, Article],
    draft: bool,
    dry_run: bool,
) -> str:
    """What was done, or with `dry_run` would be: created, updated, unchanged, archived."""
    article = known.get(document.external_id)
    metadata = document.metadata
    if article is None:
        if not dry_run:
            _create(session, principal, document, draft)
        return "created"
    same_text = any(
        version.digest == document.digest for version in article.versions if _stands(version, article, draft)
    )
    if article.archived_at is not None:
        return "unchanged" if same_text else "archived"
    scope = replace(ArticleScope.of(article), **metadata.scope)
    same_scope = scope == ArticleScope.of(article)
    if same_text and same_scope and metadata.retired_at is None:
        return "unchanged"
    if dry_run:
        return "updated"
    if not same_scope:
        change_scope(session, principal, article.id, scope)
    if not same_text:
        _new_text(session, principal, article, document, draft)
    if metadata.retired_at is not None:
        archive_article(session, principal, article.id, retired_at=metadata.retired_at)
    return "updated"


def _stands(version: ArticleVersion, article: Article, draft: bool) -> bool:
    """Whether the version is what an import compares with: the published one, the last one of an archived article,
    and for drafts the open one."""
    if version.status == VersionStatus.PUBLISHED:
        return True
    if version.status == VersionStatus.RETIRED:
        return article.archived_at is not None and version.retired_at == article.archived_at
    return draft


def _create(session: Session, principal: Principal, document: _Prepared, draft: bool) -> None:
    source, metadata = document.source, document.metadata
    article = create_article(
        session,
        principal,
        title=source.title,
        body=source.body,
        scope=replace(ArticleScope(), **metadata.scope),
        language=metadata.language,
        external_id=document.external_id,
        note="import",
    )
    if draft:
        return
    version_id = session.scalars(select(ArticleVersion.id).where(ArticleVersion.article_id == article.id)).one()
    publish_version(session, principal, version_id, published_at=metadata.published_at)
    if metadata.retired_at is not None:
        archive_article(session, principal, article.id, retired_at=metadata.retired_at)


def _new_text(session: Session, principal: Principal, article: Article, document: _Prepared, draft: bool) -> None:
    source = document.source
    if not draft:
        publish_text(
            session,
            principal,
            article.id,
            title=source.title,
            body=source.body,
            note="import",
            published_at=document.metadata.published_at,
        )
        return
    opened = [v for v in article.versions if v.status in (VersionStatus.DRAFT, VersionStatus.REVIEW)]
    if opened and opened[0].note == "import":
        edit_draft(session, principal, opened[0].id, title=source.title, body=source.body)
    else:
        new_draft(session, principal, article.id, title=source.title, body=source.body, note="import")


def _record(
    session: Session, principal: Principal, path: Path, shop_id: int | None, digest: str, report: ImportReport
) -> int:
    run = ImportRun(
        kind="articles",
        shop_id=shop_id,
        file_name=path.name[:255],
        digest=digest,
        state="done",
        rows_done=report.done,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        failed=report.failed,
    )
    run.finished_at = db_now()
    session.add(run)
    session.flush()
    for number, problem in enumerate(report.errors, start=1):
        text = f"{problem.place}: {problem.message}"
        session.add(
            ImportRowError(run_id=run.id, row=number, field=problem.field, value=problem.value[:500], message=text)
        )
    session.flush()
    emit(session, ImportFinished, actor=principal.actor, shop_id=shop_id, run_id=run.id)
    return run.id
