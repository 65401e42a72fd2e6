from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.common import Body, Row
from api.schemas.presence import PresentOut
from api.schemas.tickets import PriorityWord, Status
from copilot.models import Suggestion
from records.inbox.bulk import MAX_TICKETS, Outcome
from records.inbox.models import SavedView
from records.principals import Principal
from records.tickets.filters import TicketFilter
from records.tickets.listing import LastMessage, RowFacts
from records.tickets.models import Ticket

Sort = Literal["newest", "waiting", "priority"]
Word = Annotated[str, Field(max_length=64)]
Assignee = Annotated[str, Field(pattern=r"^(me|nobody|[1-9]\d{0,17})$", description="me, nobody or a staff id")]


class InboxFilters(Body):
    """What a list, a count and a saved view filter by. Left out or empty: not filtered."""

    status: list[Status] = Field(default_factory=list)
    priority: list[PriorityWord] = Field(default_factory=list)
    channel: list[Word] = Field([], max_length=20)
    tag: list[Word] = Field([], max_length=20, description="one of them is enough")
    assignee: Assignee | None = None
    shop_id: int | None = None
    intent: str | None = Field(None, max_length=64)
    category: str | None = Field(None, max_length=64)
    language: str | None = Field(None, max_length=8)
    waiting: bool = Field(False, description="only where the customer waits for a reply")
    q: str = Field("", max_length=200)

    def wanted(self, principal: Principal, ids: list[int] | None = None) -> TicketFilter:
        """`me` is whoever asks: a shared view shows everybody their own."""
        assignees = {None: None, "nobody": 0, "me": principal.id or -1}
        return TicketFilter(
            ids=ids or (),
            statuses=self.status,
            priorities=self.priority,
            channels=self.channel,
            tags=self.tag,
            assignee_id=assignees[self.assignee] if self.assignee in assignees else int(self.assignee or 0),
            shop_id=self.shop_id,
            intent=self.intent,
            category=self.category,
            language=self.language,
            waiting=self.waiting,
            text=self.q,
        )


class LastMessageOut(Row):
    """`text` is the beginning of it on one line, at most 160 characters."""

    text: str
    author_kind: Literal["customer", "agent", "bot", "system"]
    visibility: Literal["public", "note"]
    created_at: datetime
    attachments: int = Field(description="how many")

    @classmethod
    def of(cls, last: LastMessage | None) -> LastMessageOut | None:
        return None if last is None else cls.model_validate(last)


class WaitingSuggestionOut(Row):
    """A draft that nobody has looked at; `kind` unknown: there was no answer to draft."""

    id: int
    state: Literal["drafting", "pending"]
    kind: str
    confidence: float


class InboxRowOut(Row):
    """All that a row of the inbox shows, so that a page of them is one request."""

    id: int
    shop_id: int
    subject: str
    status: Status
    priority: PriorityWord
    intent: str | None
    category: str | None
    channel: str
    language: str | None
    tags: list[str]
    customer_id: int
    customer_name: str
    customer_tier: str | None
    assignee_id: int | None
    assignee_name: str | None
    unread: bool = Field(description="the customer has written since the reader last looked")
    waiting_since: datetime | None
    updated_at: datetime
    version: int
    last_message: LastMessageOut | None
    suggestion: WaitingSuggestionOut | None
    present: list[PresentOut] = Field(description="who else has it open now")

    @classmethod
    def of(
        cls, ticket: Ticket, facts: RowFacts, suggestion: Suggestion | None, present: list[PresentOut]
    ) -> InboxRowOut:
        """`ticket` with customer and tags loaded."""
        plain = {name: getattr(ticket, name) for name in cls.model_fields if name in Ticket.__table__.columns}
        return cls(
            **plain,
            tags=sorted(tag.tag for tag in ticket.tags),
            customer_name=ticket.customer.name,
            customer_tier=ticket.customer.tier,
            assignee_name=facts.assignees.get(ticket.assignee_id or 0),
            unread=ticket.id in facts.unread,
            last_message=LastMessageOut.of(facts.last.get(ticket.id)),
            suggestion=None if suggestion is None else WaitingSuggestionOut.model_validate(suggestion),
            present=present,
        )


class InboxCountsOut(Row):
    """`status` of all tickets; the others of what is active (new, open, pending). `views` by id of the saved view."""

    mine: int
    unassigned: int
    waiting: int
    active: int
    status: dict[str, int]
    priority: dict[str, int]
    channel: dict[str, int]
    tag: dict[str, int]
    views: dict[int, int]


class ViewIn(Body):
    name: str = Field(min_length=1, max_length=64)
    filters: InboxFilters
    sort: Sort = "newest"
    shared: bool = False


class ViewChanges(Body):
    """Fields that are left out stay as they are."""

    name: str | None = Field(None, min_length=1, max_length=64)
    filters: InboxFilters | None = None
    sort: Sort | None = None
    shared: bool | None = None
    position: int | None = Field(None, ge=0, le=1000)


class ViewOut(Row):
    id: int
    name: str
    filters: InboxFilters
    sort: Sort
    shared: bool
    own: bool = Field(description="the reader may change it")
    position: int
    version: int

    @classmethod
    def of(cls, view: SavedView, principal: Principal) -> ViewOut:
        plain = {name: getattr(view, name) for name in cls.model_fields if name not in ("own", "filters")}
        return cls(**plain, filters=InboxFilters.model_validate(view.filters), own=view.owner_id == principal.id)


class BulkTicketIn(Body):
    id: int
    version: int | None = Field(None, description="left out: change it whatever has happened to it meanwhile")


class BulkChangesIn(Body):
    """Fields that are left out stay as they are; `assignee_id` null takes the tickets from their agents."""

    status: Status | None = None
    priority: PriorityWord | None = None
    assignee_id: int | None = None
    add_tags: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field([], max_length=20)
    remove_tags: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field([], max_length=20)


class BulkIn(Body):
    tickets: list[BulkTicketIn] = Field(min_length=1, max_length=MAX_TICKETS)
    changes: BulkChangesIn


class BulkResultOut(Row):
    """`conflict`: somebody was first; `before` and `after` hold the fields that changed, `version` is the one now."""

    ticket_id: int
    result: Literal["changed", "unchanged", "conflict", "missing", "refused"]
    before: dict[str, Any]
    after: dict[str, Any]
    version: int | None
    detail: str

    @classmethod
    def all_of(cls, outcomes: list[Outcome]) -> list[BulkResultOut]:
        return [cls.model_validate(one) for one in outcomes]


class BulkOut(Row):
    """`id` undoes it: POST /api/v1/tickets/bulk/{id}/undo."""

    id: int
    results: list[BulkResultOut]
