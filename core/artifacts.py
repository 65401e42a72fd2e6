"""Versions of trained things (classifier, fusion, adapter, prompt): a row each, files in storage, one active a kind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, PrimaryKey, db_now


class Artifact(Base):
    __tablename__ = "artifacts"

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(32))
    version: Mapped[str] = mapped_column(String(128))
    path: Mapped[str] = mapped_column(String(255))  # relative to the data directory
    metrics: Mapped[dict[str, Any]]
    active: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())

    __table_args__ = (UniqueConstraint("kind", "version"),)


def register_artifact(session: Session, kind: str, version: str, path: str, metrics: dict[str, Any]) -> Artifact:
    """Add a version and make it the active one of its kind; the same version twice is activated again."""
    row = session.scalar(select(Artifact).where(Artifact.kind == kind, Artifact.version == version))
    session.execute(update(Artifact).where(Artifact.kind == kind).values(active=False))
    if row is None:
        row = Artifact(kind=kind, version=version, path=path, metrics=metrics)
        session.add(row)
    row.active = True
    session.flush()
    return row


def list_artifacts(session: Session, kind: str, limit: int = 20) -> list[Artifact]:
    """Versions of a kind, newest first."""
    return list(
        session.scalars(select(Artifact).where(Artifact.kind == kind).order_by(Artifact.id.desc()).limit(limit))
    )


def active_artifact(session: Session, kind: str) -> Artifact | None:
    return session.scalar(select(Artifact).where(Artifact.kind == kind, Artifact.active))
