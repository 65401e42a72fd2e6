"""What publishing a draft would do to past questions: who finds another source, gets another answer, wins or loses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from sqlalchemy.orm import Session, joinedload

from copilot.runtime import Runtime
from core.errors import InvalidInput, NotFound
from evals.gate.corpus import Corpus
from evals.gate.fusing import HITS
from evals.gate.legs import dense_legs, sparse_legs
from evals.gate.workbench import Change, Question, Workbench, docs_now, questions_now, workbench_of
from evals.runs.measuring import retrieval_metrics
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

    Sources are document ids; answers are None when they were not drafted.
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

    @property
    def top_changed(self) -> bool:
        return self.top_before != self.top_after

    @property
    def answer_changed(self) -> bool | None:
        return None if self.answer_before is None else self.answer_before != self.answer_after


@dataclass(frozen=True, slots=True)
class Preview:
    """`recomputed`: questions that the change might touch; the others find exactly what they found.

    `changed` is how many find other passages, `top_changed` another first document; `shown` the worst of them first.
    """

    cases: int
    recomputed: int
    changed: int
    top_changed: int
    better: int
    worse: int
    shown: tuple[ChangedCase, ...]
    seconds: float


def preview(runtime: Runtime, principal: Principal, article_version_id: int, *, answers: bool = True) -> Preview:
    """Publish the draft on paper. Writes nothing. Raises NotFound, and InvalidInput for what is no draft.

    The first preview of a process reads and encodes what the embedding cache lacks; later ones take seconds.
    """
    started = perf_counter()
    with runtime.db.reading() as session:
        docs, questions = docs_now(session), questions_now(session)
        document, drafted = _draft(session, principal, article_version_id, docs)
    if principal.shops is not None:
        questions = [one for one in questions if one.shop_id is None or one.shop_id in principal.shops]
    engine = runtime.engine() if answers else None
    bench = workbench_of(runtime)

    def silent(stage: str, done: int, total: int) -> None: ...

    with bench.lock:
        since = bench.refresh(docs, questions, silent)
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
    worst = {"worse": 0, "changed": 1, "better": 2}
    shown = sorted(found, key=lambda one: (worst[one.effect], not one.top_changed, one.case_id))[:SHOWN]
    return Preview(
        cases=len(questions),
        recomputed=len(after.recomputed),
        changed=len(found),
        top_changed=sum(one.top_changed for one in found),
        better=sum(one.effect == "better" for one in found),
        worse=sum(one.effect == "worse" for one in found),
        shown=tuple(shown),
        seconds=perf_counter() - started,
    )


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
    return ChangedCase(question.case_id, question.text, effect, top[0], top[1], scores[0], scores[1], None, None)


def _with_answers(
    engine: Engine, bench: Workbench, question: Question, found: ChangedCase, old: Corpus, new: Corpus
) -> ChangedCase:
    said = [_answer(engine, bench, question, corpus) for corpus in (old, new)]
    return ChangedCase(
        found.case_id, found.question, found.effect, found.top_before, found.top_after, found.ndcg_before,
        found.ndcg_after, said[0], said[1],
    )  # fmt: skip


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
