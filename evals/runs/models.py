from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, PrimaryKey, db_now


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class EvalRun(Base):
    """One measurement of everything on a fixed set of case versions.

    `versions` names every part that was measured, `summary` is what `evals.runs.summary` made of the results.
    """

    __tablename__ = "eval_runs"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(128), default="")
    state: Mapped[str] = mapped_column(String(16), default=RunState.RUNNING, index=True)
    wanted: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cases: Mapped[int] = mapped_column(default=0)
    versions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str] = mapped_column(Text, default="")
    author_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    finished_at: Mapped[datetime | None]


class EvalResult(Base):
    """What one case gave. The row is written, without `computed_at`, when the run begins: that fixes what is measured.

    `hits` are document ids in order, `said` the draft with its sentences and citations, `metrics` the case's own
    figures by name, `badness` how much an editor should look at it first (0: nothing to see).
    """

    __tablename__ = "eval_results"

    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("eval_runs.id", ondelete="CASCADE"), primary_key=True)
    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("eval_cases.id", ondelete="CASCADE"), primary_key=True)
    case_version: Mapped[int]
    hits: Mapped[list[str]] = mapped_column(default=list)
    said: Mapped[dict[str, Any]] = mapped_column(default=dict)
    metrics: Mapped[dict[str, Any]] = mapped_column(default=dict)
    badness: Mapped[float] = mapped_column(Float, default=0.0)
    computed_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_eval_results_run_id_badness", "run_id", "badness"),)
