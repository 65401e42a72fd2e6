"""Files of messages: taken by their content, given back as downloads."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, File, Request, Response, UploadFile, status
from fastapi.responses import FileResponse
from sqlalchemy.orm import Session

from api.deps import Reading, RuntimeDep, allowed
from api.schemas.tickets import AttachmentOut, NewMessageIn
from api.versioned import versioned
from copilot.policies import Permission
from copilot.runtime import Runtime
from core.errors import InvalidInput
from core.storage import FileStore
from records.attachments import actions, queries
from records.attachments.media_types import IMAGES
from records.attachments.models import Attachment
from records.principals import Principal
from records.tickets import queries as tickets
from records.tickets.models import Ticket

router = versioned("/tickets", tags=["attachments"])
files = versioned("/attachments", tags=["attachments"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_TICKETS))]
Writer = Annotated[Principal, Depends(allowed(Permission.WRITE_TICKETS))]
Upload = Annotated[UploadFile, File(description="an image, PDF, text or MP4 file; settings may differ")]
# Whatever is in a file, it runs nothing and loads nothing.
SANDBOX = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"


@router.post("/{ticket_id}/attachments", status_code=status.HTTP_201_CREATED)
def upload_attachment(ticket_id: int, file: Upload, runtime: RuntimeDep, principal: Writer) -> AttachmentOut:
    """Upload a file, then name it in `attachment_ids` of a message. What is not sent within a day is removed."""
    with runtime.db.reading() as session:
        shop_id = tickets.get_ticket(session, principal, ticket_id).shop_id
    return store(runtime, uploader_of(principal), file, shop_id=shop_id, ticket_id=ticket_id)


@files.get("/{attachment_id}", response_class=FileResponse)
def download_attachment(
    attachment_id: int, request: Request, session: Reading, principal: Reader, runtime: RuntimeDep
) -> Response:
    """The file. Images may be shown in place, everything else is a download."""
    return as_response(runtime, request, queries.get_attachment(session, principal, attachment_id))


def store(
    runtime: Runtime, uploader: actions.Uploader, file: UploadFile, *, shop_id: int, ticket_id: int | None
) -> AttachmentOut:
    """The bytes first, with no transaction open, then the row; without the row the bytes go again."""
    settings, store = runtime.settings, FileStore(runtime.settings.files_dir)
    stored = store.save(file.file, settings.attachment_max_bytes)
    try:
        media_type = actions.checked_type(stored, settings.accepted_types)
        with runtime.db.unit_of_work() as session:
            row = actions.keep(
                session,
                uploader,
                shop_id=shop_id,
                ticket_id=ticket_id,
                name=file.filename or "",
                media_type=media_type,
                stored=stored,
            )
            return AttachmentOut.model_validate(row)
    except BaseException:
        store.delete(stored.key)
        raise


def as_response(runtime: Runtime, request: Request, row: Attachment) -> Response:
    headers = {
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",  # kept, and asked for again each time: rights may have ended
        "ETag": f'"{row.sha256}"',
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    place = "inline" if row.media_type in IMAGES else "attachment"
    headers["Content-Disposition"] = f"{place}; filename*=UTF-8''{quote(row.name)}"
    path = FileStore(runtime.settings.files_dir).path(row.storage_key)
    media_type = "text/plain; charset=utf-8" if row.media_type == "text/plain" else row.media_type
    return FileResponse(path, media_type=media_type, headers=headers)


def uploader_of(principal: Principal) -> actions.Uploader:
    return actions.Uploader(principal.kind, principal.id)


def attach(session: Session, principal: Principal, ticket: Ticket, body: NewMessageIn) -> list[dict[str, object]]:
    """What the message stores of its files. Raises InvalidInput for a reply through a channel that carries none."""
    if not body.attachment_ids:
        return []
    if body.kind == "reply" and ticket.channel_account_id is not None and ticket.channel != "web":
        raise InvalidInput(
            f"The channel {ticket.channel!r} carries text only. Send the file another way, or add it to a note.",
            field="attachment_ids",
        )
    return actions.references(session, uploader_of(principal), ticket.shop_id, ticket.id, body.attachment_ids)
