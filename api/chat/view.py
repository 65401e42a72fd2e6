"""A conversation as its shopper sees it, put together from the rooms below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat import cards
from api.schemas.chat import (
    ChatMessageOut,
    ChatPeopleOut,
    ChatSatisfactionOut,
    ChatSentenceOut,
    ChatSourceOut,
    ChatTicketOut,
    ConversationOut,
    OrderCardOut,
)
from api.schemas.tickets import AttachmentOut
from channels.chat import conversation
from channels.chat.sessions import Shopper
from copilot import shopper as bot
from copilot.shopper import SaidSentence
from core.db import db_now
from knowledge.models import Article, ArticleVersion
from knowledge.public.queries import offered
from records.people.models import Staff
from records.shops.hours import opening
from records.shops.models import Shop
from records.tickets.models import AuthorKind, Message, Ticket, TicketStatus

PAGE = 100  # messages
_ARTICLE = "article:"
CLIENT_PREFIX = "chat:"  # keeps a shopper's ids apart from those of staff and bot in the same ticket


def show_conversation(session: Session, shop: Shop, shopper: Shopper, *, before: int | None = None) -> ConversationOut:
    tickets = conversation.tickets_of(session, shopper)
    rows = conversation.messages_of(session, tickets, before=before, limit=PAGE + 1)
    current = tickets[0] if tickets else None
    return ConversationOut(
        verified=shopper.session.verified,
        name=shopper.session.name,
        ticket=_ticket(session, current) if current else None,
        messages=show_messages(session, shop, shopper, rows[-PAGE:], tickets),
        more=len(rows) > PAGE,
        bot_answering=current is not None and bot.is_answering(session, current),
        agent_typing=conversation.typing_agent(session, current.id) if current else None,
        people=show_people(session, shop),
    )


def show_people(session: Session, shop: Shop) -> ChatPeopleOut:
    """Who is there, without promises: by the staff's open tickets and by the shop's hours."""
    now = session.scalar(select(db_now()))
    assert now is not None
    hours = opening(shop, now)
    present = conversation.staff_present(session, shop.id)
    return ChatPeopleOut(present=present, open=hours.open, opens_at=hours.opens_at)


def show_messages(
    session: Session, shop: Shop, shopper: Shopper, rows: Sequence[Message], tickets: Sequence[Ticket]
) -> list[ChatMessageOut]:
    said = bot.sentences_of(session, rows)
    orders = cards.cards(
        session, shopper.principal, shop.id, (n for row in rows for n in cards.order_ids(row.citations))
    )
    pages = _readable(session, shop.id, (item for row in rows for item in row.citations))
    names = _agents(session, tickets)
    return [_message(row, said.get(row.id, ()), orders, pages, names) for row in rows]


def _ticket(session: Session, ticket: Ticket) -> ChatTicketOut:
    over = ticket.status in (TicketStatus.RESOLVED, TicketStatus.CLOSED)
    by_bot = bot.bot_is_on(session, ticket)
    return ChatTicketOut(
        id=ticket.id,
        status="resolved" if over else "open",
        handled_by="bot" if by_bot else "people",
        handed_over=ticket.bot_stopped and not over,
        agent=_agents(session, [ticket]).get((ticket.id, ticket.assignee_id)),
        seen_seq=conversation.seen_by_staff(session, ticket.id),
        satisfaction=_satisfaction(ticket),
    )


def _satisfaction(ticket: Ticket) -> ChatSatisfactionOut | None:
    if ticket.satisfaction is None:
        return None
    return ChatSatisfactionOut(score=ticket.satisfaction, comment=ticket.satisfaction_comment)


def _agents(session: Session, tickets: Iterable[Ticket]) -> dict[tuple[int, int | None], str]:
    """Names of those who have these tickets. Another author stays nameless: it may be a shop's program."""
    assigned = {ticket.id: ticket.assignee_id for ticket in tickets if ticket.assignee_id is not None}
    rows = session.execute(select(Staff.id, Staff.display_name).where(Staff.id.in_(set(assigned.values()))))
    names = {row.id: row.display_name for row in rows} if assigned else {}
    return {(ticket_id, staff_id): names[staff_id] for ticket_id, staff_id in assigned.items() if staff_id in names}


def _message(
    row: Message,
    said: Sequence[SaidSentence],
    orders: Mapping[int, OrderCardOut],
    pages: Mapping[str, str],
    names: Mapping[tuple[int, int | None], str],
) -> ChatMessageOut:
    sources = [_source(item, pages) for item in row.citations]
    numbers = {source.number for source in sources}
    own = row.author_kind == AuthorKind.CUSTOMER
    return ChatMessageOut(
        id=row.id,
        ticket_id=row.ticket_id,
        seq=row.seq,
        client_id=row.client_id.removeprefix(CLIENT_PREFIX) if own and row.client_id else None,
        author=cast(Literal["customer", "agent", "bot", "system"], row.author_kind),
        name=names.get((row.ticket_id, row.author_id), "") if row.author_kind == AuthorKind.AGENT else "",
        text=row.text,
        sentences=[ChatSentenceOut(text=s.text, sources=[n for n in s.citations if n in numbers]) for s in said],
        sources=sources,
        orders=[orders[n] for n in cards.order_ids(row.citations) if n in orders],
        attachments=[AttachmentOut.model_validate(item) for item in row.attachments],
        created_at=row.created_at,
    )


def _source(item: Mapping[str, Any], pages: Mapping[str, str]) -> ChatSourceOut:
    at = item.get("published_at")
    return ChatSourceOut(
        number=item["number"],
        kind=item["source_kind"],
        title=item["title"],
        version=item.get("version"),
        published_at=datetime.fromisoformat(at) if at else None,
        url=pages.get(item["document_id"]),
    )


def _readable(session: Session, shop_id: int, citations: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """document id → the help centre's page, of articles that anybody may read there now."""
    named = {str(item["document_id"]).removeprefix(_ARTICLE) for item in citations if item["source_kind"] == "article"}
    wanted = {int(number) for number in named if number.isascii() and number.isdecimal()}
    if not wanted:
        return {}
    query = select(Article.id).join(ArticleVersion, ArticleVersion.article_id == Article.id)
    live = session.scalars(query.where(Article.id.in_(wanted), offered(shop_id)))
    return {f"{_ARTICLE}{number}": f"/help/articles/{number}" for number in live}
