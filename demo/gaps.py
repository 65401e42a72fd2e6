"""Questions that nobody has written an answer to: asked by several customers, handed over, answered by agents.

    path = write_questions(folder, "lehuo", now)    # a ticket file that the importer reads, before drafts are made
    answer_questions(session, "lehuo")              # afterwards: what the agents did with them

The copilot decides by itself in between; nothing here says that it must hand over.
"""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.models import Suggestion, SuggestionState
from copilot.review import reject
from core.yaml_text import parse_yaml
from records.people.models import Staff
from records.principals import Principal, Role
from records.tickets.actions import assign, lock_ticket, resolve
from records.tickets.messages import NewMessage, queue_reply
from records.tickets.models import AuthorKind, Ticket, TicketStatus

_PREFIX: Final = "GAP"
_EVERY: Final = 11  # customers apart
_REASONS: Final = {"zh": "答非所问，知识库里没有", "en": "Not what was asked; the knowledge base has nothing on it"}


@lru_cache(maxsize=1)
def questions() -> dict[str, list[dict[str, Any]]]:
    """By shop code: {language, hours, agent, text, reply}."""
    found: dict[str, list[dict[str, Any]]] = parse_yaml(
        (Path(__file__).parent / "gaps.yaml").read_text(encoding="utf-8")
    )
    return found


def write_questions(folder: Path, code: str, now: datetime) -> Path:
    """Tickets with the customer's question alone. `folder` is as `write_demo` made it."""
    with (folder / code / "customers.csv").open(encoding="utf-8", newline="") as stream:
        customers = [row["external_id"] for row in csv.DictReader(stream)]
    path = folder / code / "unanswered.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for number, one in enumerate(questions()[code], 1):
            at = (now - timedelta(hours=one["hours"])).replace(microsecond=0).isoformat()
            row = {
                "external_id": _key(code, number),
                "customer_external_id": customers[(_EVERY * number) % len(customers)],
                "subject": "",
                "channel": "web",
                "status": "new",
                "created_at": at,
                "language": one["language"],
                "messages": [
                    {"id": f"{_key(code, number)}-1", "author": "customer", "at": at, "text": one["text"],
                     "language": one["language"]}
                ],
            }  # fmt: skip
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def answer_questions(session: Session, code: str) -> int:
    """Agents answer what waits and resolve it; a draft that the copilot suggested all the same is rejected first.

    Left alone is what the copilot has not read yet. Returns how many tickets were answered; may be repeated.
    """
    return sum(_answer(session, _key(code, number), one) for number, one in enumerate(questions()[code], 1))


def _answer(session: Session, key: str, one: dict[str, Any]) -> bool:
    ticket_id = session.scalar(select(Ticket.id).where(Ticket.external_id == key))
    agent = session.scalar(select(Staff).where(Staff.username == one["agent"]))
    if ticket_id is None or agent is None:
        return False
    who = Principal("staff", agent.id, agent.display_name, Role.AGENT)
    ticket = lock_ticket(session, who, ticket_id)
    if ticket.status in (TicketStatus.RESOLVED, TicketStatus.CLOSED):
        return False
    draft = session.scalar(
        select(Suggestion).where(Suggestion.ticket_id == ticket_id).order_by(Suggestion.id.desc()).limit(1)
    )
    if draft is None:
        return False  # not read by the copilot yet
    if draft.state == SuggestionState.PENDING and not ticket.bot_stopped:
        reject(session, who, draft.id, expected_version=draft.version, reason=_REASONS[one["language"]])
    assign(session, who, ticket, agent.id)
    queue_reply(session, who, ticket, NewMessage(one["reply"], language=one["language"]), AuthorKind.AGENT)
    resolve(session, who, ticket)
    return True


def _key(code: str, number: int) -> str:
    return f"{_PREFIX}-{code}-{number:02}"
