"""Reads of attachments."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from records.attachments.models import Attachment
from records.principals import Principal


def get_attachment(session: Session, principal: Principal, attachment_id: int) -> Attachment:
    """Raises NotFound, also for shops out of reach."""
    row = session.get(Attachment, attachment_id)
    if row is None or not principal.may_see_shop(row.shop_id):
        raise NotFound(f"There is no attachment {attachment_id} that you may see.")
    return row


def unsent_of(session: Session, uploader_kind: str, uploader_id: int) -> tuple[int, int]:
    """(number, bytes) of what this uploader has uploaded and not sent."""
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(Attachment.size), 0)).where(
            Attachment.uploader_kind == uploader_kind,
            Attachment.uploader_id == uploader_id,
            Attachment.message_id.is_(None),
        )
    ).one()
    return int(row[0]), int(row[1])


def known_keys(session: Session, keys: Sequence[str]) -> set[str]:
    """Those of the storage keys that have a row."""
    return set(session.scalars(select(Attachment.storage_key).where(Attachment.storage_key.in_(keys))))
