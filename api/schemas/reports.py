from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from api.schemas.common import Body, Row, Time

ReportKindWord = Literal["backtest"]


class ReportIn(Body):
    """`limit`: only the newest closed tickets (a backtest); `since`: only what happened from then on."""

    kind: ReportKindWord
    shop_id: int
    limit: int | None = Field(None, ge=1, le=100_000)
    since: Time | None = None


class ReportRowOut(Row):
    """`failed` says why in `error`; progress is that of its job under /api/v1/jobs."""

    id: int
    kind: ReportKindWord
    shop_id: int
    state: Literal["running", "done", "failed"]
    error: str
    created_by: int | None
    created_at: datetime
    finished_at: datetime | None


class ReportOut(ReportRowOut):
    """`report` is empty until it is done; its fields are described in docs/learning.md."""

    report: dict[str, Any]


class ReportItemOut(Row):
    ordinal: int
    ticket_id: int | None
    data: dict[str, Any]
