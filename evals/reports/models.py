from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, PrimaryKey, db_now


class ReportKind(StrEnum):
    BACKTEST = "backtest"


class ReportState(StrEnum):
    RUNNING = "running"  # asked for, or being made; it goes on where it stopped
    DONE = "done"
    FAILED = "failed"


class EvalReport(Base):
    """A study of one shop that takes minutes. `params` is what was asked for, `report` what came of it."""

    __tablename__ = "eval_reports"

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(16))
    shop_id: Mapped[int] = mapped_column(BigId, ForeignKey("shops.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default=ReportState.RUNNING)
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    finished_at: Mapped[datetime | None]


class EvalReportItem(Base):
    """One ticket of a backtest, or one finding: written as it is ready, so that a report can be resumed."""

    __tablename__ = "eval_report_items"

    id: Mapped[PrimaryKey]
    report_id: Mapped[int] = mapped_column(BigId, ForeignKey("eval_reports.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    ticket_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, Any]]

    __table_args__ = (UniqueConstraint("report_id", "ordinal"),)
