"""Live hints: "ticket 12 changed, read it again". Lossy by design, never a second data path.

One task a process reads new events from the database and hands their ids to that process's listeners, so hints cross
processes without a broker. Ids commit out of order: a short overlap is read again and known ids are skipped.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from starlette.concurrency import run_in_threadpool

from core.db import Database
from core.events import Event
from records.presence import queries as presence
from records.principals import Principal

log = logging.getLogger(__name__)
POLL_SECONDS = 0.5
OVERLAP = 200  # ids before the newest that are looked at again
KEPT = 2000
QUEUE = 500
PRESENCE = "PresenceChanged"


@dataclass(frozen=True, slots=True)
class Hint:
    """`name` of the event and the ids it concerns; no text. `id` 0: no event, somebody came to a ticket or left it."""

    id: int
    name: str
    shop_id: int | None
    ticket_id: int | None
    customer_id: int | None


class LiveHints:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._listeners: dict[asyncio.Queue[Hint], Principal] = {}
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._newest: int | None = None
        self._present: frozenset[presence.PresenceMark] = frozenset()
        self._reading = asyncio.Lock()

    async def follow(self) -> None:
        """Runs as long as the process. Nothing is read while nobody listens."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if not self._listeners:
                self._newest = None
                continue
            try:
                async with self._reading:
                    hints = await run_in_threadpool(self._read)
            except Exception:
                log.warning("live hints could not be read", exc_info=True)
                continue
            for hint in hints:
                self._publish(hint)

    @asynccontextmanager
    async def listening(self, principal: Principal) -> AsyncIterator[AsyncIterator[dict[str, object]]]:
        """Hints that this principal may have, of everything that commits from now on; a slow listener loses some."""
        waiting: asyncio.Queue[Hint] = asyncio.Queue(QUEUE)
        self._listeners[waiting] = principal
        try:
            async with self._reading:
                if self._newest is None:
                    await run_in_threadpool(self._read)
            yield _arriving(waiting)
        finally:
            self._listeners.pop(waiting, None)

    def _publish(self, hint: Hint) -> None:
        for waiting, principal in list(self._listeners.items()):
            if _concerns(hint, principal):
                with contextlib.suppress(asyncio.QueueFull):
                    waiting.put_nowait(hint)

    def _read(self) -> list[Hint]:
        with self._db.reading() as session:
            if self._newest is None:
                self._newest = session.scalar(select(func.max(Event.id))) or 0
                known = select(Event.id).where(Event.id > self._newest - OVERLAP)
                self._remember(list(session.scalars(known)))
                self._present = presence.marks(session)
                return []
            rows = session.execute(
                select(Event.id, Event.name, Event.shop_id, Event.ticket_id, Event.customer_id)
                .where(Event.id > self._newest - OVERLAP)
                .order_by(Event.id)
                .limit(1000)
            )
            fresh = [Hint(*row) for row in rows if row.id not in self._seen]
            present = presence.marks(session)
        self._remember([hint.id for hint in fresh])
        self._newest = max([self._newest, *(hint.id for hint in fresh)])
        # Compared and not read by time: a row that expires changes without being written.
        moved = {(mark.shop_id, mark.ticket_id, mark.customer_id) for mark in present ^ self._present}
        self._present = present
        return fresh + [Hint(0, PRESENCE, *ids) for ids in sorted(moved)]

    def _remember(self, ids: list[int]) -> None:
        for event_id in ids:
            self._seen[event_id] = None
        while len(self._seen) > KEPT:
            self._seen.popitem(last=False)


def _concerns(hint: Hint, principal: Principal) -> bool:
    """A customer is told of its own matters only; staff of everything in their shops."""
    if principal.kind == "customer":
        return principal.customer_id is not None and hint.customer_id == principal.customer_id
    return hint.shop_id is None or principal.may_see_shop(hint.shop_id)


async def _arriving(waiting: asyncio.Queue[Hint]) -> AsyncIterator[dict[str, object]]:
    while True:
        yield asdict(await waiting.get())
