"""Measure what an adapter is worth on a BEIR folder: cross-validated, everything chosen on the training folds alone.

Each fold's questions are searched in the index that serves customers, by the `Searcher` that serves them, three times:
as it comes, with the fusion tuned on the other folds, and with the adapter and fusion trained on the other folds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from core.settings import Settings
from evals.beir import BeirDataset, load_beir
from evals.corpus import Progress, as_passage, indexed
from evals.statistics import Interval, bootstrap, paired_bootstrap
from retrieval.adapter.examples import Corpus, Example, Labelled, Passages, examples, folds, take
from retrieval.adapter.tuning import by_weight, legs_of, ndcg, tune, tune_fusion
from retrieval.encoder.base import Encoder
from retrieval.encoder.cache import EmbeddingCache
from retrieval.encoder.load import load_encoder
from retrieval.fusion import DEFAULT_FUSION
from retrieval.index.store import VectorStore
from retrieval.language import detect
from retrieval.search import Searcher
from retrieval.types import SearchScope

DEPTH = 100
PLAIN, FUSED, ADAPTED = "default", "fusion tuned", "adapter and fusion"
SYSTEMS = (PLAIN, FUSED, ADAPTED)
METRICS = ("ndcg@10", "recall@10", "recall@100")
Measured = dict[str, dict[str, NDArray[np.float64]]]  # system -> metric -> value by question


@dataclass(frozen=True, slots=True)
class AdapterReport:
    """Means with 95% bootstrap intervals by system and metric, and paired differences of nDCG@10.

    `chosen`: what each fold's inner validation chose. `folds`: questions in each.
    """

    dataset: str
    documents: int
    folds: Sequence[int]
    systems: Mapping[str, Mapping[str, Interval]]
    differences: Mapping[str, Interval]
    chosen: Sequence[Mapping[str, Any]]
    versions: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        def interval(value: Interval) -> dict[str, Any]:
            return {"mean": value.mean, "ci": [value.low, value.high]}

        return {
            "dataset": self.dataset,
            "documents": self.documents,
            "questions": sum(self.folds),
            "folds": list(self.folds),
            "systems": {
                name: {metric: interval(value) for metric, value in metrics.items()}
                for name, metrics in self.systems.items()
            },
            "differences": {name: interval(value) for name, value in self.differences.items()},
            "chosen": [dict(one) for one in self.chosen],
            "versions": dict(self.versions),
        }


def run_adapter(folder: Path, *, settings: Settings, count: int = 5, progress: Progress | None = None) -> AdapterReport:
    """`copilot eval adapter FOLDER`: the configured encoder. Raises `InvalidInput`."""
    return evaluate_adapter(
        folder, load_encoder(settings), cache=settings.data_dir / "cache", count=count, progress=progress
    )


def evaluate_adapter(
    folder: Path, encoder: Encoder, *, cache: Path, count: int = 5, progress: Progress | None = None
) -> AdapterReport:
    """Raises `InvalidInput` for a folder that is not BEIR, or has too few questions to divide."""
    tell = progress or (lambda stage, done, total: None)
    dataset = load_beir(folder)
    embeddings = EmbeddingCache(cache / "embeddings.db")
    with loaded(dataset, encoder, embeddings, tell) as (corpus, store):
        found = corpus.examples
        fold = folds([example.text for example in found], count)
        sizes = [int((fold == number).sum()) for number in range(count)]
        if min(sizes) == 0:
            raise InvalidInput(f"{folder}: {len(found)} questions cannot be divided into {count} folds.")
        measured: Measured = {name: {metric: np.zeros(len(found)) for metric in METRICS} for name in SYSTEMS}
        chosen = []
        for number in range(count):
            known = take(found, np.flatnonzero(fold != number).tolist())
            searchers, report = _taught(known, corpus.collection, encoder, store, _named(tell, number, count))
            chosen.append(report)
            for name, searcher in searchers.items():
                for place in np.flatnonzero(fold == number).tolist():
                    _measure(measured[name], place, found[place], searcher)
    return AdapterReport(
        dataset=dataset.name,
        documents=len(dataset.documents),
        folds=sizes,
        systems={name: {metric: bootstrap(measured[name][metric]) for metric in METRICS} for name in SYSTEMS},
        differences={
            f"{left} - {right}": paired_bootstrap(measured[left]["ndcg@10"], measured[right]["ndcg@10"])
            for left, right in ((FUSED, PLAIN), (ADAPTED, PLAIN), (ADAPTED, FUSED))
        },
        chosen=chosen,
        versions={"encoder": encoder.model_version, "fusion": DEFAULT_FUSION.version},
    )


def _taught(
    known: Sequence[Example], collection: Passages, encoder: Encoder, store: VectorStore, tell: Progress
) -> tuple[dict[str, Searcher], dict[str, Any]]:
    """What `known` teach, as searchers by system, and what was chosen on the way."""
    tuned = tune(known, collection, encoder.model_version, progress=tell)
    fusion = tune_fusion(known, by_weight(known, legs_of(known, collection), collection))
    searchers = {
        PLAIN: Searcher(encoder, store, DEFAULT_FUSION),
        FUSED: Searcher(encoder, store, fusion),
        ADAPTED: Searcher(encoder, store, tuned.fusion, adapter=tuned.adapter),
    }
    return searchers, {**tuned.report, "fusion_without": fusion.version}


def _named(tell: Progress, number: int, count: int) -> Progress:
    return lambda _, done, total: tell(f"fold {number + 1} of {count}", done, total)


@contextmanager
def loaded(
    dataset: BeirDataset, encoder: Encoder, embeddings: EmbeddingCache, progress: Progress
) -> Iterator[tuple[Corpus, VectorStore]]:
    """The labelled questions of a folder over its documents, and an index of these while the block lasts."""
    passages = [as_passage(number, document) for number, document in enumerate(dataset.documents, 1)]
    questions = [
        Labelled(query.text, frozenset(dataset.qrels[query.id]), detect(query.text), SearchScope())
        for query in dataset.queries
    ]
    asked = embeddings.queries(
        encoder, [one.text for one in questions], lambda done, total: progress("encode questions", done, total)
    )
    with indexed(dataset.documents, encoder, embeddings, progress) as store:
        collection = Passages(passages, embeddings.passages(encoder, [one.embed_text for one in passages]))
        found = examples(
            questions, asked, collection, store, lambda done, total: progress("find negatives", done, total)
        )
        yield Corpus(found, collection), store


def labelled_folder(folder: Path, encoder: Encoder, cache: EmbeddingCache, progress: Progress) -> Corpus:
    """A BEIR folder as something to learn from. Raises `InvalidInput`."""
    with loaded(load_beir(folder), encoder, cache, progress) as (corpus, _):
        return corpus


def render_adapter(report: AdapterReport) -> str:
    """The report as plain text."""
    lines = [
        f"{report.dataset}: {report.documents} documents, {sum(report.folds)} questions in folds of "
        f"{', '.join(map(str, report.folds))}",
        f"  {'':20}" + "".join(f"{metric:>26}" for metric in METRICS),
    ]
    for name, metrics in report.systems.items():
        cells = (f"{value.mean:.4f} [{value.low:.4f},{value.high:.4f}]" for value in metrics.values())
        lines.append(f"  {name:20}" + "".join(f"{cell:>26}" for cell in cells))
    for name, value in report.differences.items():
        verdict = "significant" if value.significant else "not significant"
        lines.append(f"  {name}: {value.mean:+.4f} [{value.low:+.4f},{value.high:+.4f}], {verdict}")
    for number, one in enumerate(report.chosen, 1):
        recipe = one["recipe"] or {}
        what = ", ".join(f"{key} {recipe[key]:g}" for key in ("rank", "temperature", "sparse", "epochs") if recipe)
        lines.append(f"  fold {number}: {what or 'no adapter'}; BM25 {one['fusion']['weights'] or one['fusion']}")
    return "\n".join(lines)


def _measure(values: Mapping[str, NDArray[np.float64]], place: int, example: Example, searcher: Searcher) -> None:
    found = searcher.search_vector(example.text, example.vector, SearchScope(), DEPTH, example.language).hits
    documents = [hit.passage.document_id for hit in found]
    values["ndcg@10"][place] = ndcg(documents, example.documents)
    for cut in (10, 100):
        values[f"recall@{cut}"][place] = len(example.documents & set(documents[:cut])) / len(example.documents)
