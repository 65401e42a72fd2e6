"""Files that wait to be imported: kept, looked at, started, and told of when they are done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import Conflict, NotFound
from core.events import emit
from core.storage import FileStore
from records import events
from records.imports.models import ImportUpload, UploadState
from records.people.actions import record_access
from records.principals import Principal

FORGOTTEN_AFTER = timedelta(days=1)


def visible(principal: Principal) -> Select[ImportUpload]:
    query = select(ImportUpload)
    if principal.shops is not None:
        query = query.where(or_(ImportUpload.shop_id.in_(principal.shops), ImportUpload.shop_id.is_(None)))
    return query


def get_upload(session: Session, principal: Principal, upload_id: int) -> ImportUpload:
    """Raises NotFound, also for uploads of shops out of reach."""
    upload = session.scalar(visible(principal).where(ImportUpload.id == upload_id))
    if upload is None:
        raise NotFound(f"There is no uploaded file {upload_id} that you may see. Choose the file again.")
    return upload


def keep_upload(
    session: Session,
    principal: Principal,
    *,
    kind: str,
    shop_id: int | None,
    file_name: str,
    storage_key: str,
    size: int,
    rows: int,
) -> ImportUpload:
    """Remember a file that has been stored and could be read. `shop_id` None: articles for every shop."""
    if shop_id is not None:
        principal.require_shop(shop_id)
    upload = ImportUpload(
        kind=kind,
        shop_id=shop_id,
        file_name=file_name[-255:],
        size=size,
        storage_key=storage_key,
        rows_total=rows,
        actor_kind=principal.kind,
        actor_id=principal.id,
    )
    session.add(upload)
    session.flush()
    session.refresh(upload)
    return upload


def start_upload(session: Session, principal: Principal, upload_id: int, options: Mapping[str, Any]) -> ImportUpload:
    """Let a job take the rows. Raises NotFound, Conflict when it was started before."""
    upload = get_upload(session, principal, upload_id)
    session.refresh(upload, with_for_update=True)
    if upload.state != UploadState.UPLOADED:
        raise Conflict("This file has been started already. Choose it again to import it again.", state=upload.state)
    upload.state, upload.options = UploadState.QUEUED, dict(options)
    record_access(session, principal, f"import.{upload.kind}", "import", upload.id)
    emit(session, events.ImportRequested, actor=principal.actor, shop_id=upload.shop_id, upload_id=upload.id)
    return upload


def note_progress(session: Session, upload_id: int, done: int, total: int) -> None:
    """`total` 0 says nothing: it is not known."""
    values: dict[str, Any] = {"state": UploadState.RUNNING, "rows_done": done}
    if total:
        values["rows_total"] = total
    unfinished = ImportUpload.state.in_([UploadState.QUEUED, UploadState.RUNNING])
    session.execute(update(ImportUpload).where(ImportUpload.id == upload_id, unfinished).values(**values))


def conclude_upload(
    session: Session, upload_id: int, report: Mapping[str, Any], *, run_id: int | None, errors_key: str | None
) -> None:
    """The rows are taken: what came of it is kept, the file is not."""
    upload = session.get_one(ImportUpload, upload_id)
    upload.state, upload.report, upload.run_id, upload.errors_key = UploadState.DONE, dict(report), run_id, errors_key
    upload.rows_done = upload.rows_total
    upload.storage_key = None
    upload.finished_at = session.scalar(select(db_now()))


def fail_upload(session: Session, upload_id: int, error: str) -> None:
    """The file could not be imported at all; `error` says why and what to do."""
    upload = session.get(ImportUpload, upload_id)
    if upload is not None and upload.state != UploadState.DONE:
        upload.state, upload.error = UploadState.FAILED, error[:2_000]
        upload.finished_at = session.scalar(select(db_now()))


def upload_of_run(session: Session, run_id: int) -> ImportUpload | None:
    """The newest upload that became this run; None when a command or another door imported it."""
    query = select(ImportUpload).where(ImportUpload.run_id == run_id).order_by(ImportUpload.id.desc()).limit(1)
    return session.scalar(query)


def forget_uploads(session: Session, files: FileStore, now: datetime) -> None:
    """Remove what was never started, or could not be imported. The caller's clock will do: it is about a day."""
    old = select(ImportUpload).where(
        ImportUpload.state.in_([UploadState.UPLOADED, UploadState.FAILED]),
        ImportUpload.created_at < now - FORGOTTEN_AFTER,
    )
    for upload in session.scalars(old):
        if upload.storage_key:
            files.delete(upload.storage_key)
        session.delete(upload)
