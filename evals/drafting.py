"""Measure extractive drafts on a BEIR folder whose questions carry answer spans (`answers` in `queries*.jsonl`).

A stated sentence is *gold* when it comes from a labelled document of its question and overlaps an occurrence of one of
the answers there. The floor, in the same run: the first sentence of the best passage, always stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput
from core.settings import Settings
from evals.beir import BeirDataset, BeirQuery, load_beir
from evals.corpus import Progress, indexed
from evals.retrieval import Half, half_of
from evals.selective import Judged, Selective, selective
from evals.spans import bare, overlaps
from evals.statistics import RESAMPLES, SEED, Interval
from retrieval.draft import DraftRequest, ExtractiveDrafter
from retrieval.draft.confidence import confidence, features
from retrieval.draft.selection import Candidate, candidates, select
from retrieval.encoder.base import Encoder
from retrieval.encoder.cache import EmbeddingCache
from retrieval.encoder.load import load_encoder
from retrieval.language import detect
from retrieval.search import Searcher
from retrieval.sentences import sentences
from retrieval.types import Classification, Draft, Hit, Question, SearchScope

MAX_SENTENCES = 2
HITS = 10


@dataclass(frozen=True, slots=True)
class QuestionHits:
    """A question with what was retrieved for it; `relevant` are document ids, empty when nothing answers it."""

    query: BeirQuery
    hits: tuple[Hit, ...]
    relevant: frozenset[str]

    @property
    def answers(self) -> tuple[str, ...]:
        return tuple(str(answer) for answer in self.query.extra.get("answers") or () if str(answer).strip())


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one question: sentences stated and how many of them are gold."""

    stated: int
    gold: int
    answerable: bool
    confidence: float = 1.0  # of the draft


@dataclass(frozen=True, slots=True)
class GroupDrafting:
    """Shares in [0, 1] with 95% bootstrap intervals over questions.

    `gold_share`: gold among all stated sentences, over answerable and unanswerable questions alike (on the latter no
    sentence is gold); `gold_share_answerable`: over answerable ones only; `floor…`: the same of the floor;
    `times_floor`: the draft's gold share as a multiple of the floor's; `sure_half`: gold share when only the half of
    the questions with the most confident drafts is answered, `sure_half_times_floor` its multiple; `reachable`:
    questions of either kind with a gold sentence among those that the drafter reads, so that no choice helps more;
    `answered` and `answered_unanswerable`: share of such questions that got a draft; `helped`: answerable questions
    with a gold sentence; `selective`: what the confidence is worth when every question has to be answered.
    """

    questions: int
    unanswerable: int
    sentences: int
    gold_share: Interval
    gold_share_answerable: Interval
    floor: Interval
    floor_answerable: Interval
    times_floor: float
    sure_half: Interval
    sure_half_times_floor: float
    reachable: float
    answered: float
    answered_unanswerable: float | None
    helped: float
    floor_helped: float
    selective: Selective


@dataclass(frozen=True, slots=True)
class DraftingReport:
    dataset: str
    half: Half
    overall: GroupDrafting
    groups: Mapping[str, GroupDrafting]
    without_answer: int  # answerable questions that carry no answer span, left out
    versions: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset,
            "half": self.half,
            **asdict(self.overall),
            "groups": {name: asdict(group) for name, group in self.groups.items()},
            "without_answer": self.without_answer,
            "versions": dict(self.versions),
        }


def run_drafting(
    folder: Path,
    *,
    settings: Settings,
    group_by: str | None = None,
    half: Half = "all",
    progress: Progress | None = None,
) -> DraftingReport:
    """`copilot eval drafting FOLDER`: the configured encoder, the default fusion. Raises `InvalidInput`."""
    cache = settings.data_dir / "cache"
    return evaluate_drafting(folder, load_encoder(settings), cache, group_by=group_by, half=half, progress=progress)


def evaluate_drafting(
    folder: Path,
    encoder: Encoder,
    cache: Path,
    *,
    group_by: str | None = None,
    half: Half = "all",
    progress: Progress | None = None,
) -> DraftingReport:
    """Search every question of the half, draft without a language model, compare with the answer spans.

    Raises `InvalidInput` for a folder that is not BEIR, or whose questions carry no `answers`.
    """
    tell = progress or (lambda stage, done, total: None)
    dataset = load_beir(folder, group_by=group_by)
    searched, without_answer = retrieve(dataset, encoder, cache, half, tell)
    drafter = ExtractiveDrafter(MAX_SENTENCES)
    tallies, floors, judged = [], [], []
    for number, one in enumerate(searched, 1):
        draft = draft_for(drafter, one)
        tallies.append(replace(tally(one, _stated(draft)), confidence=draft.confidence))
        floors.append(tally(one, _floor(one)))
        judged.append(judge(one))
        if number % 100 == 0 or number == len(searched):
            tell("draft", number, len(searched))
    names = [one.query.group(group_by) for one in searched] if group_by else []

    def summary(rows: Sequence[int]) -> GroupDrafting:
        return _summary([tallies[row] for row in rows], [floors[row] for row in rows], [judged[row] for row in rows])

    return DraftingReport(
        dataset=dataset.name,
        half=half,
        overall=summary(range(len(searched))),
        groups={
            name: summary([row for row, group in enumerate(names) if group == name]) for name in sorted(set(names))
        },
        without_answer=without_answer,
        versions={"encoder": encoder.model_version, "drafter": drafter.version},
    )


def retrieve(
    dataset: BeirDataset, encoder: Encoder, cache: Path, half: Half, progress: Progress
) -> tuple[list[QuestionHits], int]:
    """The questions of `half` with their best hits, and how many were left out for want of an answer span.

    Raises `InvalidInput` when none is left.
    """
    chosen = [q for q in (*dataset.queries, *dataset.unlabelled) if half in ("all", half_of(q.id))]
    queries = [q for q in chosen if q.id not in dataset.qrels or q.extra.get("answers")]
    if not any(query.id in dataset.qrels for query in queries):
        raise InvalidInput(
            f"{dataset.name}: no question of the {half} half has both a labelled document and a field 'answers' "
            "(a list of texts that stand in that document)."
        )
    embeddings = EmbeddingCache(cache / "embeddings.db")
    vectors = embeddings.queries(
        encoder, [q.text for q in queries], lambda done, of: progress("encode questions", done, of)
    )
    found = []
    with indexed(dataset.documents, encoder, embeddings, progress) as store:
        searcher = Searcher(encoder, store)
        for number, query in enumerate(queries):
            hits = searcher.search_vector(query.text, vectors[number], SearchScope(), limit=HITS).hits
            found.append(QuestionHits(query, hits, frozenset(dataset.qrels.get(query.id, ()))))
            if (number + 1) % 50 == 0 or number + 1 == len(queries):
                progress("search", number + 1, len(queries))
    return found, len(chosen) - len(queries)


def draft_for(drafter: ExtractiveDrafter, one: QuestionHits) -> Draft:
    """The draft of the product's drafter, with a classifier that abstains and no records."""
    language = "zh" if detect(one.query.text) == "zh" else "en"
    question = Question(one.query.text, SearchScope(), language)
    return drafter.draft(DraftRequest(question, language, _nothing(language), one.hits)).draft


def judge(one: QuestionHits) -> Judged:
    """What the drafter would state if it had to, and how sure it is."""
    language = "zh" if detect(one.query.text) == "zh" else "en"
    found = candidates(one.query.text, one.hits, language)
    chosen = select(found, MAX_SENTENCES)
    sure = confidence(features(one.query.text, language, one.hits, chosen, _nothing(language)))
    return Judged(
        sure=sure,
        score=one.hits[0].score if one.hits else 0.0,
        right=_holds(one, chosen),
        first_right=tally(one, _floor(one)).gold > 0,
        reachable=_holds(one, found),
    )


def _holds(one: QuestionHits, stated: Sequence[Candidate]) -> bool:
    return tally(one, [(each.text, frozenset({each.hit.passage.document_id})) for each in stated]).gold > 0


def _nothing(language: str) -> Classification:
    return Classification(None, 0.0, (), None, "normal", language, "none", abstained=True)


def _stated(draft: Draft) -> list[tuple[str, frozenset[str]]]:
    """Stated sentences (not courtesies) with the documents they cite."""
    documents = {citation.number: citation.document_id for citation in draft.citations}
    return [(s.text, frozenset(documents[number] for number in s.citations)) for s in draft.sentences if s.citations]


def _floor(one: QuestionHits) -> list[tuple[str, frozenset[str]]]:
    if not one.hits:
        return []
    best = one.hits[0].passage
    spans = sentences(best.text, best.language)
    return [(spans[0].text, frozenset({best.document_id}))] if spans else []


def tally(one: QuestionHits, stated: Iterable[tuple[str, frozenset[str]]]) -> Tally:
    """Count `stated` sentences (text, cited documents) and those that overlap an answer in a labelled document."""
    texts = {hit.passage.document_id: bare(hit.passage.text) for hit in one.hits}
    answers = [text for text in map(bare, one.answers) if text]
    count = gold = 0
    for sentence, documents in stated:
        count += 1
        gold += any(overlaps(bare(sentence), texts[document], answers) for document in documents & one.relevant)
    return Tally(count, gold, bool(one.relevant))


def _summary(tallies: Sequence[Tally], floors: Sequence[Tally], judged: Sequence[Judged]) -> GroupDrafting:
    answerable = [each for each in tallies if each.answerable]
    other = [each for each in tallies if not each.answerable]
    floor_answerable = [each for each in floors if each.answerable]
    share, floor = _share(tallies), _share(floors)
    surest = sorted(tallies, key=lambda each: -each.confidence)[: (len(tallies) + 1) // 2]
    sure_half = _share(surest)
    return GroupDrafting(
        questions=len(answerable),
        unanswerable=len(other),
        sentences=sum(each.stated for each in tallies),
        gold_share=share,
        gold_share_answerable=_share(answerable),
        floor=floor,
        floor_answerable=_share(floor_answerable),
        times_floor=share.mean / floor.mean if floor.mean else 0.0,
        sure_half=sure_half,
        sure_half_times_floor=sure_half.mean / floor.mean if floor.mean else 0.0,
        reachable=_mean(each.reachable for each in judged),
        answered=_mean(each.stated > 0 for each in answerable),
        answered_unanswerable=_mean(each.stated > 0 for each in other) if other else None,
        helped=_mean(each.gold > 0 for each in answerable),
        floor_helped=_mean(each.gold > 0 for each in floor_answerable),
        selective=selective(judged),
    )


def _mean(flags: Iterable[bool]) -> float:
    values = list(flags)
    return sum(values) / len(values) if values else 0.0


def _share(tallies: Sequence[Tally]) -> Interval:
    """Gold among stated sentences; the bootstrap draws questions, since sentences of one draft stand together."""
    gold = np.array([each.gold for each in tallies], dtype=np.float64)
    stated = np.array([each.stated for each in tallies], dtype=np.float64)
    if not stated.sum():
        return Interval(0.0, 0.0, 0.0)
    rng = np.random.default_rng(SEED)
    shares: list[float] = []
    for _ in range(RESAMPLES):
        rows: npt.NDArray[np.int64] = rng.integers(0, len(tallies), len(tallies))
        shares.append(float(gold[rows].sum() / max(1.0, stated[rows].sum())))
    low, high = np.quantile(shares, [0.025, 0.975])
    return Interval(float(gold.sum() / stated.sum()), float(low), float(high))
