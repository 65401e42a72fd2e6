"""Imports of a shop's files. The importer commits batch by batch itself, so these handlers hold no session."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Literal

from fastapi import Depends, File, Form, UploadFile

from api.deps import Reading, RuntimeDep, allowed
from api.pages import Page, Paged
from api.schemas.settings import ImportErrorOut, ImportOut, ImportReportOut
from api.versioned import versioned
from copilot.policies import Permission, allows, permission_to_import, require
from core.errors import InvalidInput
from knowledge.imports.articles import import_articles
from records.imports import queries
from records.imports.models import ImportRun
from records.imports.run import KINDS, import_file
from records.principals import Principal

router = versioned("/imports", tags=["imports"])
Importer = Annotated[Principal, Depends(allowed(Permission.IMPORT))]
Uploader = Annotated[Principal, Depends(allowed(Permission.UPLOAD))]
Editor = Annotated[Principal, Depends(allowed(Permission.PUBLISH_KNOWLEDGE))]
RecordKind = Literal[
    "customers", "products", "orders", "order-items", "shipments", "shipment-events", "after-sales", "tickets"
]
SHOWN_ERRORS = 100
Upload = Annotated[UploadFile, File(description="CSV, XLSX or JSONL; at most 20 MB")]


@router.post("")
def import_records(
    runtime: RuntimeDep,
    principal: Importer,
    file: Upload,
    kind: Annotated[RecordKind, Form()],
    shop: Annotated[str, Form(min_length=1, max_length=32, description="code of the shop")],
    dry_run: Annotated[bool, Form(description="check everything, write nothing")] = False,
    mapping: Annotated[UploadFile | None, File(description="YAML: their columns and words → ours")] = None,
) -> ImportReportOut:
    """Take the rows of a file. Wrong rows are reported and stop nothing else.

    Repeating it is safe without an Idempotency-Key: the same file again changes nothing, and one that was interrupted
    goes on where it stopped.
    """
    with _stored(file) as path:
        mapped = None
        if mapping is not None:
            mapped = path.with_name("mapping.yaml")
            _store(mapping, mapped)
        report = import_file(runtime.db, kind, path, shop=shop, mapping=mapped, dry_run=dry_run, principal=principal)
    return ImportReportOut(
        run_id=report.run_id,
        kind=kind,
        dry_run=dry_run,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        failed=report.failed,
        errors=[ImportErrorOut.model_validate(error) for error in report.errors],
        hints=report.hints(),
    )


@router.post("/articles")
def import_knowledge(
    runtime: RuntimeDep,
    principal: Editor,
    file: Annotated[UploadFile, File(description="one Markdown or HTML file, or rows as CSV, XLSX, JSONL")],
    shop: Annotated[str | None, Form(max_length=32, description="only for this shop; empty: for all")] = None,
    audience: Annotated[Literal["public", "internal"] | None, Form()] = None,
    draft: Annotated[bool, Form(description="as drafts, to be published by an editor")] = False,
    dry_run: Annotated[bool, Form()] = False,
) -> ImportReportOut:
    """Articles: published and indexed, or as drafts. The same document again changes nothing."""
    if not shop and principal.shops is not None:
        raise InvalidInput("Name the shop: you work for some shops only.", field="shop")
    with _stored(file) as path:
        report = import_articles(
            runtime.db, path, principal, shop=shop or None, audience=audience, draft=draft, dry_run=dry_run
        )
    told = [*report.errors, *report.skipped][:SHOWN_ERRORS]
    return ImportReportOut(
        run_id=report.run_id,
        kind="articles",
        dry_run=dry_run,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        failed=report.failed,
        errors=[
            ImportErrorOut(row=number, field=one.field, value=one.value, message=f"{one.place}: {one.message}")
            for number, one in enumerate(told, start=1)
        ],
        hints=[],
    )


@router.get("")
def list_imports(
    session: Reading, principal: Uploader, paging: Paged, kind: RecordKind | Literal["articles"] | None = None
) -> Page[ImportOut]:
    """Newest first: what the principal may import itself."""
    if kind is not None:
        require(principal, permission_to_import(kind))
    mine = [one for one in (*KINDS, "articles") if allows(principal, permission_to_import(one))]
    kinds = mine if kind is None else [kind]
    rows = queries.list_runs(session, principal, kinds=kinds, after=paging.after_id, limit=paging.rows)
    return paging.page(rows, ImportOut.of, lambda row: [row.id])


@router.get("/{run_id}")
def read_import(run_id: int, session: Reading, principal: Uploader) -> ImportOut:
    return ImportOut.of(_seen(session, principal, run_id))


@router.get("/{run_id}/errors")
def list_import_errors(run_id: int, session: Reading, principal: Uploader, paging: Paged) -> Page[ImportErrorOut]:
    """In the order of the file."""
    _seen(session, principal, run_id)
    rows = queries.list_row_errors(session, run_id, after=paging.after_id or 0, limit=paging.rows)
    return paging.page(rows, ImportErrorOut.model_validate, lambda row: [row.id])


def _seen(session: Reading, principal: Principal, run_id: int) -> ImportRun:
    run = queries.get_run(session, principal, run_id)
    require(principal, permission_to_import(run.kind))
    return run


@contextmanager
def _stored(upload: UploadFile) -> Iterator[Path]:
    """The upload as a file of its own name, for as long as the body runs."""
    name = PureWindowsPath(PurePosixPath(upload.filename or "").name).name.replace("\x00", "")
    if not name or name in (".", "..") or len(name.encode()) > 200:
        raise InvalidInput("The file needs a name of at most 200 bytes, such as orders.csv.", field="file")
    with tempfile.TemporaryDirectory(prefix="copilot-import-") as folder:
        path = Path(folder) / "file" / name
        path.parent.mkdir()
        _store(upload, path)
        yield path


def _store(upload: UploadFile, path: Path) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(upload.file, target)
