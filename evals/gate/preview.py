"""What publishing a draft would do to past questions: who finds another source, gets another answer, wins or loses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final

import numpy as np
from sqlalchemy.orm import Session, joinedload

from copilot.runtime import Runtime
from core.errors import InvalidInput, NotFound
from evals.gate.corpus import Corpus
from evals.gate.fusing import HITS
from evals.gate.legs import dense_legs, sparse_legs
from evals.gate.workbench import Change, Question, Workbench, docs_now, questions_now, workbench_of
from evals.runs.measuring import retrieval_metrics
from evals.statistics import Interval, bootstrap
from knowledge.models import Article, ArticleVersion, VersionStatus
from knowledge.passages import cut
from knowledge.policies import may_read
from records.principals import Principal
from retrieval.draft import DraftRequest, ExtractiveDrafter, sources_for_customer, topic_of
from retrieval.engine import Engine
from retrieval.types import PassageDoc
from retrieval.types import Question as AskedNow

ANSWERS: Final = 100  # changed questions of which both answers are drafted, those that stand for most first
SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class ChangedCase:
    """`effect`: better or worse, by the rank of what is known to be relevant (nDCG@10); else changed.

    `title_before` and `title_after` are the titles of the first documents. Sources are document ids; answers are None
    when they were not drafted.
    """

    case_id: int
    question: str
    effect: str
    top_before: str | None
    top_after: str | None
    ndcg_before: float | None
    ndcg_after: float | None
    answer_before: str | None
    answer_after: str | None
    title_before: str = ""
    title_after: str = ""

    @property
    def top_changed(self) -> bool:
        return self.top_before != self.top_after

    @property
    def answer_changed(self) -> bool | None:
        return None if self.answer_before is None else self.answer_before != self.answer_after


@dataclass(frozen=True, slots=True)
class Preview:
    """`recomputed`: questions that the change might touch; the others find exactly what they found.

    `changed` is how many find other passages, `top_changed` another first document; `shown` begins with
    those that get another answer, the worst first.
    `gain` is the change of nDCG@10 over the `labelled` cases, weighted as they were drawn, with its 95% bootstrap
    interval; None when no case is labelled. `falls`: all of that interval is below zero.
    """

    cases: int
    recomputed: int
    changed: int
    top_changed: int
    better: int
    worse: int
    shown: tuple[ChangedCase, ...]
    seconds: float
    labelled: int = 0
    gain: Interval | None = None

    @property
    def falls(self) -> bool:
        return self.gain is not None and self.gain.high < 0


def preview(runtime: Runtime, principal: Principal, article_version_id: int, *, answers: bool = True) -> Preview:
    """Publish the draft on paper. Writes nothing. Raises NotFound, and InvalidInput for what is no draft.

    The first preview of a process reads and encodes what the embedding cache lacks; later ones take seconds.
    """
    started = perf_counter()
    with runtime.db.reading() as session:
        docs, questions = docs_now(session), questions_now(session)
        document, drafted = _draft(session, principal, article_version_id, docs)
    engine = runtime.engine() if answers else None
    bench = workbench_of(runtime)

    def silent(stage: str, done: int, total: int) -> None: ...

    with bench.lock:
        since = bench.refresh(docs, questions, silent)
        if principal.shops is not None:
            questions = [one for one in questions if one.shop_id is None or one.shop_id in principal.shops]
        corpus, before = bench.after(since, questions, silent)
        gone = frozenset(doc.id for doc in docs if doc.document_id == document)
        kept = tuple(doc for doc in since.docs if doc.id not in gone)
        own = set(corpus.ids.tolist())
        removed = since.removed | (gone & own)
        new_corpus, after = bench.after(Change(removed, (*kept, *drafted)), questions, silent)
        places = [at for at in range(len(questions)) if before.hits[at] != after.hits[at]]
        found = [_compare(questions[at], before.hits[at], after.hits[at], corpus, new_corpus) for at in places]
        if engine is not None:
            order = sorted(range(len(places)), key=lambda n: -questions[places[n]].weight)
            for n in order[:ANSWERS]:
                found[n] = _with_answers(engine, bench, questions[places[n]], found[n], corpus, new_corpus)
    labelled = [one for one in questions if one.sources]
    return Preview(
        cases=len(questions),
        recomputed=len(after.recomputed),
        changed=len(found),
        top_changed=sum(one.top_changed for one in found),
        better=sum(one.effect == "better" for one in found),
        worse=sum(one.effect == "worse" for one in found),
        shown=tuple(sorted(found, key=graver)[:SHOWN]),
        seconds=perf_counter() - started,
        labelled=len(labelled),
        gain=_gain(labelled, found),
    )


def graver(one: ChangedCase) -> tuple[bool, int, bool, int]:
    """The order of `shown`: what a customer would be told comes before where it is found."""
    effect = ("worse", "changed", "better").index(one.effect)
    return one.answer_changed is not True, effect, not one.top_changed, one.case_id


def _draft(
    session: Session, principal: Principal, article_version_id: int, docs: Sequence[PassageDoc]
) -> tuple[str, tuple[PassageDoc, ...]]:
    """(document id, the passages that publishing would write, with ids after all there are)."""
    version = session.get(ArticleVersion, article_version_id, options=[joinedload(ArticleVersion.article)])
    if version is None or not may_read(principal, version.article.audience, version.article.shop_ids):
        raise NotFound(f"There is no article version {article_version_id} that you may see.")
    if version.status not in (VersionStatus.DRAFT, VersionStatus.REVIEW):
        raise InvalidInput("Only a draft can be previewed: this version is published or retired.")
    article: Article = version.article
    first = max((doc.id for doc in docs), default=0) + 1
    document = f"article:{article.id}"
    return document, tuple(
        PassageDoc(
            id=first + at,
            document_id=document,
            source_kind="article",
            title=version.title,
            text=span.text,
            version=version.number,
            span=(span.start, span.end),
            language=article.language,
            audience=article.audience,
            shops=tuple(sorted(article.shop_ids)),
            heading=span.heading[:512],
            category=article.category,
            intent=article.intents[0] if article.intents else "",
        )
        for at, span in enumerate(cut(version.title, version.body, article.language))
    )


def _compare(question: Question, before: Sequence[int], after: Sequence[int], old: Corpus, new: Corpus) -> ChangedCase:
    was, now = [old.by_id[one].document_id for one in before], [new.by_id[one].document_id for one in after]
    relevant = set(question.sources)
    scores = [retrieval_metrics(relevant, hits)["ndcg@10"] if relevant else None for hits in (was, now)]
    gain = 0.0 if scores[0] is None or scores[1] is None else scores[1] - scores[0]
    effect = "better" if gain > 0 else "worse" if gain < 0 else "changed"
    top = [hits[0] if hits else None for hits in (was, now)]
    titles = [side.by_id[hits[0]].title if hits else "" for side, hits in ((old, before), (new, after))]
    return ChangedCase(
        question.case_id, question.text, effect, top[0], top[1], scores[0], scores[1], None, None, *titles
    )


def _gain(labelled: Sequence[Question], found: Sequence[ChangedCase]) -> Interval | None:
    """The mean of w·Δ / mean(w): a question that was drawn with a small probability stands for many."""
    if not labelled:
        return None
    by_case = {one.case_id: (one.ndcg_after or 0.0) - (one.ndcg_before or 0.0) for one in found}
    weights = np.array([one.weight for one in labelled])
    return bootstrap(np.array([by_case.get(one.case_id, 0.0) for one in labelled]) * weights / weights.mean())


def _with_answers(
    engine: Engine, bench: Workbench, question: Question, found: ChangedCase, old: Corpus, new: Corpus
) -> ChangedCase:
    said = [_answer(engine, bench, question, corpus) for corpus in (old, new)]
    return replace(found, answer_before=said[0], answer_after=said[1])


def _answer(engine: Engine, bench: Workbench, question: Question, corpus: Corpus) -> str:
    """The extractive draft: what is quoted, without a language model, so that both sides differ by knowledge only."""
    asked = bench.asked(question)
    dense, sparse = dense_legs(corpus, [asked]).only(), sparse_legs(corpus, [asked]).only()
    about = {doc.id: (doc.document_id, doc.language) for doc in corpus.docs}
    ranked = bench.fusion.rank(dense, sparse, HITS, asked.language, about.__getitem__)
    classification = engine.classifier.predict(question.text, bench.plain(question), question.language)
    topic = engine.classifier.taxonomy[classification.intent].topic if classification.intent else ""
    request = DraftRequest(
        question=AskedNow(text=question.text, scope=asked.scope),
        language="zh" if question.language == "zh" else "en",
        classification=classification,
        hits=sources_for_customer([one.hit(corpus.by_id[one.id]) for one in ranked], asked.scope),
        topic=topic_of(question.text, topic),
    )
    return ExtractiveDrafter().draft(request).draft.text
