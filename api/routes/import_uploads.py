"""A file step by step: sent, looked at, mapped, tried, and taken by a job while its progress is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated

from fastapi import Depends, File, Form, Response, UploadFile, status
from fastapi.responses import FileResponse
from sqlalchemy.orm import Session

from api.body_limit import MAX_UPLOAD
from api.deps import Reading, RuntimeDep, allowed
from api.schemas.imports import ChoicesIn, InspectedOut, PreviewOut, UploadKind, UploadOut
from api.versioned import versioned
from copilot.policies import Permission, permission_to_import, require
from copilot.runtime import Runtime
from core.errors import InvalidInput, NotFound
from core.storage import FileStore
from knowledge.imports.uploads import ARTICLES, UploadedFile, import_upload, inspect_upload
from records.imports import queries, uploads
from records.imports.exporting import error_rows
from records.imports.models import ImportUpload
from records.principals import Principal
from records.shops.models import Shop
from records.shops.queries import shop_by_code

router = versioned("/imports", tags=["imports"])
Uploader = Annotated[Principal, Depends(allowed(Permission.UPLOAD))]
Upload = Annotated[
    UploadFile, File(description="CSV, XLSX or JSONL; articles also as Markdown, HTML or a ZIP of them; at most 20 MB")
]


@router.post("/uploads", status_code=status.HTTP_201_CREATED)
def upload_file(
    runtime: RuntimeDep,
    principal: Uploader,
    file: Upload,
    kind: Annotated[UploadKind, Form()],
    shop: Annotated[str, Form(max_length=32, description="code of the shop; empty: articles for all shops")] = "",
) -> InspectedOut:
    """Send a file; nothing is written yet. Says which columns it has and what we take them for.

    A file that is not started within a day is forgotten.
    """
    require(principal, permission_to_import(kind))
    if not shop and (kind != ARTICLES or principal.shops is not None):
        raise InvalidInput("Name the shop that the file is of.", field="shop")
    name = _plain_name(file.filename or "")
    files = FileStore(runtime.settings.imports_dir)
    shop_id = None
    if shop:
        with runtime.db.reading() as session:
            shop_id = shop_by_code(session, shop).id
        principal.require_shop(shop_id)
    stored = files.save(file.file, MAX_UPLOAD)
    try:
        found = inspect_upload(UploadedFile(kind, files.path(stored.key), name))
        with runtime.db.unit_of_work() as session:
            uploads.forget_uploads(session, files, datetime.now(UTC))
            upload = uploads.keep_upload(
                session, principal, kind=kind, shop_id=shop_id, file_name=name,
                storage_key=stored.key, size=stored.size, rows=found.rows,
            )  # fmt: skip
            return InspectedOut.of(upload, found)
    except BaseException:
        files.delete(stored.key)
        raise


@router.get("/uploads/{upload_id}")
def read_upload(upload_id: int, session: Reading, principal: Uploader) -> UploadOut:
    """How far it is."""
    return UploadOut.of(_seen(session, principal, upload_id))


@router.post("/uploads/{upload_id}/preview")
def preview_upload(upload_id: int, body: ChoicesIn, runtime: RuntimeDep, principal: Uploader) -> PreviewOut:
    """What an import would do, checked against the records and rolled back; of long files the first rows."""
    with runtime.db.reading() as session:
        upload = _seen(session, principal, upload_id)
        file = _as_file(session, runtime, upload, body)
    return PreviewOut.told(import_upload(runtime.db, principal, file, dry_run=True))


@router.post("/uploads/{upload_id}/start", status_code=status.HTTP_202_ACCEPTED)
def start_upload(upload_id: int, body: ChoicesIn, runtime: RuntimeDep, principal: Uploader) -> UploadOut:
    """Let a job take the rows. Wrong rows are reported and stop nothing else; 409 when it was started before."""
    with runtime.db.unit_of_work() as session:
        _seen(session, principal, upload_id)
        upload = uploads.start_upload(session, principal, upload_id, body.model_dump())
        return UploadOut.of(upload)


@router.get(
    "/{run_id}/errors-file",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}, "application/x-ndjson": {}}}},
)
def download_errors(run_id: int, session: Reading, runtime: RuntimeDep, principal: Uploader) -> Response:
    """The rows that were not taken, with what is wrong: mend them there and import that file."""
    run = queries.get_run(session, principal, run_id)
    require(principal, permission_to_import(run.kind))
    upload = uploads.upload_of_run(session, run_id)
    if upload is None or upload.errors_key is None:
        rows = queries.list_row_errors(session, run_id, limit=100_000)
        headers = {"Content-Disposition": f'attachment; filename="import-{run_id}-errors.csv"'}
        return Response(error_rows(rows), media_type="text/csv; charset=utf-8", headers=headers)
    lines = upload.file_name.lower().endswith((".jsonl", ".ndjson"))
    stem = PurePosixPath(upload.file_name).stem
    return FileResponse(
        FileStore(runtime.settings.imports_dir).path(upload.errors_key),
        media_type="application/x-ndjson" if lines else "text/csv; charset=utf-8",
        filename=f"{stem}.errors{'.jsonl' if lines else '.csv'}",
    )


def _seen(session: Session, principal: Principal, upload_id: int) -> ImportUpload:
    upload = uploads.get_upload(session, principal, upload_id)
    require(principal, permission_to_import(upload.kind))
    return upload


def _as_file(session: Session, runtime: Runtime, upload: ImportUpload, body: ChoicesIn) -> UploadedFile:
    if upload.storage_key is None:
        raise NotFound("This file has been imported and is no longer kept. Choose it again.")
    shop = None if upload.shop_id is None else session.get_one(Shop, upload.shop_id).code
    path = FileStore(runtime.settings.imports_dir).path(upload.storage_key)
    return UploadedFile(upload.kind, path, upload.file_name, shop, body.model_dump())


def _plain_name(given: str) -> str:
    name = PureWindowsPath(PurePosixPath(given).name).name.replace("\x00", "")
    if not name or name in (".", "..") or len(name.encode()) > 200:
        raise InvalidInput("The file needs a name of at most 200 bytes, such as orders.csv.", field="file")
    return name
