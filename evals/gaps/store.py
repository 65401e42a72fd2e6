"""Keep what was found under the ids it had before: what an editor has decided stays decided. Nothing here commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from core.db import db_now
from core.events import SYSTEM, emit
from evals.cases.models import EvalCaseSource
from evals.gaps.events import FindingsComputed
from evals.gaps.models import FindingKind, FindingMember, FindingState, KnowledgeFinding
from knowledge.models import Article


@dataclass(slots=True)
class Found:
    """A finding as computed. A gap has `members` (ids of the sources of its cases) and no key."""

    kind: FindingKind
    key: str | None
    title: str
    shop_id: int | None = None
    article_id: int | None = None
    other_id: int | None = None
    intent: str | None = None
    language: str = ""
    volume: float = 0.0
    effort: float = 0.0
    data: dict[str, Any] = field(default_factory=dict)
    members: tuple[int, ...] = ()


def store_findings(session: Session, found: Sequence[Found]) -> dict[str, int]:
    """Make these the current findings; returns how many there are of each kind.

    A group of questions is a gap that was there before when at least half of it was that gap's. Of several groups the
    one that shares most with an open gap keeps it; a decided one takes them all, so that nothing comes back that an
    editor has seen to. What is no longer found stays as a row, not current.
    """
    rows = {row.key: row for row in session.scalars(select(KnowledgeFinding).with_for_update())}
    for row in rows.values():
        row.current = False
    gaps = [one for one in found if one.kind is FindingKind.GAP]
    _store_gaps(session, {row.id: row for row in rows.values() if row.kind == FindingKind.GAP}, gaps)
    articles = set(session.scalars(select(Article.id)))
    for one in found:
        if one.kind is FindingKind.GAP or one.key is None:
            continue
        if {one.article_id, one.other_id} - articles - {None}:
            continue  # gone since it was read
        if one.key not in rows:
            rows[one.key] = KnowledgeFinding(key=one.key)
            session.add(rows[one.key])
        _fill(rows[one.key], one)
    session.flush()
    session.execute(
        update(KnowledgeFinding)
        .where(KnowledgeFinding.current)
        .values(computed_at=db_now())
        .execution_options(synchronize_session=False)
    )
    emit(session, FindingsComputed, actor=SYSTEM)
    kinds = session.scalars(select(KnowledgeFinding.kind).where(KnowledgeFinding.current))
    return {str(kind): count for kind, count in sorted(Counter(kinds).items())}


def _store_gaps(session: Session, rows: Mapping[int, KnowledgeFinding], gaps: Sequence[Found]) -> None:
    belonged = dict(session.execute(select(FindingMember.source_id, FindingMember.finding_id)).tuples().all())
    there = set(session.scalars(select(EvalCaseSource.id)))
    chosen: dict[int, list[Found]] = {}
    new: list[Found] = []
    shared = {one.members: Counter(belonged[at] for at in one.members if at in belonged) for one in gaps}
    for gap in sorted(gaps, key=lambda one: (-max(shared[one.members].values(), default=0), one.members)):
        before = shared[gap.members]
        finding_id = _before(rows, chosen, before, len(gap.members))
        if finding_id is None:
            new.append(gap)
        else:
            chosen.setdefault(finding_id, []).append(gap)
    session.execute(delete(FindingMember))
    for finding_id, parts in chosen.items():
        row = rows[finding_id]
        _fill(row, parts[0])
        row.volume, row.effort = sum(one.volume for one in parts), sum(one.effort for one in parts)
        _join(session, row, [source for one in parts for source in one.members if source in there])
    for gap in new:
        row = KnowledgeFinding(key=f"gap:{uuid4().hex}")
        session.add(row)
        _fill(row, gap)
        session.flush()
        _join(session, row, [source for source in gap.members if source in there])


def _before(
    rows: Mapping[int, KnowledgeFinding], chosen: Mapping[int, list[Found]], before: Counter[int], size: int
) -> int | None:
    for finding_id, count in sorted(before.items(), key=lambda item: (-item[1], item[0])):
        row = rows.get(finding_id)
        if row is None or 2 * count < size:
            continue
        if row.state != FindingState.OPEN or finding_id not in chosen:
            return finding_id
    return None


def _join(session: Session, row: KnowledgeFinding, sources: Sequence[int]) -> None:
    if sources:
        session.execute(insert(FindingMember), [{"source_id": one, "finding_id": row.id} for one in sources])


def _fill(row: KnowledgeFinding, one: Found) -> None:
    row.kind, row.title, row.current = one.kind, one.title, True
    row.shop_id, row.article_id, row.other_id = one.shop_id, one.article_id, one.other_id
    row.intent, row.language = one.intent, one.language
    row.volume, row.effort, row.data = one.volume, one.effort, one.data
