from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from api.schemas.common import Body, Row

Mode = Literal["off", "propose", "on"]


class AutonomySettingsOut(Row):
    """`version` is the ETag; 0: the defaults, nobody has set any yet."""

    shop_id: int
    mode: Mode
    target: float
    audit_share: float
    version: int


class AutonomySettingsIn(Body):
    """Fields that are left out stay as they are."""

    mode: Mode | None = None
    target: float | None = Field(None, description="the precision to prove, 0.8 to below 1")
    audit_share: float | None = Field(None, description="share of what would be sent that goes to review, 0.01 to 1")


class EarnedIntentOut(Row):
    """`cases_missing` more judged answers are needed at least. `evidence`: `right` of `n` answers at or above the
    threshold, proven `lower` with error `delta`; `audited`, `audited_wrong` since, `alarm` 1 withdraws."""

    shop_id: int
    intent: str
    state: Literal["collecting", "proposed", "earned", "withdrawn", "forbidden"]
    allowed: bool
    threshold: float | None
    score_version: str
    looks: int
    cases: int
    cases_missing: int
    evidence: dict[str, Any]
    grant_id: int | None


class ByHandOut(Row):
    """A grant by hand in force, or (`ended_at`) one that the monitor withdrew and nobody has given again."""

    grant_id: int
    intent: str
    since: datetime
    ended_at: datetime | None
    sent: int = Field(description="answers that went out under it")
    drawn: int = Field(description="answers that went to review instead")
    answers: int = Field(description="both")
    audited: int = Field(description="of those drawn, judged")
    wrong: int
    wrong_at_most: float | None = Field(description="share of wrong answers, 95% confidence; null: not measured yet")
    alarm: float = Field(description="1 withdraws the grant")


class AutonomyOut(Row):
    settings: AutonomySettingsOut
    intents: list[EarnedIntentOut]
    by_hand: list[ByHandOut]


class AllowIn(Body):
    allowed: bool


class AutonomyChangeOut(Row):
    id: int
    at: datetime
    actor_kind: str
    actor_id: int | None
    intent: str
    old: str
    new: str


class AuditOut(Row):
    """A draft that would have been sent; give your verdict as on any other."""

    id: int
    ticket_id: int
    message_id: int
    text: str
    created_at: datetime
    version: int


class BinOut(Row):
    low: float
    high: float
    n: int
    right: int
    mean_score: float
    share_low: float
    share_high: float


class ReliabilityOut(Row):
    version: str
    n: int
    ece: float
    bins: list[BinOut]
