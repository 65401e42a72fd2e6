"""How far each intent has come, for people: what is earned, on which evidence, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.autonomy.by_hand import ByHand, grants_by_hand
from copilot.autonomy.earning import next_look
from copilot.autonomy.model import UNTRAINED, AcceptanceModel
from copilot.autonomy.models import AutonomySettings, EarnedIntent
from copilot.autonomy.outcomes import judged
from copilot.autonomy.reliability import Bin, calibration_error, reliability
from copilot.autonomy.watching import settings_of
from copilot.decide import AUDIT
from copilot.events import AutonomyChanged
from copilot.models import Decision, Suggestion, SuggestionState
from core.events import Event
from records.principals import Principal
from records.shops.queries import get_shop
from records.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Progress:
    """`cases` judged answers count for the next look, `cases_missing` more are needed at least, all of them right."""

    shop_id: int
    intent: str
    state: str
    allowed: bool
    threshold: float | None
    score_version: str
    looks: int
    cases: int
    cases_missing: int
    evidence: dict[str, Any]
    grant_id: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """`old` and `new` are states; the actor is the system or a member of staff."""

    id: int
    at: datetime
    actor_kind: str
    actor_id: int | None
    intent: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Reliability:
    """Of judged answers that the model has not seen. `ece`: expected calibration error over the bins."""

    version: str
    n: int
    ece: float
    bins: tuple[Bin, ...]


def progress(session: Session, principal: Principal, shop_id: int) -> tuple[AutonomySettings, list[Progress]]:
    """The shop's settings and its intents by name. Raises NotFound for a shop out of reach."""
    get_shop(session, principal, shop_id)
    settings = settings_of(session, shop_id)
    rows = session.scalars(select(EarnedIntent).where(EarnedIntent.shop_id == shop_id).order_by(EarnedIntent.intent))
    return settings, [_progress(row, settings) for row in rows]


def by_hand(session: Session, principal: Principal, shop_id: int) -> list[ByHand]:
    """What the shop's grants by hand are worth (`grants_by_hand`). Raises NotFound for a shop out of reach."""
    get_shop(session, principal, shop_id)
    return grants_by_hand(session, shop_id)


def _progress(row: EarnedIntent, settings: AutonomySettings) -> Progress:
    cases = int(row.evidence.get("cases", 0))
    return Progress(
        shop_id=row.shop_id,
        intent=row.intent,
        state=row.state,
        allowed=row.allowed,
        threshold=row.threshold,
        score_version=row.score_version,
        looks=row.looks,
        cases=cases,
        cases_missing=max(next_look(settings, row) - cases, 0),
        evidence=dict(row.evidence),
        grant_id=row.grant_id,
    )


def history(session: Session, principal: Principal, shop_id: int, limit: int = 100) -> list[Change]:
    """Changes of state in a shop, newest first. Raises NotFound."""
    get_shop(session, principal, shop_id)
    query = select(Event).where(Event.name == AutonomyChanged.name, Event.shop_id == shop_id)
    told = session.scalars(query.order_by(Event.id.desc()).limit(limit)).all()
    rows = session.scalars(select(EarnedIntent).where(EarnedIntent.shop_id == shop_id))
    intents = {row.id: row.intent for row in rows}
    return [
        Change(
            one.id, one.at, one.actor_kind, one.actor_id, intents.get(one.data["earned_id"], ""), one.data["old"],
            one.data["new"],
        )
        for one in told
    ]  # fmt: skip


def audit_queue(
    session: Session, principal: Principal, limit: int = 100, *, shops: frozenset[int] | None = None
) -> Sequence[Suggestion]:
    """Drafts that were drawn for review and wait for a verdict, the oldest first; in the principal's shops, and of
    these in `shops` if any are named."""
    query = (
        select(Suggestion)
        .join(Decision, Decision.suggestion_id == Suggestion.id)
        .join(Ticket, Ticket.id == Suggestion.ticket_id)
        .where(Decision.reason == AUDIT, Suggestion.state == SuggestionState.PENDING)
        .order_by(Suggestion.id)
        .limit(limit)
    )
    if principal.shops is not None:
        query = query.where(Ticket.shop_id.in_(principal.shops))
    if shops is not None:
        query = query.where(Ticket.shop_id.in_(shops))
    return session.scalars(query).all()


def reliability_of(session: Session, principal: Principal, shop_id: int, model: AcceptanceModel | None) -> Reliability:
    """Does the score mean what it says, in this shop? Raises NotFound."""
    get_shop(session, principal, shop_id)
    outcomes = [one for one in judged(session, shop_id=shop_id) if not (model and model.has_seen(one.suggestion_id))]
    bins = reliability([one.score(model) for one in outcomes], [one.right for one in outcomes])
    return Reliability(model.version if model else UNTRAINED, len(outcomes), calibration_error(bins), bins)
