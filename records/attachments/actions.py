"""Writes on attachments: keep an upload, bind it to the message that it is sent with, forget what was never sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import InvalidInput
from core.storage import StoredFile
from records.attachments.media_types import sniff
from records.attachments.models import Attachment
from records.tickets.models import Message

MAX_A_MESSAGE = 10
UNSENT_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Uploader:
    """`kind`: staff, api or chat_session; only who has uploaded a file can send it."""

    kind: str
    id: int | None


def checked_type(stored: StoredFile, accepted: Sequence[str]) -> str:
    """The media type by the content. Raises InvalidInput when it is not among `accepted`, or the file is empty."""
    if not stored.size:
        raise InvalidInput("The file is empty.", field="file")
    media_type = sniff(stored.head)
    if media_type is None or media_type not in accepted:
        raise InvalidInput(
            f"Files of this kind are not taken. Send one of: {', '.join(accepted)}.",
            field="file",
            media_type=media_type,
        )
    return media_type


def checked_name(name: str) -> str:
    """The file's own name without folders and control characters, at most 200 characters, its ending kept."""
    plain = PureWindowsPath(PurePosixPath(name).name).name
    plain = "".join(character for character in plain if character.isprintable()).strip(" .")
    if len(plain) <= 200:
        return plain or "file"
    ending = PurePosixPath(plain).suffix[:16]
    return plain[: 200 - len(ending)] + ending


def keep(
    session: Session,
    uploader: Uploader,
    *,
    shop_id: int,
    ticket_id: int | None,
    name: str,
    media_type: str,
    stored: StoredFile,
) -> Attachment:
    """A row for a stored file. It is gone after UNSENT_SECONDS unless a message takes it along."""
    row = Attachment(
        shop_id=shop_id,
        ticket_id=ticket_id,
        name=checked_name(name),
        media_type=media_type,
        size=stored.size,
        sha256=stored.sha256,
        storage_key=stored.key,
        uploader_kind=uploader.kind,
        uploader_id=uploader.id,
    )
    session.add(row)
    session.flush()
    return row


def references(
    session: Session, uploader: Uploader, shop_id: int, ticket_id: int | None, ids: Sequence[int]
) -> list[dict[str, Any]]:
    """What a message stores of its files, in the order of `ids`: {id, name, media_type, size}.

    Raises InvalidInput when one was sent already, is another's, or was uploaded for another ticket.
    """
    if len(set(ids)) != len(ids) or len(ids) > MAX_A_MESSAGE:
        raise InvalidInput(f"A message takes at most {MAX_A_MESSAGE} files, each once.", field="attachment_ids")
    rows = {row.id: row for row in session.scalars(select(Attachment).where(Attachment.id.in_(ids)).with_for_update())}
    for attachment_id in ids:
        row = rows.get(attachment_id)
        if (
            row is None
            or row.message_id is not None
            or row.shop_id != shop_id
            or row.ticket_id not in (None, ticket_id)
            or (row.uploader_kind, row.uploader_id) != (uploader.kind, uploader.id)
        ):
            raise InvalidInput(
                f"There is no uploaded file {attachment_id} that can be sent here. Upload it again.",
                field="attachment_ids",
            )
    return [reference(rows[attachment_id]) for attachment_id in ids]


def reference(row: Attachment) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "media_type": row.media_type, "size": row.size}


def bind(session: Session, message: Message) -> None:
    """The files that the message refers to are sent with it, once for all. `message` is flushed."""
    ids = [item["id"] for item in message.attachments]
    if ids:
        session.execute(
            update(Attachment)
            .where(Attachment.id.in_(ids), Attachment.message_id.is_(None))
            .values(message_id=message.id, ticket_id=message.ticket_id)
            .execution_options(synchronize_session=False)
        )


def forget_unsent(session: Session, seconds: float = UNSENT_SECONDS) -> int:
    """Delete the rows of uploads that no message took along; returns how many. `remove_orphans` removes their files."""
    old = Attachment.message_id.is_(None), Attachment.created_at < db_now(-seconds)
    return len(list(session.scalars(delete(Attachment).where(*old).returning(Attachment.id))))
