"""What an event says about a question: read from the records, with personal data taken out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from copilot.conversation import HISTORY, conversation
from copilot.handover.states import Reason
from copilot.models import Review, Suggestion, SuggestionSource, SuggestionState
from core.events import Event
from evals.cases.models import Expected, Kind
from knowledge.cases.proposing import find_with_people, personal_data
from knowledge.cases.redaction import redact
from records.tickets.models import AuthorKind, Direction, Message, Visibility
from retrieval.classify.taxonomy import load_taxonomy
from retrieval.language import detect
from retrieval.small_talk import small_talk
from retrieval.types import COURTESY

NEEDS_A_PERSON = frozenset(
    {Reason.CUSTOMER_ASKED, Reason.POLICY, Reason.COMPLAINT}
)  # reasons of a hand-over that was right as such
UNHAPPY = 2  # a customer's word on the ticket, 1 to 5: up to this it is a thumb down
_WRONG_SOURCE = frozenset(
    {"fact", "policy", "missing"}
)  # kinds of an edit after which the draft's sources are in doubt
_KNOWLEDGE = ("article:", "case:")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One source of a case. `key` is the same for every event about it; `withdrawn`: it no longer says anything."""

    key: str
    kind: Kind
    withdrawn: bool = False
    ticket_id: int | None = None
    message_id: int | None = None
    question: str = ""
    language: str = "zh"
    shop_id: int | None = None
    intent: str | None = None
    intent_by_person: bool = False
    expected: Expected = Expected.UNKNOWN
    sources: tuple[str, ...] = ()
    good_answer: str = ""
    dangerous: bool = False
    settled: bool = False  # nothing is left for an editor to say


def read_evidence(session: Session, event: Event) -> Evidence | None:
    """None when the event is about no question, or what it names is gone."""
    match event.name:
        case "SuggestionReviewed" | "ReviewTagged" | "SuggestionReopened":
            return _review(session, int(event.data["suggestion_id"]))
        case "HandedOver":
            return _handed_over(session, event)
        case "ClassificationCorrected":
            return _corrected(session, event)
        case "SatisfactionGiven":
            return _satisfaction(session, event)
    return None


def automatic_answers(session: Session, event: Event) -> list[Evidence]:
    """What went out by itself in the ticket that `event` says is resolved: nobody has said whether it was right."""
    query = (
        select(Suggestion)
        .where(Suggestion.ticket_id == event.ticket_id, Suggestion.state == SuggestionState.AUTO_SENT)
        .order_by(Suggestion.id)
    )
    found = [
        _about(session, f"auto_sent:{one.id}", Kind.AUTO_SENT, one.ticket_id, one.message_id)
        for one in session.scalars(query)
    ]
    return [one for one in found if one is not None]


def reply_after(session: Session, ticket_id: int, message_id: int) -> tuple[str, tuple[str, ...]]:
    """(the first reply of an agent after the customer's message, redacted; the documents it cites), or ("", ())."""
    ticket = find_with_people(session, ticket_id)
    if ticket is None:
        return "", ()
    asked = next((m.seq for m in ticket.messages if m.id == message_id), None)
    said = [
        m
        for m in ticket.messages
        if asked is not None and m.seq > asked and m.visibility == Visibility.PUBLIC
        and m.direction == Direction.OUT and m.author_kind == AuthorKind.AGENT
        and (m.delivery is None or m.delivery.state not in ("failed", "cancelled"))
    ]  # fmt: skip
    if not said:
        return "", ()
    return redact(said[0].text, personal_data(session, ticket)).text, _documents(said[0])


def _review(session: Session, suggestion_id: int) -> Evidence | None:
    key = f"review:{suggestion_id}"
    suggestion = session.get(Suggestion, suggestion_id)
    if suggestion is None:
        return None
    review = session.scalar(select(Review).where(Review.suggestion_id == suggestion_id))
    if review is None:  # it was taken back
        return Evidence(key, Kind.REJECTED, withdrawn=True)
    cited = tuple(
        session.scalars(
            select(SuggestionSource.document_id)
            .where(SuggestionSource.suggestion_id == suggestion_id)
            .order_by(SuggestionSource.document_id)
        )
    )
    kind = Kind(review.verdict)
    sources, settled = cited, True
    if kind == Kind.EDITED:
        sent = session.get(Message, review.message_id) if review.message_id else None
        sources = _documents(sent) if sent is not None else cited
        settled = not _WRONG_SOURCE & set(review.kinds)
    if kind == Kind.REJECTED:
        sources, settled = (), False
    return _about(
        session,
        key,
        kind,
        suggestion.ticket_id,
        suggestion.message_id,
        expected=Expected.UNKNOWN if kind == Kind.REJECTED else Expected.ANSWER,
        sources=sources,
        good_answer=review.sent_text,
        dangerous=kind == Kind.REJECTED or review.confirmed_unverified or bool(_WRONG_SOURCE & set(review.kinds)),
        settled=settled,
    )


def _handed_over(session: Session, event: Event) -> Evidence | None:
    if event.ticket_id is None:
        return None
    suggestion_id = event.data.get("suggestion_id")
    suggestion = session.get(Suggestion, suggestion_id) if suggestion_id else None
    message_id = suggestion.message_id if suggestion else _last_inbound(session, event.ticket_id, event)
    right = event.data.get("reason") in NEEDS_A_PERSON
    return _about(
        session,
        f"handed_over:{message_id}",
        Kind.HANDED_OVER,
        event.ticket_id,
        message_id,
        expected=Expected.HAND_OVER if right else Expected.UNKNOWN,
        dangerous=right,
        settled=right,
    )


def _corrected(session: Session, event: Event) -> Evidence | None:
    if event.ticket_id is None or event.data.get("field") != "intent":
        return None
    rows = session.execute(
        select(Message.id, Message.text)
        .where(Message.ticket_id == event.ticket_id, Message.direction == Direction.IN)
        .order_by(Message.seq)
        .limit(HISTORY)
    )
    first = next((row.id for row in rows if small_talk(row.text) is None), None)
    intent = event.data.get("new")
    key = f"corrected:{event.ticket_id}"
    if not intent:
        return Evidence(key, Kind.CORRECTED, withdrawn=True)
    return _about(
        session, key, Kind.CORRECTED, event.ticket_id, first, intent=str(intent), dangerous=True, settled=True
    )


def _satisfaction(session: Session, event: Event) -> Evidence | None:
    key = f"thumbs_down:{event.ticket_id}"
    if event.ticket_id is None:
        return None
    if int(event.data["score"]) > UNHAPPY:  # a second, better word takes the first one back
        return Evidence(key, Kind.THUMBS_DOWN, withdrawn=True)
    message_id = _answered_by_the_bot(session, event) or _last_inbound(session, event.ticket_id, event)
    return _about(session, key, Kind.THUMBS_DOWN, event.ticket_id, message_id, dangerous=True)


def _about(
    session: Session,
    key: str,
    kind: Kind,
    ticket_id: int,
    message_id: int | None,
    *,
    expected: Expected = Expected.UNKNOWN,
    sources: tuple[str, ...] = (),
    good_answer: str = "",
    intent: str | None = None,
    dangerous: bool = False,
    settled: bool = False,
) -> Evidence | None:
    ticket = find_with_people(session, ticket_id)
    message = session.get(Message, message_id) if message_id else None
    if ticket is None or message is None:
        return None
    text, _ = conversation(session, ticket_id, message.seq)
    if not text.strip() or small_talk(text) is not None:  # a courtesy is no question
        return None
    personal = personal_data(session, ticket)
    about = intent or ticket.intent
    return Evidence(
        key,
        kind,
        ticket_id=ticket_id,
        message_id=message.id,
        question=redact(text, personal).text,
        language=detect(text, default="zh" if ticket.shop.language == "zh" else "en"),
        shop_id=ticket.shop_id,
        intent=about,
        intent_by_person=intent is not None,
        expected=expected,
        sources=tuple(s for s in sources if s.startswith(_KNOWLEDGE)),
        good_answer=redact(good_answer, personal).text,
        dangerous=dangerous or about in _risky(),
        settled=settled,
    )


@lru_cache(maxsize=1)
def _risky() -> frozenset[str]:
    return frozenset(name for name, intent in load_taxonomy().intents.items() if intent.risk)


def _documents(message: Message) -> tuple[str, ...]:
    cited = {str(one.get("document_id")) for one in message.citations if isinstance(one, dict)}
    return tuple(sorted(one for one in cited if one.startswith(_KNOWLEDGE)))


def _answered_by_the_bot(session: Session, event: Event) -> int | None:
    """The customer's message that the last reply answered, if that went out by itself: the word is about it, and not
    about a thank-you that came after it, nor about the bot's "you're welcome"."""
    said = session.execute(
        select(Message.author_kind, Suggestion.message_id)
        .outerjoin(Suggestion, Suggestion.id == Message.suggestion_id)
        .where(
            Message.ticket_id == event.ticket_id,
            Message.direction == Direction.OUT,
            Message.visibility == Visibility.PUBLIC,
            Message.created_at <= event.at,
            func.coalesce(Suggestion.kind, "") != COURTESY,
        )
        .order_by(Message.seq.desc())
        .limit(1)
    ).first()
    return said.message_id if said is not None and said.author_kind == AuthorKind.BOT else None


def _last_inbound(session: Session, ticket_id: int, event: Event) -> int | None:
    """The customer's last message that is more than a courtesy."""
    rows = session.execute(
        select(Message.id, Message.text)
        .where(Message.ticket_id == ticket_id, Message.direction == Direction.IN, Message.created_at <= event.at)
        .order_by(Message.seq.desc())
        .limit(HISTORY)
    )
    return next((row.id for row in rows if small_talk(row.text) is None), None)
