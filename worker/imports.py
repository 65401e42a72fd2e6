"""The job that takes an uploaded file into the records."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from sqlalchemy.orm import Session

from copilot.policies import permission_to_import, require
from core.jobs.queue import Claim
from core.storage import FileStore
from knowledge.imports.uploads import Outcome, UploadedFile, import_upload
from records.imports import uploads
from records.imports.models import ImportUpload, UploadState
from records.people.sign_in import principal_of_actor
from records.shops.models import Shop
from worker.context import JobContext

ERRORS_LIMIT = 100_000_000  # bytes: the rows of an upload, each with what is wrong


def import_file(job: JobContext) -> None:
    """Rows in batches, each its own transaction: another attempt goes on where this one stopped."""
    upload_id, files = job.arg("upload_id"), FileStore(job.runtime.settings.imports_dir)
    with job.db.reading() as session:
        upload = session.get_one(ImportUpload, upload_id)
        if upload.state in (UploadState.DONE, UploadState.FAILED) or upload.storage_key is None:
            return
        principal = principal_of_actor(session, upload.actor_kind, upload.actor_id)
        require(principal, permission_to_import(upload.kind))
        shop = None if upload.shop_id is None else session.get_one(Shop, upload.shop_id).code
        key = upload.storage_key
        file = UploadedFile(upload.kind, files.path(key), upload.file_name, shop, upload.options)

    def progress(done: int, total: int) -> None:
        job.progress(done, total)
        with job.db.unit_of_work() as session:
            uploads.note_progress(session, upload_id, done, total)

    kept: list[str] = []

    def keep_errors(path: Path) -> None:
        with path.open("rb") as source:
            kept.append(files.save(source, ERRORS_LIMIT).key)

    progress(0, 0)
    outcome = import_upload(job.db, principal, file, progress=progress, keep_errors=keep_errors)
    with job.finish() as session:
        uploads.conclude_upload(
            session, upload_id, report_of(outcome), run_id=outcome.run_id, errors_key=kept[0] if kept else None
        )
    files.delete(key)


def report_of(outcome: Outcome) -> dict[str, object]:
    """What is kept of the outcome: all but the rows themselves."""
    return {name: value for name, value in asdict(outcome).items() if name not in ("sample", "run_id")}


def give_up(session: Session, claim: Claim, error: str) -> None:
    """The file cannot be imported: whoever waits for it is told why."""
    uploads.fail_upload(session, int(claim.args["upload_id"]), error)
