"""Import articles: what is new is published, what changed becomes a new version, what is the same is left alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from core.db import Database
from core.errors import CopilotError, InvalidInput
from knowledge.articles.actions import (
    ArticleScope,
    archive_article,
    change_scope,
    create_article,
    edit_draft,
    new_draft,
    publish_text,
    publish_version,
)
from knowledge.imports.metadata import Names
from knowledge.imports.prepared import Prepared, prepared, problem_of, shown_values
from knowledge.imports.preview import Repetitions, passages_of
from knowledge.imports.report import Alike, ImportProblem, ImportReport, ParsedArticle
from knowledge.imports.runs import record_run
from knowledge.imports.sources import count_documents, read_documents
from knowledge.models import Article, ArticleVersion, VersionStatus
from knowledge.policies import Act, require
from records.principals import Principal
from records.shops.queries import shop_by_code

Progress = Callable[[int, int], None]  # (documents done, in all; 0 when unknown)
BATCH = 50
COMPARED = 1_000  # documents whose near duplicates a preview looks for: a few seconds


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
    columns: Mapping[str, str] | None = None,
    limit: int | None = None,
    sample: int = 0,
) -> ImportReport:
    """Import a folder of Markdown or HTML files, or a JSONL, CSV or XLSX file with id, title and text.

    `shop` (a code) and `audience` hold for every document; `draft` makes drafts instead of publishing. Documents are
    taken in batches, each committed: after an interruption, importing again goes on, since what is the same costs only
    a look-up. `columns` is for tables (`read_documents`); a dry run looks at most at `limit` documents, and tells the
    first `sample` as they were understood, and as many more that nearly repeat another. Raises InvalidInput for a
    path, shop or audience that is not there, Forbidden for a principal that may not publish; a document that cannot be
    taken is in the report and stops nothing else.
    """
    with db.reading() as session:
        names = Names.load(session)
        shop_id = shop_by_code(session, shop).id if shop else None
    require(principal, Act.PROPOSE if draft else Act.PUBLISH, None if shop_id is None else [shop_id])
    total = count_documents(path.expanduser().resolve())
    report = ImportReport(dry_run=dry_run)
    content = hashlib.sha256()
    repetitions = Repetitions() if dry_run and sample else None
    documents = islice(read_documents(path, columns), limit if dry_run else None)
    for batch in _batches(prepared(documents, names, shop, audience, report)):
        for document in batch:
            content.update(f"{document.external_id}\0{document.digest}\0".encode())
        _take(db, principal, batch, report, draft=draft, dry_run=dry_run, sample=sample, repetitions=repetitions)
        if progress is not None:
            progress(report.done, total)
    if progress is not None:
        progress(report.done, total or report.done)
    if not dry_run:
        with db.unit_of_work() as session:
            report.run_id = record_run(session, principal, path, shop_id, content.hexdigest(), report)
    return report


def _batches(documents: Iterator[Prepared]) -> Iterator[list[Prepared]]:
    batch: list[Prepared] = []
    for document in documents:
        batch.append(document)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _take(
    db: Database,
    principal: Principal,
    batch: list[Prepared],
    report: ImportReport,
    *,
    draft: bool,
    dry_run: bool,
    sample: int,
    repetitions: Repetitions | None,
) -> None:
    """Write a batch in one unit; when a document is refused, one by one, so that it stops nothing else."""
    alike: dict[str, tuple[Alike, ...]] = {}
    try:
        with db.reading() if dry_run else db.unit_of_work() as session:
            known = _existing(session, batch)
            outcomes = [(one, _take_one(session, principal, one, known, draft, dry_run)) for one in batch]
            if repetitions is not None and report.done < COMPARED:
                for one in batch:
                    article = known.get(one.external_id)
                    found = repetitions.of(session, principal, one, article.id if article else None)
                    alike[one.external_id] = found
    except (CopilotError, IntegrityError) as error:
        if len(batch) > 1:
            for document in batch:
                _take(
                    db,
                    principal,
                    [document],
                    report,
                    draft=draft,
                    dry_run=dry_run,
                    sample=sample,
                    repetitions=repetitions,
                )
            return
        if not isinstance(error, CopilotError):
            error = InvalidInput("Somebody wrote the same article meanwhile: import again.", field="id")
        report.errors.append(problem_of(batch[0].source.place, error))
        return
    for document, outcome in outcomes:
        if len(report.sample) < (2 * sample if alike.get(document.external_id) else sample):
            parsed = ParsedArticle(
                document.source.place,
                outcome,
                shown_values(document),
                passages_of(document),
                alike.get(document.external_id, ()),
            )
            report.sample.append(parsed)
        if outcome == "archived":
            message = "The article was archived here: publish it in the console if it shall come back."
            problem = ImportProblem(document.source.place, "", document.external_id, message, "archived")
            report.skipped.append(problem)
        else:
            setattr(report, outcome, getattr(report, outcome) + 1)


def _existing(session: Session, batch: list[Prepared]) -> dict[str, Article]:
    ids = [document.external_id for document in batch]
    query = select(Article).where(Article.external_id.in_(ids)).options(selectinload(Article.versions))
    return {article.external_id: article for article in session.scalars(query) if article.external_id}


def _take_one(
    session: Session,
    principal: Principal,
    document: Prepared,
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


def _create(session: Session, principal: Principal, document: Prepared, draft: bool) -> None:
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


def _new_text(session: Session, principal: Principal, article: Article, document: Prepared, draft: bool) -> None:
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
