"""Replay closed tickets in time order, each with the knowledge of its day, and keep what would have been answered.

Parts that were trained on this shop's tickets are not used (a trained classifier, adapter or fusion has seen the
future): intents come from their descriptions. Drafts are extractive, so that a replay costs no model. The customer's
records are not asked: how an order stood then is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from copilot.runtime import Runtime
from evals.backtest.agreement import agreement
from evals.backtest.report import summarise, verdicts_of
from evals.backtest.tickets import Closed, closed_tickets, read_closed
from evals.backtest.timeline import Timeline, check_no_leak, timeline
from evals.reports import store
from evals.reports.models import EvalReport
from knowledge.history import Dated, dated_passages
from retrieval.classify import load_default
from retrieval.engine import Engine
from retrieval.search import Searcher
from retrieval.types import PUBLIC, Answer, Question, SearchScope

Progress = Callable[[int, int], None]
BATCH = 10
_T = TypeVar("_T")


def run_backtest(
    runtime: Runtime, report_id: int, progress: Progress, *, tamper: Callable[[list[Dated]], list[Dated]] | None = None
) -> dict[str, Any]:
    """Make the report, going on after the tickets that are replayed already; written `BATCH` tickets a unit.

    The list of tickets is fixed by `params["tickets"]`, which the first run writes. `tamper` is for the test that
    plants a leak. Raises `Leak` when a question finds what was not known when it was asked.
    """
    with runtime.db.unit_of_work() as session:
        tickets = _tickets(session, report_id)
        done = {item.ordinal for item in store.items_of(session, report_id)}
        dated = dated_passages(session)
        shop_id = session.get_one(EvalReport, report_id).shop_id
    if tamper is not None:
        dated = tamper(dated)
    encoder = runtime.encoder
    classifier = load_default(encoder, cache_dir=runtime.settings.models_dir / "descriptions")
    with timeline(dated, encoder, runtime.embedding_cache) as known:
        engine = Engine(encoder, Searcher(encoder, known.store), classifier)
        for group in _batches(list(enumerate(tickets)), BATCH):
            progress(group[0][0], len(tickets))
            missing = [(ordinal, ticket_id) for ordinal, ticket_id in group if ordinal not in done]
            if not missing:
                continue
            with runtime.db.reading() as session:
                closed = read_closed(session, [ticket_id for _, ticket_id in missing])
            found = [
                (ordinal, ticket_id, _replay(runtime, engine, known, shop_id, closed.get(ticket_id)))
                for ordinal, ticket_id in missing
            ]
            with runtime.db.unit_of_work() as session:
                store.add_items(session, report_id, found)
    progress(len(tickets), len(tickets))
    with runtime.db.unit_of_work() as session:
        items = store.items_of(session, report_id)
        for item, right in zip(items, verdicts_of([item.data for item in items]), strict=True):
            item.data = {**item.data, "right": right}
        report = summarise([item.data for item in items])
        report["versions"] = {"encoder": encoder.model_version, "classifier": "descriptions", "drafter": "extractive"}
        report["passages"] = len(dated)
        store.finish(session, report_id, report)
    return report


def _batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _tickets(session: Session, report_id: int) -> list[int]:
    row = session.get_one(EvalReport, report_id)
    if "tickets" not in row.params:
        since = row.params.get("since")
        chosen = closed_tickets(
            session,
            row.shop_id,
            since=datetime.fromisoformat(since) if since else None,
            limit=row.params.get("limit"),
        )
        times = {o.ticket_id: o.at for part in _batches(chosen, 200) for o in read_closed(session, part).values()}
        # Without an agent's answer there is nothing to compare: such tickets are counted, not replayed.
        replayed = sorted(times, key=lambda ticket_id: (times[ticket_id], ticket_id))
        row.params = {**row.params, "tickets": replayed, "closed": len(chosen)}
    tickets: Sequence[int] = row.params["tickets"]
    return list(tickets)


def _replay(
    runtime: Runtime, engine: Engine, known: Timeline, shop_id: int, closed: Closed | None
) -> Mapping[str, Any]:
    if closed is None:  # deleted or changed since the list was made
        return {"gone": True}
    known.advance(closed.at)
    scope = SearchScope(audiences=frozenset({PUBLIC}), shop=shop_id, at=closed.at)
    answer = engine.answer(Question(text=closed.question, scope=scope, language=closed.language))
    with runtime.db.reading() as session:
        check_no_leak(session, answer.hits, closed.at, closed.ticket_id)
    return {"at": closed.at.isoformat(), **_told(engine, closed, answer), "known": known.known}


def _told(engine: Engine, closed: Closed, answer: Answer) -> dict[str, Any]:
    """What is kept of a replayed ticket: nothing that the customer or the agent wrote."""
    draft = answer.draft
    own = bool(answer.extras.get("topic")) and bool(answer.extras.get("own_records"))
    told: dict[str, Any] = {
        "language": closed.language,
        "intent": answer.classification.intent,
        "ticket_intent": closed.intent,
        "answered": draft.answered and draft.all_supported and not own,
        "needs_records": own,
        "confidence": draft.confidence,
        "draft": draft.text,
        "documents": sorted({c.document_id for c in draft.citations}),
        "hits": [hit.passage.id for hit in answer.hits],
        "drafted": closed.drafted,
    }
    if told["answered"]:
        told["agreement"] = asdict(agreement(engine.encoder, draft, closed.reply, closed.documents))
    return told
