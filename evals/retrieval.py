"""Measure retrieval on a BEIR folder: dense, sparse and fused side by side, by the search that serves customers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import ir_measures
import numpy as np
import numpy.typing as npt
from ir_measures import RR, R, nDCG

from core.errors import InvalidInput
from core.settings import Settings
from evals.beir import BeirDataset, BeirQuery, load_beir
from evals.corpus import Progress, indexed
from evals.statistics import Interval, bootstrap, paired_bootstrap
from retrieval import sparse
from retrieval.encoder.base import Encoder
from retrieval.encoder.cache import EmbeddingCache
from retrieval.encoder.load import load_encoder
from retrieval.fusion import DEFAULT_FUSION, Fusion
from retrieval.index.store import HybridQuery, Later, LegResults, Vector, VectorStore
from retrieval.search import Searcher
from retrieval.types import Hit, SearchScope

Half = Literal["all", "selection", "report"]

LEGS = ("dense", "sparse", "fused")
METRICS: Mapping[str, Any] = {"ndcg@10": nDCG @ 10, "recall@10": R @ 10, "recall@100": R @ 100, "mrr@10": RR @ 10}
DEPTH = 100

PerQuery = dict[str, dict[str, npt.NDArray[np.float64]]]  # leg -> metric -> value by query


@dataclass(frozen=True, slots=True)
class GroupReport:
    """Means with 95% intervals by leg and metric; `differences` are paired, by "fused-dense" and "fused-sparse"."""

    legs: Mapping[str, Mapping[str, Interval]]
    differences: Mapping[str, Mapping[str, Interval]]
    queries: int
    excluded: int

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            leg: {name: interval.mean for name, interval in metrics.items()}
            | {"ci": {name: [interval.low, interval.high] for name, interval in metrics.items()}}
            for leg, metrics in self.legs.items()
        }
        differences = {
            pair: {name: {"mean": each.mean, "ci": [each.low, each.high]} for name, each in metrics.items()}
            for pair, metrics in self.differences.items()
        }
        return {**found, "queries": self.queries, "excluded": self.excluded, "differences": differences}


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """`excluded`: questions without a labelled passage in the corpus, counted over the whole folder."""

    dataset: str
    overall: GroupReport
    groups: Mapping[str, GroupReport]
    documents: int
    missing_documents: int
    half: Half
    versions: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        return {
            **self.overall.to_json(),
            "documents": self.documents,
            "missing_documents": self.missing_documents,
            "dataset": self.dataset,
            "half": self.half,
            "groups": {name: group.to_json() for name, group in self.groups.items()},
            "versions": dict(self.versions),
        }


def half_of(query_id: str) -> Half:
    """The fixed half a question belongs to, by SHA-256 of its id: fusion is chosen on one, reported on the other."""
    return "report" if hashlib.sha256(query_id.encode()).digest()[-1] % 2 else "selection"


def run_retrieval(
    folder: Path,
    *,
    settings: Settings,
    group_by: str | None = None,
    half: Half = "all",
    progress: Progress | None = None,
) -> RetrievalReport:
    """`copilot eval retrieval FOLDER`: the configured encoder and the default fusion. Raises `InvalidInput`."""
    return evaluate_retrieval(
        folder, load_encoder(settings), cache=settings.data_dir / "cache", group_by=group_by, half=half,
        progress=progress,
    )  # fmt: skip


def evaluate_retrieval(
    folder: Path,
    encoder: Encoder,
    *,
    cache: Path,
    fusion: Fusion = DEFAULT_FUSION,
    group_by: str | None = None,
    half: Half = "all",
    progress: Progress | None = None,
) -> RetrievalReport:
    """Index the corpus in a temporary Qdrant Edge shard, search every question, report.

    Embeddings are kept in `cache` by content and model version. Raises `InvalidInput` for a folder that is not BEIR or
    a half without questions.
    """
    report_progress = progress or (lambda stage, done, total: None)
    dataset = load_beir(folder, group_by=group_by)
    queries = [query for query in dataset.queries if half in ("all", half_of(query.id))]
    if not queries:
        raise InvalidInput(f"{folder}: the {half} half holds no question with a labelled document.")
    embeddings = EmbeddingCache(cache / "embeddings.db")
    query_vectors = embeddings.queries(
        encoder, [query.text for query in queries], lambda done, total: report_progress("encode questions", done, total)
    )
    with indexed(dataset.documents, encoder, embeddings, report_progress) as store:
        runs = _search(store, encoder, fusion, queries, query_vectors, report_progress)
    values = _per_query(dataset, queries, runs)
    return RetrievalReport(
        dataset=dataset.name,
        overall=_summary(values, np.arange(len(queries)), dataset.excluded),
        groups=_groups(values, queries, dataset, group_by),
        documents=len(dataset.documents),
        missing_documents=dataset.missing_documents,
        half=half,
        versions={
            "encoder": encoder.model_version,
            "fusion": fusion.version,
            "sparse": sparse.SPARSE_VERSION,
        },
    )


class _Recorder:
    """The store with its last answer kept: both legs are evaluated as the very candidates that were fused."""

    def __init__(self, store: VectorStore) -> None:
        self.store = store
        self.legs = LegResults([], [])

    def begin_hybrid(self, query: HybridQuery) -> Later:
        def find(dense: Vector) -> list[Hit]:
            self.legs = legs = self.store.search(dense, query.terms(), query.scope, query.depth)
            return query.fusion.fuse(legs.dense, legs.sparse, query.limit, query.preferred())

        return Later(find, query.dense)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def _search(
    store: VectorStore,
    encoder: Encoder,
    fusion: Fusion,
    queries: Sequence[BeirQuery],
    vectors: npt.NDArray[np.float32],
    progress: Progress,
) -> dict[str, dict[str, list[str]]]:
    """Document ids in order, by leg and query id."""
    recorder = _Recorder(store)
    searcher = Searcher(encoder, recorder, fusion)
    runs: dict[str, dict[str, list[str]]] = {leg: {} for leg in LEGS}
    for number, query in enumerate(queries):
        hits = searcher.search_vector(query.text, vectors[number], SearchScope(), limit=DEPTH).hits
        runs["fused"][query.id] = [hit.passage.document_id for hit in hits]
        runs["dense"][query.id] = [found.passage.document_id for found in recorder.legs.dense[:DEPTH]]
        runs["sparse"][query.id] = [found.passage.document_id for found in recorder.legs.sparse[:DEPTH]]
        if (number + 1) % 50 == 0 or number + 1 == len(queries):
            progress("search", number + 1, len(queries))
    return runs


def _per_query(
    dataset: BeirDataset, queries: Sequence[BeirQuery], runs: Mapping[str, Mapping[str, Sequence[str]]]
) -> PerQuery:
    row = {query.id: number for number, query in enumerate(queries)}
    qrels = {query.id: dict(dataset.qrels[query.id]) for query in queries}
    values: PerQuery = {leg: {name: np.zeros(len(queries)) for name in METRICS} for leg in LEGS}
    names = {str(measure): name for name, measure in METRICS.items()}
    for leg in LEGS:
        # Reciprocal ranks as scores keep our own order: equal scores would be ordered by document id.
        run = {
            query: {document: 1.0 / rank for rank, document in enumerate(documents, 1)}
            for query, documents in runs[leg].items()
        }
        for value in ir_measures.iter_calc(list(METRICS.values()), qrels, run):
            values[leg][names[str(value.measure)]][row[value.query_id]] = value.value
    return values


def _summary(values: PerQuery, rows: npt.NDArray[np.int64], excluded: int) -> GroupReport:
    return GroupReport(
        legs={leg: {name: bootstrap(values[leg][name][rows]) for name in METRICS} for leg in LEGS},
        differences={
            f"fused-{leg}": {
                name: paired_bootstrap(values["fused"][name][rows], values[leg][name][rows]) for name in METRICS
            }
            for leg in ("dense", "sparse")
        },
        queries=len(rows),
        excluded=excluded,
    )


def _groups(
    values: PerQuery, queries: Sequence[BeirQuery], dataset: BeirDataset, group_by: str | None
) -> dict[str, GroupReport]:
    if group_by is None:
        return {}
    names = np.array([query.group(group_by) for query in queries])
    return {
        str(name): _summary(values, np.flatnonzero(names == name), dataset.excluded_by_group.get(str(name), 0))
        for name in np.unique(names)
    }


def render_table(report: RetrievalReport) -> str:
    """The report as plain text: a block for the whole and one for each group."""
    half = "" if report.half == "all" else f", {report.half} half"
    lines = [f"{report.dataset}: {report.documents} documents{half}"]
    for title, group in [("all", report.overall), *report.groups.items()]:
        lines += ["", f"{title}: {group.queries} questions, {group.excluded} without a labelled passage left out"]
        lines.append(f"  {'':13}" + "".join(f"{name:>25}" for name in METRICS))
        for leg, metrics in group.legs.items():
            lines.append(f"  {leg:13}" + "".join(f"{_cell(metrics[name]):>25}" for name in METRICS))
        for pair, metrics in group.differences.items():
            lines.append(f"  {pair:13}" + "".join(f"{_cell(metrics[name], sign=True):>25}" for name in METRICS))
    return "\n".join(lines)


def _cell(value: Interval, *, sign: bool = False) -> str:
    form = "+.4f" if sign else ".4f"
    return f"{value.mean:{form}} [{value.low:{form}},{value.high:{form}}]"
