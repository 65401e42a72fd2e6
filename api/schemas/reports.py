from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field

from api.schemas.common import Body, Row, Time
from evals.reports.models import EvalReport, EvalReportItem

ReportKindWord = Literal["backtest"]
ItemVerdict = Literal["wrong", "right", "untold", "silent"]


class ReportIn(Body):
    """`limit`: only the newest closed tickets (a backtest); `since`: only what happened from then on."""

    kind: ReportKindWord
    shop_id: int
    limit: int | None = Field(None, ge=1, le=100_000)
    since: Time | None = None


class ReportOut(Row):
    """`replayed` of `tickets` are done; `tickets` is null until the list is made. `failed` says why in `error`.

    `report` is empty until it is done; its fields are described in docs/learning.md.
    """

    id: int
    kind: ReportKindWord
    shop_id: int
    state: Literal["running", "done", "failed"]
    error: str
    created_by: int | None
    created_at: datetime
    finished_at: datetime | None
    limit: int | None
    since: datetime | None
    replayed: int
    tickets: int | None
    report: dict[str, Any]

    @classmethod
    def of(cls, row: EvalReport, replayed: int) -> Self:
        columns = ("id", "kind", "shop_id", "state", "error", "created_by", "created_at", "finished_at", "report")
        chosen = row.params.get("tickets")
        return cls(
            **{name: getattr(row, name) for name in columns},
            limit=row.params.get("limit"),
            since=row.params.get("since"),
            replayed=replayed,
            tickets=None if chosen is None else len(chosen),
        )


class ReportItemOut(Row):
    """One ticket. `data.right` is there when the report is done: null where it cannot be told."""

    ordinal: int
    ticket_id: int | None
    data: dict[str, Any]

    @classmethod
    def of(cls, row: EvalReportItem) -> Self:
        """Without the vectors that rightness was told by: they are of no use to a reader."""
        data = dict(row.data)
        if "agreement" in data:
            data["agreement"] = {name: value for name, value in data["agreement"].items() if name != "vectors"}
        return cls(ordinal=row.ordinal, ticket_id=row.ticket_id, data=data)
