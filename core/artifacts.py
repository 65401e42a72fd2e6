"""Versions of trained things (classifier, fusion, adapter, prompt): a row each, files in storage, one active a kind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, PrimaryKey, db_now
from core.errors import Conflict


class Artifact(Base):
    __tablename__ = "artifacts"

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(32))
    version: Mapped[str] = mapped_column(String(128))
    path: Mapped[str] = mapped_column(String(255))  # relative to the data directory
    metrics: Mapped[dict[str, Any]]
    active: Mapped[bool] = mapped_column(default=False)
    replaced_id: Mapped[int | None]  # what was active before this one was: where a roll-back goes to
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())

    __table_args__ = (UniqueConstraint("kind", "version"),)


def register_artifact(session: Session, kind: str, version: str, path: str, metrics: dict[str, Any]) -> Artifact:
    """Add a version and make it the active one of its kind; the same version twice is activated again."""
    row = add_artifact(session, kind, version, path, metrics)
    activate(session, row)
    return row


def add_artifact(session: Session, kind: str, version: str, path: str, metrics: dict[str, Any]) -> Artifact:
    """Add a version without using it; one that is there already is returned as it is."""
    row = find_artifact(session, kind, version)
    if row is None:
        row = Artifact(kind=kind, version=version, path=path, metrics=metrics, active=False)
        session.add(row)
        session.flush()
    return row


def find_artifact(session: Session, kind: str, version: str) -> Artifact | None:
    return session.scalar(select(Artifact).where(Artifact.kind == kind, Artifact.version == version))


def activate(session: Session, row: Artifact) -> None:
    """Use this version from now on, and remember which one it replaces. The active one stays as it is."""
    current = active_artifact(session, row.kind)
    if current is row:
        return
    row.replaced_id = current.id if current else None
    deactivate(session, row.kind)
    row.active = True
    session.flush()


def deactivate(session: Session, kind: str) -> None:
    """Use no version of this kind: what comes with the program serves."""
    session.execute(update(Artifact).where(Artifact.kind == kind, Artifact.active).values(active=False))


def roll_back(session: Session, kind: str) -> Artifact | None:
    """Go back to what the active version replaced, None: to what comes with the program.

    Rolling back again goes further back. Raises Conflict when no version is active.
    """
    current = active_artifact(session, kind)
    if current is None:
        raise Conflict(f"No trained version of {kind} is active; there is nothing to take back.")
    before = session.get(Artifact, current.replaced_id) if current.replaced_id else None
    deactivate(session, kind)
    if before is not None:
        before.active = True
    session.flush()
    return before


def list_artifacts(session: Session, kind: str, limit: int = 20) -> list[Artifact]:
    """Versions of a kind, newest first."""
    return list(
        session.scalars(select(Artifact).where(Artifact.kind == kind).order_by(Artifact.id.desc()).limit(limit))
    )


def active_artifact(session: Session, kind: str) -> Artifact | None:
    return session.scalar(select(Artifact).where(Artifact.kind == kind, Artifact.active))


def active_artifacts(session: Session) -> dict[str, Artifact]:
    """{kind: its active version}, in one query."""
    return {row.kind: row for row in session.scalars(select(Artifact).where(Artifact.active))}
