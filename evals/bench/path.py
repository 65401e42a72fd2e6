"""From a question to a verified draft, beside the least that any such product must do.

    copilot bench --only path

The floor is what no implementation on this engine and this model can go below: the raw encoding of a question (the
tokenizer and one call of the bare onnxruntime session, as in `encoder`), and one hybrid query of Qdrant Edge in this
very process, on a copy of the same shard: both legs with the same filter, `LEG_DEPTH` candidates a leg as the product
asks for, the engine's own RRF, ten payloads back, the sparse vector there already. Not in the floor and thus to be paid
from the margin: terms for BM25, the way to the index process and back, decoding, our fusion, de-duplication, language
preference, and for a suggestion classification, drafting and verification.

Two stricter floors are beside it: `…_vs_session_floor`, to which the question's token ids are given, and
`…_vs_shallow_floor`, for whoever would ask the engine for ten candidates a leg only.

p50 over the demo's questions; each question runs through all contestants before the next one.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from core.settings import Settings
from evals.bench.encoder import raw_encode
from evals.bench.figures import Figure, at_most, best_of_rounds, interleaved, percentile, ratio_of_medians, stated
from evals.bench.index import index_directory, running
from evals.bench.knowledge_base import Asked, KnowledgeBase, questions
from retrieval import sparse
from retrieval.classify import load_default
from retrieval.encoder.base import Encoder
from retrieval.encoder.compiled import CompiledEncoder
from retrieval.encoder.load import load_encoder
from retrieval.engine import HITS, Engine
from retrieval.index.client import IndexClient
from retrieval.index.payload import scope_filter
from retrieval.index.shard import Shard
from retrieval.search import LEG_DEPTH, Searcher
from retrieval.types import Question

SUGGESTION_GOAL: Final = 1.25
RETRIEVAL_GOAL: Final = 1.10
ROUNDS: Final = 15


@dataclass(frozen=True, slots=True)
class Indexed:
    """A knowledge base in an index process, and a copy of its shard in this process."""

    base: KnowledgeBase
    client: IndexClient
    shard: Shard


@contextlib.contextmanager
def indexed(encoder: Encoder, count: int) -> Iterator[Indexed]:
    base = KnowledgeBase(encoder, count)
    with index_directory() as root, running(root, encoder.model_version, encoder.dimension) as client:
        client.rebuild(base.batches(), encoder.model_version)
        copy = Path(tempfile.mkdtemp(prefix="shard-copy-"))
        try:
            shutil.copytree(next((root / "shards").iterdir()), copy / "shard")
            shard = Shard.load(copy / "shard")
            try:
                yield Indexed(base, client, shard)
            finally:
                shard.close()
        finally:
            shutil.rmtree(copy, ignore_errors=True)


def bare_session(encoder: CompiledEncoder, texts: list[str]) -> Callable[[int], np.ndarray]:
    """The bare session on token ids that are there already."""
    prompt = encoder.manifest.query_prompt
    ids = [np.array([encoder.tokenizer.encode(prompt + text).ids], np.int64) for text in texts]
    inputs = [{"input_ids": one, "attention_mask": np.ones_like(one)} for one in ids]

    def encode(i: int) -> np.ndarray:
        vector: np.ndarray = encoder.session.run(None, inputs[i])[0][0]
        return vector

    return encode


def raw_query(shard: Shard, asked: list[Asked], depth: int) -> Callable[[int, np.ndarray], object]:
    """The engine's hybrid query, sparse vectors and filters ready."""
    terms = [sparse.encode_query(one.text) for one in asked]
    scopes = [scope_filter(one.scope) for one in asked]
    return lambda i, vector: shard.fused(vector, terms[i], scopes[i], HITS, depth)


def figures(settings: Settings, count: int, rounds: int = ROUNDS) -> list[Figure]:
    encoder = load_encoder(settings)
    if not isinstance(encoder, CompiledEncoder):
        raise RuntimeError(
            "The configured model is not compiled: there is no bare onnxruntime session to compare with."
        )
    asked = questions()
    texts = [one.text for one in asked]
    with indexed(encoder, count) as there:
        searcher = Searcher(encoder, there.client)
        classifier = load_default(encoder, cache_dir=settings.models_dir / "descriptions")
        engine = Engine(encoder, searcher, classifier)
        raw, session = raw_encode(encoder), bare_session(encoder, texts)

        def encode(i: int) -> np.ndarray:
            vector: np.ndarray = raw([texts[i]])[0]
            return vector

        deep, shallow = raw_query(there.shard, asked, LEG_DEPTH), raw_query(there.shard, asked, HITS)
        times = interleaved(
            {
                "encode": encode,
                "floor": lambda i: deep(i, encode(i)),
                "session": lambda i: deep(i, session(i)),
                "shallow": lambda i: shallow(i, encode(i)),
                "retrieval": lambda i: searcher.search(texts[i], asked[i].scope, HITS),
                "suggestion": lambda i: engine.answer(Question(texts[i], asked[i].scope)),
            },
            len(asked),
            rounds,
        )
    suggestion, retrieval = (ratio_of_medians(times, ours, "floor") for ours in ("suggestion", "retrieval"))
    best = best_of_rounds(times, len(asked))
    return [
        at_most("path_suggestion_vs_floor", suggestion, "x p50 of raw encode + raw hybrid query", SUGGESTION_GOAL),
        at_most("path_retrieval_vs_floor", retrieval, "x p50 of raw encode + raw hybrid query", RETRIEVAL_GOAL),
        stated("path_suggestion_vs_floor_best", ratio_of_medians(best, "suggestion", "floor"), "x, best rounds"),
        stated("path_retrieval_vs_floor_best", ratio_of_medians(best, "retrieval", "floor"), "x, best rounds"),
        stated("path_retrieval_vs_session_floor", ratio_of_medians(times, "retrieval", "session"), "x p50"),
        stated("path_suggestion_vs_session_floor", ratio_of_medians(times, "suggestion", "session"), "x p50"),
        stated("path_retrieval_vs_shallow_floor", ratio_of_medians(times, "retrieval", "shallow"), "x p50"),
        stated("path_suggestion_vs_shallow_floor", ratio_of_medians(times, "suggestion", "shallow"), "x p50"),
        *(stated(f"path_{name}_p50", percentile(taken, 50), "ms") for name, taken in times.items()),
        stated("path_suggestion_p95", percentile(times["suggestion"], 95), "ms"),
    ]
