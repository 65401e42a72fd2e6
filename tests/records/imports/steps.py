"""What the tests of imports share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from core.db import Database
from records.imports.report import ImportReport

Import = Callable[..., ImportReport]
CUSTOMERS = 'external_id,name,phone,tags\nu1,王芳,13800000001,"vip,老客户"\nu2,李雷,,\n'
ORDERS = (
    "order_no,customer_external_id,status,total,currency,placed_at\n"
    "313021098954,u1,已付款,¥1299,CNY,2025-04-01 08:30:00\n"
    '313021098955,u2,已签收,"1,304.80",,2025/4/2\n'
)


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.failed


def rows(db: Database, model: Any) -> list[Any]:
    with db.reading() as session:
        return list(session.scalars(select(model).order_by(model.id)))
