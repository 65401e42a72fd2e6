"""Knowledge as it stood: since when and until when each passage could be found. For replays of the past."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge.models import Article, ArticleVersion, Case, CaseStatus, Passage
from knowledge.passages import passage_docs
from records.tickets.models import Ticket
from retrieval.chunking import CHUNKER_VERSION
from retrieval.types import PassageDoc


@dataclass(frozen=True, slots=True)
class Dated:
    """A passage that could be found from `since` (inclusive) to `until` (None: still). `ticket_id`: a case's ticket."""

    passage: PassageDoc
    since: datetime
    until: datetime | None
    ticket_id: int | None = None

    def found_at(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


def dated_passages(session: Session, passage_ids: Collection[int] | None = None) -> list[Dated]:
    """Every passage that was ever in force (None), or these, by `since`.

    An article's passage counts from its version's publication to its retirement; of a version that was cut more than
    once the present chunker's passages count, or else the newest. A case counts from the moment at which its ticket
    was resolved, if an editor has published it: a shop that imports its past decides on cases later than they were
    true.
    """
    query = (
        select(
            Passage.id,
            Passage.chunker,
            Passage.article_version_id,
            Passage.case_id,
            ArticleVersion.published_at,
            ArticleVersion.retired_at,
            Article.archived_at,
            Case.ticket_id,
            Ticket.resolved_at,
            Case.retired_at.label("case_retired_at"),
            Case.status,
        )
        .outerjoin(ArticleVersion, ArticleVersion.id == Passage.article_version_id)
        .outerjoin(Article, Article.id == ArticleVersion.article_id)
        .outerjoin(Case, Case.id == Passage.case_id)
        .outerjoin(Ticket, Ticket.id == Case.ticket_id)
        .order_by(Passage.id)
    )
    rows = session.execute(query).all()
    chunkers: dict[int, str] = {}
    for row in rows:
        if row.article_version_id is not None and chunkers.get(row.article_version_id) != CHUNKER_VERSION:
            chunkers[row.article_version_id] = row.chunker
    times: dict[int, tuple[datetime, datetime | None, int | None]] = {}
    for row in rows:
        if passage_ids is not None and row.id not in passage_ids:
            continue
        if row.case_id is not None:
            if row.status in (CaseStatus.PUBLISHED, CaseStatus.RETIRED) and row.resolved_at is not None:
                times[row.id] = (row.resolved_at, row.case_retired_at, row.ticket_id)
        elif row.published_at is not None and row.chunker == chunkers[row.article_version_id]:
            ends = [at for at in (row.retired_at, row.archived_at) if at is not None]
            times[row.id] = (row.published_at, min(ends, default=None), None)
    docs = passage_docs(session, times)
    found = [Dated(docs[passage_id], *when) for passage_id, when in times.items() if passage_id in docs]
    return sorted(found, key=lambda one: (one.since, one.passage.id))
