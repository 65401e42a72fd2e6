"""From article text to searchable passages, beside encoding alone.

    copilot bench --only ingest

Both sides take the same demo articles, thirty passages or so at a time, in turns. Ours: cut the text, tokenize for
BM25, encode, write through the index process until the points are found and survive a kill. Theirs: `encode_passages`
of the ready texts. Rows in the database are not in it, nor the HNSW graph, which the index process builds aside when it
is idle.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from core.settings import Settings
from evals.bench.figures import Figure, at_least, interleaved, median_ratio, stated
from evals.bench.index import index_directory, running
from evals.bench.knowledge_base import articles, passages
from retrieval import sparse
from retrieval.chunking import split
from retrieval.encoder.load import load_encoder
from retrieval.index.store import Point
from retrieval.types import PassageDoc

GOAL: Final = 0.8
GROUP: Final = 8  # articles written together
GROUPS: Final = 10


def figures(settings: Settings, rounds: int = 2) -> list[Figure]:
    encoder = load_encoder(settings)
    source = articles()
    groups = [source[start : start + GROUP] for start in range(0, min(len(source), GROUP * GROUPS), GROUP)]
    template = passages()[0]
    ready = [[doc.embed_text for doc in _docs(group, 0, template)] for group in groups]
    written = 0
    with index_directory() as root, running(root, encoder.model_version, encoder.dimension) as client:

        def ingest(i: int) -> None:
            nonlocal written
            docs = _docs(groups[i], written, template)
            written += len(docs)
            vectors = encoder.encode_passages([doc.embed_text for doc in docs])
            client.upsert(
                [
                    Point(doc, vector, sparse.encode_passage(doc.embed_text))
                    for doc, vector in zip(docs, vectors, strict=True)
                ]
            )

        times = interleaved(
            {"ingest": ingest, "encode": lambda i: encoder.encode_passages(ready[i])}, len(groups), rounds
        )
        if client.count() != written:
            raise RuntimeError(f"{written} passages were written, {client.count()} are there.")
    rate = 1 / median_ratio(times, "ingest", "encode")
    count = sum(map(len, ready)) * rounds
    return [
        at_least("ingest_vs_raw_encode", rate, "x rate of encoding alone", GOAL),
        stated("ingest_rate", count / (sum(times["ingest"]) / 1e3), "passages/s"),
        stated("encode_rate", count / (sum(times["encode"]) / 1e3), "passages/s"),
    ]


def _docs(group: list[tuple[dict[str, Any], str]], first: int, template: PassageDoc) -> list[PassageDoc]:
    docs: list[PassageDoc] = []
    for head, body in group:
        for span in split(body, title=head["title"], language=head["language"]):
            number = first + len(docs) + 1
            where = (span.start, span.end)
            docs.append(
                replace(template, id=number, title=head["title"], heading=span.heading, text=span.text, span=where)
            )
    return docs
