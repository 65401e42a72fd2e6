"""Figures of the encoder: compiled against sentence-transformers on torch, memory, cold start, and nDCG lost.

    python -m evals.bench.encoder
    python -m evals.bench.encoder --ndcg DATA/retrieval/zh_passages --documents 1000

Speeds are ratios of interleaved runs with one thread each: absolute times wander on shared cores.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import ir_measures
import numpy as np
from ir_measures import nDCG

from core.settings import get_settings
from evals.beir import load_beir
from evals.bench.figures import Figure, figure
from evals.statistics import paired_bootstrap
from retrieval.encoder import packaged
from retrieval.encoder.base import Vectors
from retrieval.encoder.cache import EmbeddingCache
from retrieval.encoder.compile import prepare_models
from retrieval.encoder.compiled import CompiledEncoder
from retrieval.encoder.fallback import SentenceTransformerEncoder, load_sentence_transformer
from retrieval.encoder.load import load_encoder
from retrieval.encoder.manifest import COMPILED, model_directory
from retrieval.encoder.reference import reference_texts

SINGLE_GOAL: Final = 0.3
SHORT_GOAL: Final = 3.0
LONG_GOAL: Final = 2.0
NDCG_GOAL: Final = 0.01
LONG_TOKENS: Final = 250


def speed(repeats: int = 9) -> list[Figure]:
    """Compiled against torch fp32, one thread each: a query, 32 questions, 16 passages of 250 tokens; and our own
    overhead on the raw onnxruntime call with the tokenizer."""
    import torch  # noqa: PLC0415  (the thing compared with; the other figures must not load it)

    torch.set_num_threads(1)
    compiled = CompiledEncoder(_compiled_directory())
    with tempfile.TemporaryDirectory() as folder:
        packaged.write_sentence_transformer(Path(folder) / "st")
        reference = SentenceTransformerEncoder(load_sentence_transformer(str(Path(folder) / "st")), "torch")
    queries, passages, _ = reference_texts()
    short = [queries[i % len(queries)] for i in range(32)]
    long = _long_passages(compiled, passages)

    def one_by_one(encode: Callable[[Sequence[str]], Vectors]) -> Callable[[], object]:
        return lambda: [encode([text]) for text in queries[:8]]

    single = _ratio(repeats, one_by_one(compiled.encode_queries), one_by_one(reference.encode_queries))
    batch = _ratio(repeats, lambda: compiled.encode_queries(short), lambda: reference.encode_queries(short))
    passage = _ratio(repeats, lambda: compiled.encode_passages(long), lambda: reference.encode_passages(long))
    overhead = _ratio(repeats * 3, one_by_one(compiled.encode_queries), one_by_one(raw_encode(compiled)))
    return [
        figure("encoder_query_vs_torch", single, "x time", f"<= {SINGLE_GOAL}", single <= SINGLE_GOAL),
        figure("encoder_batch32_vs_torch", 1 / batch, "x rate", f">= {SHORT_GOAL}", 1 / batch >= SHORT_GOAL),
        figure("encoder_passage250_vs_torch", 1 / passage, "x rate", f">= {LONG_GOAL}", 1 / passage >= LONG_GOAL),
        figure("encoder_query_vs_raw_onnxruntime", overhead, "x time", "<= 1.05", overhead <= 1.05),
    ]


def footprint() -> list[Figure]:
    """Seconds from process start to the first vector, and the resident memory then, in a process of its own."""
    code = (
        "import psutil\nfrom core.settings import get_settings\nfrom retrieval.encoder.load import load_encoder\n"
        "load_encoder(get_settings()).encode_queries(['hello'])\n"
        "print(psutil.Process().memory_info().rss)"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    seconds, megabytes = [], 0.0
    for _ in range(3):
        start = time.perf_counter()
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
        seconds.append(time.perf_counter() - start)
        megabytes = int(run.stdout) / 1e6
    start_up = min(seconds)
    return [
        figure("encoder_cold_start", start_up, "s", "<= 5", start_up <= 5),
        figure("encoder_memory", megabytes, "MB", "<= 600", megabytes <= 600),
    ]


def ndcg_lost(folder: Path, cache: Path, documents: int = 0, progress: Callable[[str], None] = print) -> list[Figure]:
    """nDCG@10 of dense search (exact) with the fp32 model less that of the served one, on a BEIR folder.

    The fp32 side is the fused fp32 graph, used only when its lowest cosine to torch is above .9999. `documents` > 0
    takes that many: the labelled documents of a seeded sample of questions, then seeded others; both sides alike.
    Embeddings are kept in `cache`, so an interrupted run goes on.
    """
    exact = CompiledEncoder(prepare_models(cache / "fp32", get_settings().embedding_model, progress, only="fp32-fused"))
    if exact.manifest.minimum_cosine < 0.9999:
        raise RuntimeError(f"The fp32 graph is not the torch model: cosine {exact.manifest.minimum_cosine:.5f}.")
    dataset = load_beir(folder)
    texts = {d.id: f"{d.title}\n{d.text}" if d.title else d.text for d in dataset.documents}
    queries = [q for q in dataset.queries if dataset.qrels.get(q.id)]
    chosen = list(texts)
    if documents:
        shuffled = random.Random(0).sample(queries, len(queries))
        labelled: dict[str, None] = {}
        queries = []
        for query in shuffled:
            wanted = [d for d in dataset.qrels[query.id] if d in texts]
            if len(labelled) + len(wanted) <= documents // 2:
                queries.append(query)
                labelled.update(dict.fromkeys(wanted))
        others = [d for d in random.Random(1).sample(list(texts), len(texts)) if d not in labelled]
        chosen = [*labelled, *others[: documents - len(labelled)]]
    qrels = {q.id: dict(dataset.qrels[q.id]) for q in queries}
    scores = []
    for encoder in (exact, CompiledEncoder(_compiled_directory())):
        embeddings = EmbeddingCache(cache / "embeddings.db")

        def said(done: int, total: int, rung: str = encoder.manifest.rung) -> None:
            progress(f"{folder.name}: {rung}: {done}/{total}")

        rows = embeddings.passages(encoder, [texts[d] for d in chosen], said)
        asked = embeddings.queries(encoder, [q.text for q in queries], said)
        scores.append(_ndcg(rows, asked, chosen, [q.id for q in queries], qrels))
    difference = paired_bootstrap(scores[0], scores[1])
    name = f"encoder_ndcg10_lost_{folder.name}" + (f"_{len(chosen)}_documents" if documents else "")
    progress(
        f"{folder.name}: {len(queries)} questions, {len(chosen)} documents, fp32 {np.mean(scores[0]):.4f}, "
        f"served {np.mean(scores[1]):.4f}, lost {difference.mean:+.4f} [{difference.low:+.4f}, {difference.high:+.4f}]"
    )
    return [figure(name, difference.mean, "nDCG@10", f"<= {NDCG_GOAL}", difference.mean <= NDCG_GOAL)]


def _ndcg(
    rows: Vectors, asked: Vectors, documents: Sequence[str], queries: Sequence[str], qrels: dict[str, dict[str, int]]
) -> list[float]:
    run: dict[str, dict[str, float]] = {}
    for start in range(0, len(queries), 256):
        similarity = asked[start : start + 256] @ rows.T
        best = np.argpartition(-similarity, min(20, len(documents) - 1), axis=1)[:, :20]
        for at, query in enumerate(queries[start : start + 256]):
            run[query] = {documents[int(d)]: float(similarity[at, d]) for d in best[at]}
    found = {value.query_id: value.value for value in ir_measures.iter_calc([nDCG @ 10], qrels, run)}
    return [found[query] for query in queries]


def _compiled_directory() -> Path:
    settings = get_settings()
    load_encoder(settings)  # says what to do when nothing is prepared
    return model_directory(settings.models_dir, settings.embedding_model) / COMPILED


def _long_passages(encoder: CompiledEncoder, passages: Sequence[str], count: int = 16) -> list[str]:
    """Texts of LONG_TOKENS tokens, prompt and special tokens included, from the reference passages."""
    tokenizer = encoder.tokenizer
    bare = len(tokenizer.encode(encoder.manifest.passage_prompt).ids)
    texts = []
    for number in range(count):
        text = " ".join([*passages[number:], *passages[:number]])
        end = tokenizer.encode(text).offsets[LONG_TOKENS - bare][1]
        texts.append(text[:end])
    return texts


def raw_encode(encoder: CompiledEncoder) -> Callable[[Sequence[str]], Vectors]:
    """One question through tokenizer and session and nothing else."""
    session, tokenizer, prompt = encoder.session, encoder.tokenizer, encoder.manifest.query_prompt

    def encode(texts: Sequence[str]) -> Vectors:
        ids = np.array([tokenizer.encode(prompt + texts[0]).ids], np.int64)
        output: Vectors = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
        return output

    return encode


def _ratio(repeats: int, ours: Callable[[], object], theirs: Callable[[], object]) -> float:
    """Median of the time ratios of neighbouring runs, after one warm-up each; who goes first alternates."""
    ours()
    theirs()
    ratios = []
    for turn in range(repeats):
        taken = {}
        for side in (ours, theirs) if turn % 2 else (theirs, ours):
            start = time.perf_counter()
            side()
            taken[side] = time.perf_counter() - start
        ratios.append(taken[ours] / taken[theirs])
    return statistics.median(ratios)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ndcg", type=Path, action="append", default=[], metavar="DIR", help="a BEIR folder")
    parser.add_argument("--documents", type=int, default=0, help="with --ndcg: a sample of this many; 0 takes all")
    parser.add_argument("--cache", type=Path, default=Path("var/cache/bench"), help="where embeddings are kept")
    arguments = parser.parse_args()
    figures = []
    for folder in arguments.ndcg:
        figures += ndcg_lost(
            folder, arguments.cache, arguments.documents, lambda text: print(text, file=sys.stderr, flush=True)
        )
    for one in figures or [*speed(), *footprint()]:
        print(json.dumps(one))


if __name__ == "__main__":
    main()
