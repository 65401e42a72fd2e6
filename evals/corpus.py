"""A BEIR corpus in a temporary Qdrant Edge shard, each document one passage: what evaluations search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.beir import CorpusDocument
from retrieval import sparse
from retrieval.encoder.base import Encoder
from retrieval.encoder.cache import EmbeddingCache
from retrieval.index.edge import EdgeStore
from retrieval.index.store import Point
from retrieval.language import detect
from retrieval.types import PassageDoc

Progress = Callable[[str, int, int], None]  # stage, done, total
_BATCH = 1000


@contextmanager
def indexed(
    documents: Sequence[CorpusDocument], encoder: Encoder, embeddings: EmbeddingCache, progress: Progress
) -> Iterator[EdgeStore]:
    """A store of all `documents`, embedded through the cache; it is gone when the block ends."""
    passages = [as_passage(number, document) for number, document in enumerate(documents, 1)]
    texts = [passage.embed_text for passage in passages]
    vectors = embeddings.passages(encoder, texts, lambda done, total: progress("encode documents", done, total))

    def batches() -> Iterator[list[Point]]:
        for start in range(0, len(passages), _BATCH):
            rows = range(start, min(start + _BATCH, len(passages)))
            yield [Point(passages[row], vectors[row], sparse.encode_passage(texts[row])) for row in rows]
            progress("index documents", rows.stop, len(passages))

    with TemporaryDirectory(prefix="copilot-eval-") as directory:
        store = EdgeStore(Path(directory))
        try:
            store.rebuild(batches(), encoder.model_version)
            store.ensure(encoder.model_version, encoder.dimension)
            yield store
        finally:
            store.close()


def as_passage(number: int, document: CorpusDocument) -> PassageDoc:
    return PassageDoc(
        id=number,
        document_id=document.id,
        source_kind="article",
        title=document.title,
        text=document.text,
        version=1,
        span=(0, len(document.text)),
        language=detect(document.text),
    )
