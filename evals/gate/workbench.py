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
from copilot.runtime import Runtime
from core.errors import InvalidInput
from evals.cases.models import EvalCase, EvalCaseStatus
from evals.gate.corpus import Asked, Corpus, Floats, terms_of
from evals.gate.shortcut import Found, Outcome, after_change, find_all
from knowledge.passages import live_docs
from retrieval.fusion import LinearFusion
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
    """One a runtime. `known` holds both legs' scores and the decisive fused scores of each question, top-k only."""

    def __init__(self, runtime: Runtime, fusion: LinearFusion) -> None:
        self.lock = threading.Lock()
        self._runtime, self.fusion = runtime, fusion
        self._base: Corpus | None = None
        self._model = ""
        self._asked: dict[tuple[int, int], Asked] = {}
        self._known: dict[tuple[int, int], Found] = {}

    def refresh(self, docs: Sequence[PassageDoc], questions: Sequence[Question], progress: Progress) -> Change:
        """Know these questions; build the base when there is none or it is far from `docs`. Returns what has changed
        in the knowledge since the base was built."""
        encoder = self._runtime.encoder
        keys = [(one.case_id, one.version) for one in questions]
        if self._model != encoder.model_version:
            self._base, self._asked, self._known, self._model = None, {}, {}, encoder.model_version
        new = [one for one, key in zip(questions, keys, strict=True) if key not in self._asked]
        vectors = self._runtime.embedding_cache.queries(
            encoder, [one.text for one in new], lambda done, total: progress("encode questions", done, total)
        )
        for one, vector in zip(new, vectors, strict=True):
            scope = SearchScope(audiences=TICKET_AUDIENCES, shop=one.shop_id)
            self._asked[one.case_id, one.version] = Asked(vector, terms_of(one.text), scope, one.language)
        wanted = set(keys)
        self._asked = {key: asked for key, asked in self._asked.items() if key in wanted}
        self._known = {key: found for key, found in self._known.items() if key in wanted}
        change = _difference(self._base, docs)
        if self._base is None or len(change) > REBUILD_AFTER:
            self._base, self._known = Corpus.of(docs, self.vectors(docs, progress)), {}
            change = Change(frozenset(), ())
        unknown = [key for key in keys if key not in self._known]
        if unknown:
            found = find_all(self._base, [self._asked[key] for key in unknown], self.fusion)
            self._known |= dict(zip(unknown, found, strict=True))
        return change

    def after(self, change: Change, questions: Sequence[Question], progress: Progress) -> tuple[Corpus, Outcome]:
        """The knowledge after `change` of the base, and what each question finds in it."""
        assert self._base is not None
        keys = [(one.case_id, one.version) for one in questions]
        if not change:
            return self._base, Outcome([self._known[key].hits for key in keys], ())
        return after_change(
            self._base,
            [self._known[key] for key in keys],
            [self._asked[key] for key in keys],
            self.fusion,
            change.removed,
            change.docs,
            self.vectors(change.docs, progress),
        )

    def asked(self, question: Question) -> Asked:
        return self._asked[question.case_id, question.version]

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


def workbench_of(runtime: Runtime, fusion: LinearFusion) -> Workbench:
    """The process's workbench; another fusion (constants are promoted now and then) makes a new one."""
    with _making:
        found = _workbenches.get(runtime)
        if found is None or found.fusion != fusion:
            found = _workbenches[runtime] = Workbench(runtime, fusion)
        return found


def linear(fusion: object) -> LinearFusion:
    """Raises InvalidInput for a fusion whose changes the shortcut has no bound of."""
    if not isinstance(fusion, LinearFusion):
        raise InvalidInput("The preview knows the linear fusion only; use `copilot eval gate` with this one.")
    return fusion


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
