from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, PrimaryKey, db_now


class UploadState(StrEnum):
    UPLOADED = "uploaded"  # to be looked at: nothing has been written
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ImportRun(Base):
    """One import of one file. `digest` is of the file's bytes; `rows_done` is where an interrupted run goes on."""

    __tablename__ = "import_runs"

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(32))
    shop_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("shops.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default="running")  # running, done
    rows_done: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(server_default=db_now())
    finished_at: Mapped[datetime | None]


class ImportRowError(Base):
    """A row that could not be taken, with what to do about it."""

    __tablename__ = "import_errors"

    id: Mapped[PrimaryKey]
    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("import_runs.id", ondelete="CASCADE"), index=True)
    row: Mapped[int]
    field: Mapped[str] = mapped_column(String(128))
    value: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(String(32), default="", server_default="")

    __table_args__ = (UniqueConstraint("run_id", "row", "field"),)


class ImportUpload(Base):
    """A file that somebody has sent to be imported: looked at, mapped, then taken by a job.

    `storage_key` is where its bytes are until it is done, `errors_key` the file of the rows that were not taken.
    `options` is what was chosen: {"columns": {theirs: ours}, "values": {field: {theirs: ours}}, "defaults": {field:
    value}, "audience": …, "draft": …}. `report` says what came of it.
    """

    __tablename__ = "import_uploads"

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(32))
    shop_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("shops.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int]
    storage_key: Mapped[str | None] = mapped_column(String(64))
    errors_key: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default=UploadState.UPLOADED)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rows_total: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str | None] = mapped_column(Text)
    run_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("import_runs.id"), index=True)
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    finished_at: Mapped[datetime | None]
