"""Retrieval that learns from approvals: train an adapter and a fusion, and serve them only if they are better.

Better means: on questions that no part of the training saw, by paired bootstrap against what serves now, with the whole
interval above zero. What is not better is kept with its report and stays inactive.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot import versions
from copilot.citations import accepted_citations
from copilot.runtime import ADAPTER_KIND, FUSION_FILE, FUSION_KIND, Ranking, Runtime
from core.artifacts import Artifact, active_artifacts, add_artifact
from core.errors import InvalidInput
from core.events import Actor
from knowledge.passages import live_docs
from retrieval.adapter import save
from retrieval.adapter.comparing import Compared, compare
from retrieval.adapter.examples import Corpus, Example, Passages, examples, folds, merged, take
from retrieval.adapter.tuning import Tuned, tune
from retrieval.fusion import named

Progress = Callable[[int, int, str], None]
MIN_QUESTIONS = 100
HELD_OUT = 5  # one of so many folds is never trained on, by any training of this installation


@dataclass(frozen=True, slots=True)
class TrainedRetrieval:
    """`promoted`: it serves from now on. `report` says what was tried, chosen and measured, as JSON. `kept`: the
    version of the fusion, under which the pair is listed; None after a dry run."""

    adapter: str | None
    fusion: str
    promoted: bool
    report: dict[str, Any]
    kept: str | None = None


def train_retrieval(
    runtime: Runtime,
    *,
    actor: Actor,
    dry_run: bool = False,
    more: Sequence[Corpus] = (),
    progress: Progress | None = None,
) -> TrainedRetrieval:
    """Learn from accepted citations, and from `more` labelled sets, which teach but do not decide.

    `dry_run` measures and writes nothing. Raises InvalidInput for too few questions, Unavailable when the index does
    not answer.
    """

    def tell(stage: str, done: int, total: int) -> None:
        if progress is not None:
            progress(done, total, stage)

    own = own_corpus(runtime, tell)
    own_count = len(own.examples)
    corpus = merged([own, *more])
    if len(corpus.examples) < MIN_QUESTIONS:
        raise InvalidInput(
            f"{len(corpus.examples)} questions with accepted citations; at least {MIN_QUESTIONS} are needed. Approve "
            "drafts in the inbox, or name labelled folders with --from."
        )
    teaches, decides = division(corpus.examples, own_count)
    with runtime.db.reading() as session:
        active = active_artifacts(session)
    current = runtime.ranking(active.get(ADAPTER_KIND), active.get(FUSION_KIND))
    encoder_version = runtime.encoder.model_version
    tuned = tune(
        take(corpus.examples, np.flatnonzero(teaches).tolist()), corpus.collection, encoder_version, progress=tell
    )
    asked = take(corpus.examples, np.flatnonzero(decides).tolist())
    compared = compare(asked, corpus.collection, (tuned.adapter, tuned.fusion), (current.adapter, current.fusion))
    report = _report(tuned, compared, current, own_count, dry_run)
    adapter_version = tuned.adapter.version if tuned.adapter else None
    kept = None if dry_run else _keep(runtime, actor, tuned, report, compared.better)
    return TrainedRetrieval(adapter_version, tuned.fusion.version, compared.better and not dry_run, report, kept)


def own_corpus(runtime: Runtime, progress: Callable[[str, int, int], None]) -> Corpus:
    """Everything that can be found now, and the questions whose accepted sources are among it."""
    with runtime.db.reading() as session:
        questions = accepted_citations(session)
        passages = live_docs(session) if questions else []
    cache, encoder = runtime.embedding_cache, runtime.encoder
    if not passages:
        return merged([])
    texts = [passage.embed_text for passage in passages]
    vectors = cache.passages(encoder, texts, lambda done, total: progress("encode passages", done, total))
    asked = cache.queries(encoder, [one.text for one in questions])
    collection = Passages(passages, vectors)
    found = examples(
        questions, asked, collection, runtime.store, lambda done, total: progress("find negatives", done, total)
    )
    return Corpus(found, collection)


def division(found: Sequence[Example], own_count: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(what teaches, what decides), two masks that never meet; the first `own_count` are this installation's own.

    Its own questions decide when they are enough, else all that were given. A near-duplicate of what decides teaches
    nothing, from whichever set it comes: it lies in the same fold.
    """
    held = folds([example.text for example in found], HELD_OUT, "held out") == 0
    own = np.arange(len(found)) < own_count
    return ~held, held & own if own_count >= MIN_QUESTIONS else held


def _report(tuned: Tuned, compared: Compared, current: Ranking, own: int, dry_run: bool) -> dict[str, Any]:
    return {
        **tuned.report,
        "own_questions": own,
        "held_out": asdict(compared),
        "compared_with": {
            "adapter": current.adapter.version if current.adapter else None,
            "fusion": current.fusion.version,
        },
        "dry_run": dry_run,
    }


def _keep(runtime: Runtime, actor: Actor, tuned: Tuned, report: dict[str, Any], promoted: bool) -> str:
    """Returns the version of the fusion."""
    data = runtime.settings.data_dir
    adapter, fusion_spec = tuned.adapter, named(tuned.fusion)
    assert fusion_spec is not None
    pair = f"{tuned.fusion.version}+{adapter.version if adapter else 'plain'}"
    adapter_path = f"adapters/{adapter.version}" if adapter else ""
    fusion_path = f"fusions/{pair.translate(str.maketrans(':=,+', '____'))}"
    if adapter is not None:
        save(adapter, data / adapter_path)
    (data / fusion_path).mkdir(parents=True, exist_ok=True)
    aside = data / fusion_path / f".{FUSION_FILE}.{os.getpid()}"
    aside.write_text(json.dumps({"name": fusion_spec[0], "constants": fusion_spec[1]}), encoding="utf-8")
    aside.replace(data / fusion_path / FUSION_FILE)
    metrics = {**report, "adapter": adapter.version if adapter else None, "fusion": pair}
    with runtime.db.unit_of_work() as session:
        rows: list[Artifact] = []
        if adapter is not None:
            rows.append(add_artifact(session, ADAPTER_KIND, adapter.version, adapter_path, metrics))
        rows.append(add_artifact(session, FUSION_KIND, pair, fusion_path, metrics))
        if promoted:
            if adapter is None:
                versions.retire(session, actor, ADAPTER_KIND)
            for row in rows:
                versions.promote(session, actor, row)
    return pair
