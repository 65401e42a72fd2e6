"""Earned autonomy: what each intent has proven, what a supervisor allows, and the answers drawn for review."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from api.deps import IfMatch, Reading, RuntimeDep, Writing, allowed, set_etag
from api.schemas.autonomy import (
    AllowIn,
    AuditOut,
    AutonomyChangeOut,
    AutonomyOut,
    AutonomySettingsIn,
    AutonomySettingsOut,
    ByHandOut,
    EarnedIntentOut,
    ReliabilityOut,
)
from api.versioned import versioned
from copilot.autonomy import governing, reading
from copilot.policies import Permission
from records.principals import Principal

router = versioned("/autonomy", tags=["autonomy"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_GRANTS))]
Governor = Annotated[Principal, Depends(allowed(Permission.GRANT_AUTO_SEND))]


@router.get("/audits")
def list_audits(session: Reading, principal: Reader) -> list[AuditOut]:
    """Answers that would have been sent and wait for your verdict instead, the oldest first."""
    return [AuditOut.model_validate(row) for row in reading.audit_queue(session, principal)]


@router.get("/{shop_id}")
def read_autonomy(shop_id: int, session: Reading, principal: Reader, response: Response) -> AutonomyOut:
    """The shop's settings; of each intent what is earned or how many cases are missing; and what is granted by hand."""
    settings, intents = reading.progress(session, principal, shop_id)
    set_etag(response, settings.version)
    return AutonomyOut(
        settings=AutonomySettingsOut.model_validate(settings),
        intents=[EarnedIntentOut.model_validate(one) for one in intents],
        by_hand=[ByHandOut.model_validate(one) for one in reading.by_hand(session, principal, shop_id)],
    )


@router.patch("/{shop_id}")
def change_autonomy(
    shop_id: int,
    body: AutonomySettingsIn,
    session: Writing,
    principal: Governor,
    expected: IfMatch,
    response: Response,
) -> AutonomySettingsOut:
    """Off, propose or on; the precision to prove; the share that is audited."""
    changed = governing.change_settings(
        session, principal, shop_id, expected_version=expected, **body.model_dump(exclude_unset=True)
    )
    set_etag(response, changed.version)
    return AutonomySettingsOut.model_validate(changed)


@router.get("/{shop_id}/history")
def read_history(shop_id: int, session: Reading, principal: Reader) -> list[AutonomyChangeOut]:
    """Changes of state, newest first."""
    return [AutonomyChangeOut.model_validate(row) for row in reading.history(session, principal, shop_id)]


@router.get("/{shop_id}/reliability")
def read_reliability(shop_id: int, session: Reading, runtime: RuntimeDep, principal: Reader) -> ReliabilityOut:
    """Bins of a reliability diagram: does a score of 0.9 mean nine of ten?"""
    found = reading.reliability_of(session, principal, shop_id, runtime.acceptance())
    return ReliabilityOut.model_validate(found)


@router.post("/{shop_id}/{intent}/accept")
def accept_proposal(shop_id: int, intent: str, session: Writing, principal: Governor) -> EarnedIntentOut:
    """Put a proposal into force."""
    governing.accept_proposal(session, principal, shop_id, intent)
    return _shown(session, principal, shop_id, intent)


@router.put("/{shop_id}/{intent}")
def allow_earning(shop_id: int, intent: str, body: AllowIn, session: Writing, principal: Governor) -> EarnedIntentOut:
    """Forbid an intent to earn, which ends an earned grant at once, or let it begin anew."""
    governing.allow_earning(session, principal, shop_id, intent, allowed=body.allowed)
    return _shown(session, principal, shop_id, intent)


def _shown(session: Writing, principal: Principal, shop_id: int, intent: str) -> EarnedIntentOut:
    _, intents = reading.progress(session, principal, shop_id)
    return EarnedIntentOut.model_validate(next(one for one in intents if one.intent == intent))
