from __future__ import annotations

from datetime import datetime
from typing import Literal

from api.schemas.common import Row


class UseOut(Row):
    """A draft that cited the document. `version`: of the article, as cited; `sent_text` "" when nothing was sent."""

    suggestion_id: int
    ticket_id: int
    shop_id: int
    subject: str
    status: str
    state: Literal["drafting", "pending", "accepted", "edited", "rejected", "superseded", "auto_sent"]
    version: int | None
    question: str
    draft: str
    sent_text: str
    reason: str
    created_at: datetime
    reviewed_at: datetime | None


class UsageOut(Row):
    """How many drafts cited the document, by what became of them. `last_used_at`: last sent, by whomever."""

    cited: int
    accepted: int
    edited: int
    rejected: int
    auto_sent: int
    waiting: int
    superseded: int
    last_used_at: datetime | None
