"""Expand events into jobs; claim, renew, finish, fail and retry them.

All claims are conditional updates, so two workers can never both hold an attempt; all times are the database's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from core.db import Database, db_now, insert_into
from core.errors import LeaseLost, NotFound
from core.events import Event, EventOutbox
from core.jobs.models import DEAD, DONE, QUEUED, RUNNING, Job, Schedule

BACKOFF_SECONDS = (1, 5, 30, 120, 600, 1800, 3600)

Reactions = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this worker holds: `attempt` is the number its final commit must still find."""

    id: int
    name: str
    args: dict[str, Any]
    attempt: int
    max_attempts: int
    event_id: int | None


# job name → what else is to be written when such a job has failed for good: (session, claim, error)
LastRites = Mapping[str, Callable[[Session, Claim, str], None]]
_NO_RITES: LastRites = {}


def _insert(session: Session, values: dict[str, Any]) -> None:
    session.execute(insert_into(session, Job).values(**values).on_conflict_do_nothing(index_elements=["key"]))


def enqueue(
    session: Session,
    name: str,
    key: str,
    args: dict[str, Any],
    *,
    event_id: int | None = None,
    delay: float = 0,
    max_attempts: int = 8,
) -> None:
    """Add a job unless one with this key exists. `delay` in seconds."""
    _insert(
        session,
        {
            "name": name,
            "key": key,
            "args": args,
            "event_id": event_id,
            "state": QUEUED,
            "attempt": 0,
            "max_attempts": max_attempts,
            "run_at": db_now(delay),
        },
    )


def expand_events(db: Database, reactions: Reactions, *, event_ids: Sequence[int] = (), limit: int = 100) -> int:
    """Turn waiting events into jobs; returns how many events were taken.

    Takes rows out of the outbox (SKIP LOCKED where the dialect has it), never "ids after the last one seen": ids
    commit out of order, and a slow transaction's event would be lost.
    """
    with db.unit_of_work() as session:
        query = select(EventOutbox.event_id).order_by(EventOutbox.event_id).limit(limit)
        if event_ids:
            query = query.where(EventOutbox.event_id.in_(event_ids))
        taken = list(session.scalars(query.with_for_update(skip_locked=True)))
        if not taken:
            return 0
        for event in session.scalars(select(Event).where(Event.id.in_(taken)).order_by(Event.id)):
            for name in reactions.get(event.name, ()):
                args = {
                    **event.data,
                    "event_id": event.id,
                    "shop_id": event.shop_id,
                    "ticket_id": event.ticket_id,
                    "customer_id": event.customer_id,
                }
                enqueue(session, name, f"{event.id}:{name}", args, event_id=event.id)
        session.execute(delete(EventOutbox).where(EventOutbox.event_id.in_(taken)))
    return len(taken)


def outbox_waiting(session: Session) -> bool:
    """True when an event waits to be expanded."""
    return bool(session.scalar(select(exists().select_from(EventOutbox))))


def is_under_way(session: Session, name: str, event_name: str) -> bool:
    """True when such a job waits or runs, or an event of this name is still to become one.

    It holds until this transaction ends: others that ask the same wait (a row of `schedules` is the lock).
    """
    session.execute(insert_into(session, Schedule).values(name=name, slot="").on_conflict_do_nothing())
    session.execute(select(Schedule.name).where(Schedule.name == name).with_for_update())
    waits = select(EventOutbox.event_id).join(Event, Event.id == EventOutbox.event_id).where(Event.name == event_name)
    at_it = select(Job.id).where(Job.name == name, Job.state.in_((QUEUED, RUNNING)))
    return bool(session.scalar(select(or_(exists(waits), exists(at_it)))))


def is_at_it(session: Session, name: str, args: Mapping[str, Any]) -> bool:
    """Whether a job `name` with these arguments, whatever others it has, waits or runs."""
    under_way = session.scalars(select(Job.args).where(Job.name == name, Job.state.in_((QUEUED, RUNNING))))
    return any(args.items() <= found.items() for found in under_way)


def _claimable() -> Any:
    return or_(
        and_(Job.state == QUEUED, Job.run_at <= db_now()),
        and_(Job.state == RUNNING, Job.lease_until < db_now()),
    )


def due_jobs(session: Session, limit: int = 20, names: Collection[str] = ()) -> list[int]:
    """Ids of jobs that can be claimed now, the longest waiting first; `names` leaves out all others."""
    query = select(Job.id).where(_claimable()).order_by(Job.run_at, Job.id).limit(limit)
    return list(session.scalars(query.where(Job.name.in_(names)) if names else query))


_SPENT = "The lease ran out at the last attempt: the worker died or hung. See the server's log."
_COLUMNS = (Job.id, Job.name, Job.args, Job.attempt, Job.max_attempts, Job.event_id)


def newest(session: Session) -> int:
    """The id of the newest job, 0 without one."""
    return session.scalar(select(func.max(Job.id))) or 0


def errors_since(session: Session, job_id: int, prefix: str) -> list[str]:
    """What has failed and is not done of the jobs that came after this one and whose name begins so."""
    failed = Job.last_error.is_not(None) & (Job.state != DONE) & Job.name.startswith(prefix)
    return list(session.scalars(select(Job.last_error).where(Job.id > job_id, failed).order_by(Job.id)))


def count_due(session: Session) -> int:
    """How many jobs could be claimed now."""
    return session.scalar(select(func.count()).select_from(Job).where(_claimable())) or 0


def claim(db: Database, job_id: int, lease_seconds: float, last_rites: LastRites = _NO_RITES) -> Claim | None:
    """Take the job, or None when somebody else has it or it is not due. A job out of attempts goes to the dead, with
    its last rites in the same commit."""
    with db.unit_of_work() as session:
        dead = session.execute(
            update(Job)
            .where(Job.id == job_id, Job.state == RUNNING, Job.lease_until < db_now(), Job.attempt >= Job.max_attempts)
            .values(state=DEAD, lease_until=None, finished_at=db_now(), last_error=_SPENT)
            .returning(*_COLUMNS)
        ).first()
        if dead is not None:
            _bury(session, Claim(*dead), _SPENT, last_rites)
            return None
        row = session.execute(
            update(Job)
            .where(Job.id == job_id, _claimable())
            .values(state=RUNNING, attempt=Job.attempt + 1, lease_until=db_now(lease_seconds))
            .returning(*_COLUMNS)
        ).first()
        return Claim(*row) if row else None


def _bury(session: Session, claim: Claim, error: str, last_rites: LastRites) -> None:
    if claim.name in last_rites:
        last_rites[claim.name](session, claim, error)


def _held(claim: Claim) -> Any:
    return and_(Job.id == claim.id, Job.state == RUNNING, Job.attempt == claim.attempt)


def _require(session: Session, statement: Any, claim: Claim) -> None:
    if session.execute(statement.where(_held(claim)).returning(Job.id)).first() is None:
        raise LeaseLost(f"job {claim.id} ({claim.name}) attempt {claim.attempt} was taken over; nothing is committed")


def renew(db: Database, claim: Claim, lease_seconds: float, progress: dict[str, Any] | None = None) -> None:
    """Extend the lease of a long job. Raises LeaseLost when another attempt has begun."""
    with db.unit_of_work() as session:
        values: dict[str, Any] = {"lease_until": db_now(lease_seconds)}
        if progress is not None:
            values["progress"] = progress
        _require(session, update(Job).values(**values), claim)


def finish(session: Session, claim: Claim) -> None:
    """Mark done inside the unit that writes the job's result. Raises LeaseLost: then nothing of it is committed."""
    _require(session, update(Job).values(state=DONE, lease_until=None, finished_at=db_now(), last_error=None), claim)


def fail(
    db: Database,
    claim: Claim,
    error: str,
    *,
    permanent: bool = False,
    delay: float | None = None,
    last_rites: LastRites = _NO_RITES,
) -> str | None:
    """Put the job back with back-off, or to the dead letters after the last attempt, with its last rites in the same
    commit. Returns the new state, None when another attempt holds the job: then nothing is written.

    `delay` (seconds) replaces the back-off when the other side said when to come again.
    """
    dead = permanent or claim.attempt >= claim.max_attempts
    wait = BACKOFF_SECONDS[min(claim.attempt, len(BACKOFF_SECONDS)) - 1] if delay is None else delay
    values: dict[str, Any] = {"lease_until": None, "last_error": error[:4000]}
    values |= {"state": DEAD, "finished_at": db_now()} if dead else {"state": QUEUED, "run_at": db_now(wait)}
    with db.unit_of_work() as session:
        if session.execute(update(Job).where(_held(claim)).values(**values).returning(Job.id)).first() is None:
            return None
        if dead:
            _bury(session, claim, error, last_rites)
    return DEAD if dead else QUEUED


def postpone(
    db: Database, claim: Claim, delay: float, *, note: str | None = None, younger_than: float | None = None
) -> bool:
    """It is not time yet: come again in `delay` seconds, and do not count this as an attempt.

    `note` says what is waited for; False, with nothing changed, when the job is `younger_than` seconds no longer or
    another attempt holds it.
    """
    wanted = update(Job).where(_held(claim))
    if younger_than is not None:
        wanted = wanted.where(Job.created_at > db_now(-younger_than))
    values: dict[str, Any] = {"state": QUEUED, "lease_until": None, "run_at": db_now(delay)}
    values |= {"max_attempts": Job.max_attempts + 1} | ({} if note is None else {"last_error": note[:4000]})
    with db.unit_of_work() as session:
        return session.execute(wanted.values(**values).returning(Job.id)).first() is not None


def retry(session: Session, job_id: int) -> Job:
    """Give a dead job a fresh set of attempts. Raises NotFound unless it is dead."""
    row: Job | None = session.scalar(
        update(Job)
        .where(Job.id == job_id, Job.state == DEAD)
        .values(state=QUEUED, max_attempts=Job.attempt + 8, run_at=db_now(), finished_at=None)
        .returning(Job)
    )
    if row is None:
        raise NotFound(f"There is no dead job {job_id}; `copilot jobs list --state dead` shows them.")
    return row


def retry_all(session: Session, name: str | None = None) -> int:
    """Give every dead job, or those of this name, a fresh set of attempts; returns how many."""
    again = update(Job).where(Job.state == DEAD).returning(Job.id)
    if name is not None:
        again = again.where(Job.name == name)
    values = {"state": QUEUED, "max_attempts": Job.attempt + 8, "run_at": db_now(), "finished_at": None}
    return len(session.execute(again.values(**values)).all())


def count_by_state(session: Session) -> dict[str, int]:
    """{state: how many}, every state named."""
    counts = dict.fromkeys((QUEUED, RUNNING, DONE, DEAD), 0)
    for state, count in session.execute(select(Job.state, func.count()).group_by(Job.state)):
        counts[state] = count
    return counts


def list_jobs(
    session: Session,
    state: str | None = None,
    before: int | None = None,
    limit: int = 50,
    *,
    name: str | None = None,
) -> list[Job]:
    """Newest first; `before` is the last id of the page before."""
    query = select(Job).order_by(Job.id.desc()).limit(limit)
    if state:
        query = query.where(Job.state == state)
    if name:
        query = query.where(Job.name == name)
    if before:
        query = query.where(Job.id < before)
    return list(session.scalars(query))
