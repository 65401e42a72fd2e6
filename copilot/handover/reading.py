"""What the hand-over rules read: is an agent on it, does the bot repeat itself, does the customer ask for a person."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from copilot.events import HandedOver
from copilot.handover.states import Reason
from core.db import db_now
from core.events import Event
from records.presence.models import Presence, PresenceState
from records.tickets import queries
from records.tickets.models import AuthorKind, Delivery, DeliveryState, Direction, Message, Ticket, Visibility

MAX_BOT_REPLIES = 6  # of one conversation; a question that takes more is a person's
ALIKE = 0.9  # of the characters: the same answer in other punctuation, or with another greeting
_UNSAID = (DeliveryState.CANCELLED, DeliveryState.FAILED)
_WANTS = re.compile(
    r"转(?:接)?(?:到|给|至)?\s*(?:人工|真人|客服)|(?:要|找|叫|让|换|接|想和|想跟|给我)(?:个|一个"
    r"|你们的?)?\s*(?:人工|真人|活人|经理|主管|领导|店长)"
    r"|^\s*(?:人工|真人)(?:客服)?\s*[!！。.]*\s*$|(?:不要|不想(?:跟|和)?|别(?:用|让)|少用)机器人|人工客服"
    r"|人工服务|有(?:没有)?(?:真人|活人|人工)"
    r"|\b(?:talk|speak|chat|connect|transfer|put me through)\b[^.?!]{0,24}"
    r"\b(?:human|person|agent|representative|rep|someone|somebody|operator|manager|supervisor|people)\b"
    r"|\b(?:real|live|actual) (?:human|person|agent)\b|\b(?:human|agent|representative"
    r"|operator)[\s!.,]*(?:please)?\s*$"
    r"|\bnot? (?:a |talk(?:ing)? to a )?(?:ro)?bot\b|\bstop the bot\b|\b(?:want|need|get me) (?:a"
    r"|an) (?:human|person|agent)\b"
)
_WANTS_NOT = re.compile(
    r"(?:不用|不需要|别|不要|不必)(?:再)?(?:转)?(?:接)?人工|\b(?:no"
    r"|don't) need (?:for )?(?:a|an) (?:human|person|agent)\b"
)


def agent_on_it(session: Session, ticket: Ticket) -> bool:
    """An agent is assigned or has answered."""
    return ticket.assignee_id is not None or queries.agent_has_replied(session, ticket.id)


def handed_over_for(session: Session, ticket: Ticket) -> str | None:
    """The reason of the hand-over that is in force; None when there is none."""
    if not ticket.bot_stopped:
        return None
    told = select(Event.data).where(Event.ticket_id == ticket.id, Event.name == HandedOver.name)
    data = session.scalar(told.order_by(Event.id.desc()).limit(1))
    return str(data["reason"]) if data else Reason.TOOL_FAILURE


def agent_is_typing(session: Session, ticket_id: int) -> bool:
    """A member of staff writes in this ticket at this moment: the bot must not talk into it."""
    typing = select(Presence.id).where(
        Presence.ticket_id == ticket_id,
        Presence.actor_kind == "staff",
        Presence.state == PresenceState.TYPING,
        Presence.expires_at > db_now(),
    )
    return session.scalar(typing.limit(1)) is not None


def wants_person(text: str) -> bool:
    """The customer's own words ask for a person, whatever the classifier makes of them."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    return bool(_WANTS.search(_WANTS_NOT.sub(" ", folded)))


def repeats(session: Session, ticket: Ticket, text: str) -> bool:
    """The bot has said this, or nearly, since the ticket was opened, or it has spoken `MAX_BOT_REPLIES` times."""
    said = list(
        session.scalars(
            select(Message.text)
            .outerjoin(Delivery)
            .where(
                Message.ticket_id == ticket.id,
                Message.direction == Direction.OUT,
                Message.author_kind == AuthorKind.BOT,
                Message.visibility == Visibility.PUBLIC,
                func.coalesce(Delivery.state, "").not_in(_UNSAID),
            )
        )
    )
    if len(said) >= MAX_BOT_REPLIES:
        return True
    wanted = _bare(text)
    return any(_alike(_bare(one), wanted) for one in said)


def _alike(a: str, b: str) -> bool:
    return a == b or SequenceMatcher(None, a, b, autojunk=False).ratio() >= ALIKE


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())
