"""What the gate keeps between two previews: the knowledge as matrices, and what each question finds in it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.asking import TICKET_AUDIENCES
from copilot.runtime import ADAPTER_KIND, FUSION_KIND, Ranking, Runtime
from core.artifacts import active_artifacts
from evals.cases.models import EvalCase, EvalCaseStatus
from evals.gate.corpus import Asked, Corpus, Floats, terms_of
from evals.gate.fusing import weighted
from evals.gate.legs import joined
from evals.gate.shortcut import Findings, Outcome, after_change, find_all
from knowledge.passages import live_docs
from retrieval.types import PassageDoc, SearchScope

REBUILD_AFTER = 500  # passages changed since the base was built: then it is built anew
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Question:
    """A case as the gate needs it."""

    case_id: int
    version: int
    text: str
    language: str
    shop_id: int | None
    sources: tuple[str, ...]
    expected: str
    weight: float


@dataclass(frozen=True, slots=True)
class Change:
    """Passages that leave and that come."""

    removed: frozenset[int]
    docs: tuple[PassageDoc, ...]

    def __len__(self) -> int:
        return len(self.removed) + len(self.docs)


class Workbench:
    """One a runtime and ranking (adapter and fusion that serve). Between two previews it keeps each question's legs."""

    def __init__(self, runtime: Runtime, ranking: Ranking) -> None:
        """Raises InvalidInput for a fusion that the gate does not compute."""
        self.lock = threading.Lock()
        self._runtime, self.fusion, self._adapter = runtime, weighted(ranking.fusion), ranking.adapter
        self.serves = _name(ranking)
        self._base: Corpus | None = None
        self._model = ""
        self._keys: list[tuple[int, int]] = []
        self._asked: list[Asked] = []
        self._known = Findings(joined([]), joined([]), [])

    def refresh(self, docs: Sequence[PassageDoc], questions: Sequence[Question], progress: Progress) -> Change:
        """Know these questions; build the base when there is none or it is far from `docs`. Returns what has changed
        in the knowledge since the base was built."""
        model = self._runtime.encoder.model_version
        if self._model != model:
            self._base, self._keys, self._asked, self._model = None, [], [], model
        keys = [(one.case_id, one.version) for one in questions]
        place = {key: at for at, key in enumerate(self._keys)}
        kept = [key for key in keys if key in place]
        new = [one for one in questions if (one.case_id, one.version) not in place]
        asked = {key: self._asked[place[key]] for key in kept}
        for one, vector in zip(new, self._moved(new, progress), strict=True):
            scope = SearchScope(audiences=TICKET_AUDIENCES, shop=one.shop_id)
            asked[one.case_id, one.version] = Asked(vector, terms_of(one.text), scope, one.language)
        change = _difference(self._base, docs)
        if self._base is None or len(change) > REBUILD_AFTER:
            self._base, kept, new = Corpus.of(docs, self.vectors(docs, progress)), [], list(questions)
            change = Change(frozenset(), ())
        self._keys = [*kept, *((one.case_id, one.version) for one in new)]
        self._asked = [asked[key] for key in self._keys]
        if kept or new:
            before = self._known.take([place[key] for key in kept])
            self._known = before.and_then(find_all(self._base, self._asked[len(kept) :], self.fusion))
        return change

    def after(self, change: Change, questions: Sequence[Question], progress: Progress) -> tuple[Corpus, Outcome]:
        """The knowledge after `change` of the base, and what each question finds in it."""
        assert self._base is not None
        place = {key: at for at, key in enumerate(self._keys)}
        at = [place[one.case_id, one.version] for one in questions]
        known = self._known.take(at)
        if not change:
            return self._base, Outcome(known.hits, ())
        return after_change(
            self._base,
            known,
            [self._asked[one] for one in at],
            self.fusion,
            change.removed,
            change.docs,
            self.vectors(change.docs, progress),
        )

    def asked(self, question: Question) -> Asked:
        return self._asked[self._keys.index((question.case_id, question.version))]

    def plain(self, question: Question) -> Floats:
        """The question's vector as the classifier sees it: no adapter has moved it."""
        vectors = self._runtime.embedding_cache.queries(self._runtime.encoder, [question.text])
        return np.asarray(vectors[0], np.float32)

    def _moved(self, questions: Sequence[Question], progress: Progress) -> Floats:
        vectors = self._runtime.embedding_cache.queries(
            self._runtime.encoder,
            [one.text for one in questions],
            lambda done, total: progress("encode questions", done, total),
        )
        return vectors if self._adapter is None else self._adapter.apply(vectors)

    def vectors(self, docs: Sequence[PassageDoc], progress: Progress) -> Floats:
        texts = [doc.embed_text for doc in docs]
        encoder = self._runtime.encoder
        if not texts:
            return np.zeros((0, encoder.dimension), np.float32)
        return self._runtime.embedding_cache.passages(
            encoder, texts, lambda done, total: progress("encode passages", done, total)
        )


_workbenches: WeakKeyDictionary[Runtime, Workbench] = WeakKeyDictionary()
_making = threading.Lock()


def workbench_of(runtime: Runtime) -> Workbench:
    """The process's workbench; when another adapter or fusion has been promoted, or taken back, a new one."""
    with runtime.db.reading() as session:
        active = active_artifacts(session)
    ranking = runtime.ranking(active.get(ADAPTER_KIND), active.get(FUSION_KIND))
    with _making:
        found = _workbenches.get(runtime)
        if found is None or found.serves != _name(ranking):
            found = _workbenches[runtime] = Workbench(runtime, ranking)
        return found


def _name(ranking: Ranking) -> tuple[str, str]:
    return ranking.adapter.version if ranking.adapter else "", ranking.fusion.version


def docs_now(session: Session) -> list[PassageDoc]:
    """The passages that a search finds at this moment, by id."""
    now = datetime.now(UTC)
    return [doc for doc in live_docs(session) if doc.valid_from is None or doc.valid_from <= now]


def questions_now(session: Session) -> list[Question]:
    """All cases that are not retired, by id."""
    query = (
        select(
            EvalCase.id, EvalCase.version, EvalCase.question, EvalCase.language, EvalCase.shop_id, EvalCase.sources,
            EvalCase.expected, EvalCase.weight,
        )
        .where(EvalCase.status != EvalCaseStatus.RETIRED)
        .order_by(EvalCase.id)
    )  # fmt: skip
    return [
        Question(row[0], row[1], row[2], row[3], row[4], tuple(row[5]), row[6], row[7])
        for row in session.execute(query).all()
    ]


def _difference(base: Corpus | None, docs: Sequence[PassageDoc]) -> Change:
    if base is None:
        return Change(frozenset(), tuple(docs))
    old, new = {doc.id: doc for doc in base.docs}, {doc.id: doc for doc in docs}
    removed = frozenset(one for one, doc in old.items() if new.get(one) != doc)
    return Change(removed, tuple(doc for one, doc in new.items() if old.get(one) != doc))
