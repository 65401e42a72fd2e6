"""What the bot answered by itself, what it handed over and why, and what each grant did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from copilot.models import Decision, Outcome, Suggestion
from insights.figures import Share, share
from insights.periods import Period
from insights.scope import Scope
from insights.sql import between
from records.tickets.models import AuthorKind, Direction, Message, Ticket, Visibility
from retrieval.types import COURTESY


@dataclass(frozen=True, slots=True)
class Reason:
    """`reason`: the first rule that failed, or why a person had to take over."""

    outcome: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class ByIntent:
    intent: str | None
    messages: int
    answered: Share
    handed_over: Share


@dataclass(frozen=True, slots=True)
class Automation:
    """Customer messages on which a decision was made: answered by the bot, suggested to an agent, or handed over. Mere
    courtesies are left out: greeting back is no work taken from anybody.

    `solved_alone`: of the tickets resolved in the period, those with a reply of the bot's and none of a person.
    """

    messages: int
    answered: Share
    suggested: Share
    handed_over: Share
    solved_alone: Share
    reasons: list[Reason]
    by_intent: list[ByIntent]


def automation(session: Session, scope: Scope, period: Period) -> Automation:
    rows = session.execute(
        select(Decision.outcome, Decision.reason, Ticket.intent, func.count())
        .join(Suggestion, Suggestion.id == Decision.suggestion_id)
        .join(Ticket, Ticket.id == Suggestion.ticket_id)
        .where(
            between(Suggestion.created_at, period.start, period.end),
            Suggestion.ordinal == 1,
            Suggestion.kind != COURTESY,
            scope.tickets(),
        )
        .group_by(Decision.outcome, Decision.reason, Ticket.intent)
    ).all()
    outcomes: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    intents: dict[str | None, Counter[str]] = {}
    for outcome, reason, intent, count in rows:
        outcomes[outcome] += count
        reasons[outcome, reason] += count
        intents.setdefault(intent or None, Counter())[outcome] += count
    total = outcomes.total()
    return Automation(
        messages=total,
        answered=share(outcomes[Outcome.AUTO_SEND], total),
        suggested=share(outcomes[Outcome.SUGGEST], total),
        handed_over=share(outcomes[Outcome.HAND_OVER], total),
        solved_alone=_solved_alone(session, scope, period),
        reasons=[
            Reason(outcome, reason, count)
            for (outcome, reason), count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        ],
        by_intent=sorted(
            (
                ByIntent(
                    intent,
                    n.total(),
                    share(n[Outcome.AUTO_SEND], n.total()),
                    share(n[Outcome.HAND_OVER], n.total()),
                )
                for intent, n in intents.items()
            ),
            key=lambda part: (-part.messages, part.intent or ""),
        ),
    )


def _solved_alone(session: Session, scope: Scope, period: Period) -> Share:
    def replied(author: AuthorKind) -> ColumnElement[bool]:
        message = aliased(Message)
        return (
            select(message.id)
            .where(
                message.ticket_id == Ticket.id,
                message.direction == Direction.OUT,
                message.author_kind == author,
                message.visibility == Visibility.PUBLIC,
            )
            .exists()
        )

    bot, person = replied(AuthorKind.BOT), replied(AuthorKind.AGENT)
    settled = between(Ticket.resolved_at, period.start, period.end) & scope.tickets()
    total = session.scalar(select(func.count()).select_from(Ticket).where(settled)) or 0
    alone = session.scalar(select(func.count()).select_from(Ticket).where(settled, bot, ~person)) or 0
    return share(alone, total)


@dataclass(frozen=True, slots=True)
class GrantDeeds:
    """What a grant did: replies sent under it, the last one, and in how many of these tickets the customer wrote again
    or a person replied afterwards."""

    grant_id: int
    sent: int
    last_sent_at: datetime | None
    wrote_again: Share
    person_replied: Share


def grant_deeds(session: Session, scope: Scope) -> list[GrantDeeds]:
    """For all grants that ever sent something, since they were made."""
    sent, later = aliased(Message), aliased(Message)

    def afterwards(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return select(later.id).where(later.ticket_id == sent.ticket_id, later.seq > sent.seq, *conditions).exists()

    again = afterwards(later.direction == Direction.IN)
    person = afterwards(later.author_kind == AuthorKind.AGENT, later.visibility == Visibility.PUBLIC)
    rows = session.execute(
        select(
            Decision.grant_id,
            func.count(),
            func.max(sent.created_at),
            func.count().filter(again),
            func.count().filter(person),
        )
        .join(Suggestion, Suggestion.id == Decision.suggestion_id)
        .join(sent, sent.suggestion_id == Suggestion.id)
        .join(Ticket, Ticket.id == Suggestion.ticket_id)
        .where(Decision.grant_id.is_not(None), Decision.outcome == Outcome.AUTO_SEND, scope.tickets())
        .group_by(Decision.grant_id)
    )
    return [GrantDeeds(g, n, last, share(a, n), share(p, n)) for g, n, last, a, p in rows if g is not None]
