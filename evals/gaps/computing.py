"""Find everything anew: read, think with no transaction open, write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from copilot.runtime import Runtime
from core.db import Database
from evals.gaps.clustering import centred, clusters, language_means, medoid, question_text
from evals.gaps.contradictions import Contradiction, contradictions, said_in_articles, said_in_replies
from evals.gaps.drafting import Reply, draft_article
from evals.gaps.evidence import BadQuestion, bad_questions, recent_replies
from evals.gaps.models import FindingKind
from evals.gaps.store import Found, store_findings
from evals.gaps.upkeep import Neglected, stale_articles, unused_articles
from knowledge.passages import live_docs
from retrieval.classify.taxonomy import load_taxonomy
from retrieval.encoder.base import Encoder
from retrieval.encoder.cache import EmbeddingCache

QUESTION_DAYS: Final = 180
REPLY_DAYS: Final = 60  # older replies may have been right when they were sent
LEAST: Final = 2  # questions of a gap: one alone is nothing to write an article for
_SHOWN, _REPLIES = 20, 5
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Thought:
    """What gaps are computed with."""

    encoder: Encoder
    cache: EmbeddingCache


def compute_findings(runtime: Runtime, progress: Progress | None = None) -> dict[str, int]:
    """Read, group, compare and store; returns how many of each kind there are now. May be repeated at any time."""
    now = datetime.now(UTC)
    with runtime.db.reading() as session:
        asked = bad_questions(session, now - timedelta(days=QUESTION_DAYS))
        replies = recent_replies(session, now - timedelta(days=REPLY_DAYS))
        docs = [doc for doc in live_docs(session) if doc.valid_from is None or doc.valid_from <= now]
        neglected = {
            FindingKind.STALE: stale_articles(session, now),
            FindingKind.UNUSED: unused_articles(session, now),
        }
    thought = Thought(runtime.encoder, runtime.embedding_cache)
    found = find_gaps(thought, asked, progress)
    said = [*said_in_articles(docs), *said_in_replies(replies)]
    found += _contradicting(contradictions(said))
    found += [_neglected(kind, one) for kind, rows in neglected.items() for one in rows]
    return _store(runtime.db, found)


def find_gaps(thought: Thought, asked: Sequence[BadQuestion], progress: Progress | None = None) -> list[Found]:
    """Groups of at least `LEAST` questions of one shop, by shop and size."""
    if not asked:
        return []
    vectors = thought.cache.queries(thought.encoder, [question_text(one.question) for one in asked], progress)
    means = language_means(partial(thought.cache.queries, thought.encoder), load_taxonomy())
    moved = centred(vectors, [one.language for one in asked], means)
    by_shop: dict[int | None, list[int]] = {}
    for at, one in enumerate(asked):
        by_shop.setdefault(one.shop_id, []).append(at)
    found = []
    for _, places in sorted(by_shop.items(), key=lambda item: item[0] or 0):
        for group in clusters(moved[places]):
            if len(group) >= LEAST:
                members = [places[at] for at in group]
                found.append(_gap([asked[at] for at in members], moved[members]))
    return found


def _gap(members: Sequence[BadQuestion], vectors: NDArray[np.float32]) -> Found:
    centre = members[medoid(vectors)]
    language = _most([one.language for one in members])
    intents = [one.intent for one in members if one.intent]
    near = vectors @ vectors.mean(axis=0)
    order = sorted(range(len(members)), key=lambda at: (-float(near[at]), members[at].source_id))
    replies: dict[str, Reply] = {}
    for at in order:
        one = members[at]
        if one.answer and one.language == language:
            replies.setdefault(one.answer, Reply(one.case_id, one.ticket_id, one.answer))
    best = list(replies.values())[:_REPLIES]
    shown = sorted(members, key=lambda one: -one.source_id)[:_SHOWN]
    data: dict[str, Any] = {
        "questions": [
            {
                "case_id": one.case_id, "ticket_id": one.ticket_id, "text": one.question, "language": one.language,
                "why": one.why, "reason": one.reason, "at": one.at.isoformat(),
            }
            for one in shown
        ],
        "replies": [asdict(reply) for reply in best],
        "draft": draft_article(centre.question, best, language),
        "why": dict(Counter(one.why for one in members)),
        "languages": dict(Counter(one.language for one in members)),
        "last_at": max(one.at for one in members).isoformat(),
    }  # fmt: skip
    return Found(
        kind=FindingKind.GAP,
        key=None,
        title=centre.question,
        shop_id=centre.shop_id,
        intent=_most(intents) if intents else None,
        language=language,
        volume=sum(one.weight for one in members),
        effort=sum(one.weight * one.replies for one in members),
        data=data,
        members=tuple(sorted(one.source_id for one in members)),
    )


def _contradicting(pairs: Sequence[Contradiction]) -> list[Found]:
    """One finding a pair of statements; the replies that say the same against an article are counted together."""
    found: dict[str, Found] = {}
    for pair in pairs:
        right = pair.right
        known = found.get(pair.key)
        if known is not None:
            known.data["cases"] = sorted({*known.data["cases"], *([right.case_id] if right.case_id else [])})
            continue
        shops = right.shops if right.article_id is None else ()
        found[pair.key] = Found(
            kind=FindingKind.CONTRADICTION,
            key=pair.key,
            title=pair.left.text,
            shop_id=shops[0] if shops else None,
            article_id=pair.left.article_id,
            other_id=right.article_id,
            language=pair.left.language,
            data={
                "differs": pair.conflict.differs.value,
                "left": {"title": pair.left.title, "text": pair.left.text, "version": pair.left.version,
                         "value": pair.conflict.left},
                "right": {"title": right.title, "text": right.text, "version": right.version,
                          "value": pair.conflict.right},
                "cases": [right.case_id] if right.case_id else [],
            },
        )  # fmt: skip
    for one in found.values():
        one.volume = float(max(1, len(one.data["cases"])))
    return list(found.values())


def _neglected(kind: FindingKind, one: Neglected) -> Found:
    return Found(
        kind=kind,
        key=f"{kind}:a{one.article_id}:v{one.number}",
        title=one.title,
        article_id=one.article_id,
        language=one.language,
        intent=one.intent,
        volume=float(one.data.get("corrections") or one.data.get("asked") or 0),
        data=dict(one.data),
    )


def _store(db: Database, found: Sequence[Found]) -> dict[str, int]:
    with db.unit_of_work() as session:
        return store_findings(session, found)


def _most(values: Sequence[str]) -> str:
    counted = Counter(values)
    return min(counted, key=lambda one: (-counted[one], one))
