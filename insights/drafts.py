"""What became of the drafts that agents were offered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session, aliased

from copilot.models import Suggestion, SuggestionState
from insights.figures import Share, share
from insights.periods import Period
from insights.scope import Scope
from insights.sql import between
from records.tickets.models import AuthorKind, Direction, Message, Ticket, TicketStatus, Visibility
from retrieval.types import COURTESY

DECIDED = ("accepted", "edited", "rejected", "ignored")
_Row = tuple[str, str | None, str, int]


@dataclass(frozen=True, slots=True)
class Fates:
    """The last draft with an answer for each customer message that asks something, unless it was sent by itself.

    accepted, edited, rejected: what the agent said of it. ignored: the agent wrote another reply, or the ticket was
    settled, and nothing was said of it. waiting: nobody has acted yet. overtaken: the customer wrote again first.
    `accepted_share` and `used_share` (accepted or edited) are of the first four together.
    """

    offered: int
    accepted: int
    edited: int
    rejected: int
    ignored: int
    waiting: int
    overtaken: int
    accepted_share: Share
    used_share: Share


@dataclass(frozen=True, slots=True)
class FatesOf:
    value: str | None
    fates: Fates


@dataclass(frozen=True, slots=True)
class Drafts:
    total: Fates
    by_intent: list[FatesOf]
    by_language: list[FatesOf]


def drafts(session: Session, scope: Scope, period: Period) -> Drafts:
    """By the ticket's intent as it stands now (a correction counts) and the draft's language."""
    rows = _rows(session, scope, period)
    return Drafts(
        total=_fates((fate, count) for fate, _, _, count in rows),
        by_intent=_split([(intent or None, fate, count) for fate, intent, _, count in rows]),
        by_language=_split([(language or None, fate, count) for fate, _, language, count in rows]),
    )


def _rows(session: Session, scope: Scope, period: Period) -> list[_Row]:
    newer, asked, reply, between_them = aliased(Suggestion), aliased(Message), aliased(Message), aliased(Message)
    replaced = (
        select(newer.id).where(newer.message_id == Suggestion.message_id, newer.ordinal > Suggestion.ordinal).exists()
    )
    wrote_again_first = (
        select(between_them.id)
        .where(
            between_them.ticket_id == Suggestion.ticket_id,
            between_them.seq > asked.seq,
            between_them.seq < reply.seq,
            between_them.direction == Direction.IN,
        )
        .correlate(Suggestion, asked, reply)  # by itself it would correlate with the query around it only
        .exists()
    )
    answered_otherwise = (
        select(reply.id)
        .where(
            asked.id == Suggestion.message_id,
            reply.ticket_id == Suggestion.ticket_id,
            reply.seq > asked.seq,
            reply.direction == Direction.OUT,
            reply.author_kind == AuthorKind.AGENT,
            reply.visibility == Visibility.PUBLIC,
            ~wrote_again_first,
        )
        .correlate(Suggestion)
        .exists()
    )
    pending = Suggestion.state == SuggestionState.PENDING
    over = Ticket.status.in_((TicketStatus.RESOLVED, TicketStatus.CLOSED))
    fate = case(
        (Suggestion.state.in_(DECIDED[:3]), Suggestion.state),
        (answered_otherwise, literal("ignored")),
        (pending & over, literal("ignored")),
        (pending, literal("waiting")),
        else_=literal("overtaken"),
    )
    found = (
        select(fate.label("fate"), Ticket.intent.label("intent"), Suggestion.language.label("language"))
        .join(Ticket, Ticket.id == Suggestion.ticket_id)
        .where(
            between(Suggestion.created_at, period.start, period.end),
            scope.tickets(),
            Suggestion.kind.not_in(("", "unknown", COURTESY)),
            Suggestion.state.not_in((SuggestionState.DRAFTING, SuggestionState.AUTO_SENT)),
            ~replaced,
        )
        .subquery()
    )
    columns = (found.c.fate, found.c.intent, found.c.language)
    rows = session.execute(select(*columns, func.count()).group_by(*columns))
    return [(fate, intent, language, count) for fate, intent, language, count in rows]


def _fates(counts: Iterable[tuple[str, int]]) -> Fates:
    n: Counter[str] = Counter()
    for fate, count in counts:
        n[fate] += count
    decided = sum(n[name] for name in DECIDED)
    return Fates(
        offered=sum(n.values()),
        accepted=n["accepted"],
        edited=n["edited"],
        rejected=n["rejected"],
        ignored=n["ignored"],
        waiting=n["waiting"],
        overtaken=n["overtaken"],
        accepted_share=share(n["accepted"], decided),
        used_share=share(n["accepted"] + n["edited"], decided),
    )


def _split(rows: list[tuple[str | None, str, int]]) -> list[FatesOf]:
    """Most offered first."""
    values = {value for value, _, _ in rows}
    split = [FatesOf(value, _fates((fate, n) for at, fate, n in rows if at == value)) for value in values]
    return sorted(split, key=lambda part: (-part.fates.offered, part.value or ""))
