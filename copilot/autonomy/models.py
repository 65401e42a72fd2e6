from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Float, ForeignKey, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from copilot.autonomy.bounds import TARGET
from core.db import Base, BigId, PrimaryKey, db_now

DEFAULT_AUDIT_SHARE = 0.1


class Mode(StrEnum):
    OFF = "off"  # nothing is earned
    PROPOSE = "propose"  # what is earned waits for a supervisor's click
    ON = "on"  # what is earned is granted at once


class EarningState(StrEnum):
    COLLECTING = "collecting"  # not proven yet
    PROPOSED = "proposed"  # proven; waits for a click
    EARNED = "earned"  # a grant is in force
    WITHDRAWN = "withdrawn"  # the monitor saw it fall; only outcomes after that count
    FORBIDDEN = "forbidden"  # a supervisor's word


class AutonomySettings(Base):
    """What a shop allows its bot to earn. A shop without a row has the defaults. `version` is the ETag.

    `target`: the precision to prove. `audit_share`: the share of what would be sent that goes to review instead.
    """

    __tablename__ = "autonomy_settings"

    shop_id: Mapped[int] = mapped_column(BigId, ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    mode: Mapped[str] = mapped_column(String(16), default=Mode.PROPOSE)
    target: Mapped[float] = mapped_column(Float, default=TARGET)
    audit_share: Mapped[float] = mapped_column(Float, default=DEFAULT_AUDIT_SHARE)
    updated_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class EarnedIntent(Base):
    """How far one intent of a shop has come. Its history is the events `AutonomyChanged`.

    `looks`: how often the bound was computed, each at a smaller share of the error; `looked_at`: cases at the last one.
    `since`: only outcomes judged later count. `evidence` is `Earned` of the last look, as JSON.
    """

    __tablename__ = "earned_intents"

    id: Mapped[PrimaryKey]
    shop_id: Mapped[int] = mapped_column(BigId, ForeignKey("shops.id", ondelete="CASCADE"))
    intent: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default=EarningState.COLLECTING)
    allowed: Mapped[bool] = mapped_column(default=True, server_default=true())
    looks: Mapped[int] = mapped_column(default=0)
    looked_at: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime | None]
    threshold: Mapped[float | None] = mapped_column(Float)
    score_version: Mapped[str] = mapped_column(String(128), default="")
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    grant_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("auto_send_grants.id"))
    changed_at: Mapped[datetime] = mapped_column(server_default=db_now())

    __table_args__ = (UniqueConstraint("shop_id", "intent"),)
