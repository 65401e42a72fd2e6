"""The same retrieval through LangChain and qdrant-client's local mode, with our encoder and with torch fp32.

    copilot bench --only peers

LangChain gets our sparse vectors (fastembed's models cannot be fetched) and the same passages, k and fusion depth (the
engine's RRF). qdrant-client's local mode is slow with a filter, so the comparison that has a goal is made **without**
one on their side, while ours filters: it flatters them. The filtered one is stated beside it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

import langchain_qdrant as lc
from langchain_core.embeddings import Embeddings
from qdrant_client import QdrantClient, models

from core.settings import Settings
from evals.bench.figures import Figure, at_most, interleaved, percentile, ratio_of_medians, stated
from evals.bench.knowledge_base import KnowledgeBase, questions
from evals.bench.path import indexed
from retrieval import sparse
from retrieval.encoder import packaged
from retrieval.encoder.base import Encoder
from retrieval.encoder.fallback import SentenceTransformerEncoder, load_sentence_transformer
from retrieval.encoder.langchain import CopilotEmbeddings
from retrieval.encoder.load import load_encoder
from retrieval.engine import HITS
from retrieval.index.store import DENSE, SPARSE
from retrieval.search import Searcher
from retrieval.types import SearchScope

TORCH_GOAL: Final = 0.4
COLLECTION: Final = "bench"
QUESTIONS: Final = 24  # a filtered query of theirs takes a fifth of a second


class OurSparse(lc.SparseEmbeddings):  # type: ignore[misc]  # no stubs
    def embed_documents(self, texts: list[str]) -> list[lc.SparseVector]:
        return [_sparse(sparse.encode_passage(text)) for text in texts]

    def embed_query(self, text: str) -> lc.SparseVector:
        return _sparse(sparse.encode_query(text))


def _sparse(vector: sparse.SparseVector) -> lc.SparseVector:
    return lc.SparseVector(indices=list(vector.indices), values=list(vector.values))


def torch_encoder(settings: Settings, folder: Path) -> Encoder:
    """The configured model in sentence-transformers on torch, fp32, one thread."""
    import torch  # noqa: PLC0415 - seconds and 400 MB; set-up of this comparison only

    torch.set_num_threads(1)
    source = settings.embedding_model
    if not source:
        packaged.write_sentence_transformer(folder / "st")
        source = str(folder / "st")
    return SentenceTransformerEncoder(load_sentence_transformer(source), "torch")


def local_collection(base: KnowledgeBase, dimension: int) -> QdrantClient:
    """The same points in qdrant-client's `:memory:` mode, laid out as langchain-qdrant reads them."""
    client = QdrantClient(":memory:")
    client.create_collection(
        COLLECTION,
        vectors_config={DENSE: models.VectorParams(size=dimension, distance=models.Distance.COSINE)},
        sparse_vectors_config={SPARSE: models.SparseVectorParams(modifier=models.Modifier.IDF)},
    )
    for batch in base.batches():
        client.upsert(
            COLLECTION,
            [
                models.PointStruct(
                    id=point.passage.id,
                    vector={
                        DENSE: point.dense.tolist(),
                        SPARSE: models.SparseVector(
                            indices=list(point.sparse.indices), values=list(point.sparse.values)
                        ),
                    },
                    payload={
                        "page_content": point.passage.text,
                        "metadata": {"audience": point.passage.audience, "shops": list(point.passage.shops)},
                    },
                )
                for point in batch
            ],
        )
    return client


def vector_store(client: QdrantClient, embeddings: Embeddings) -> Any:
    return lc.QdrantVectorStore(
        client,
        COLLECTION,
        embedding=embeddings,
        sparse_embedding=OurSparse(),
        retrieval_mode=lc.RetrievalMode.HYBRID,
        vector_name=DENSE,
        sparse_vector_name=SPARSE,
    )


def same_scope(scope: SearchScope) -> models.Filter:
    """Audience and shop; passages of the demo have no end of validity here."""
    shops = models.FieldCondition(key="metadata.shops", match=models.MatchAny(any=[scope.shop or 0]))
    every = models.IsEmptyCondition(is_empty=models.PayloadField(key="metadata.shops"))
    audience = models.FieldCondition(key="metadata.audience", match=models.MatchAny(any=sorted(scope.audiences)))
    return models.Filter(must=[audience, models.Filter(should=[shops, every])])


def figures(settings: Settings, count: int, rounds: int = 3) -> list[Figure]:
    encoder = load_encoder(settings)
    every = questions()
    asked = every[:: max(1, len(every) // QUESTIONS)]
    texts = [one.text for one in asked]
    filters = [same_scope(one.scope) for one in asked]
    with tempfile.TemporaryDirectory() as folder, indexed(encoder, count) as there:
        searcher = Searcher(encoder, there.client)
        client = local_collection(there.base, encoder.dimension)
        same = vector_store(client, CopilotEmbeddings(encoder))
        torch = vector_store(client, CopilotEmbeddings(torch_encoder(settings, Path(folder))))
        times = interleaved(
            {
                "ours": lambda i: searcher.search(texts[i], asked[i].scope, HITS),
                "same": lambda i: same.similarity_search(texts[i], k=HITS),
                "filtered": lambda i: same.similarity_search(texts[i], k=HITS, filter=filters[i]),
                "torch": lambda i: torch.similarity_search(texts[i], k=HITS),
            },
            len(asked),
            rounds,
        )
    ours = "x p50 of LangChain + qdrant-client local"
    return [
        at_most("retrieval_vs_langchain_torch", ratio_of_medians(times, "ours", "torch"), f"{ours}, torch", TORCH_GOAL),
        stated("retrieval_vs_langchain_same_encoder", ratio_of_medians(times, "ours", "same"), ours),
        stated("retrieval_vs_langchain_filtered", ratio_of_medians(times, "ours", "filtered"), f"{ours}, same filter"),
        *(stated(f"langchain_{name}_p50", percentile(times[name], 50), "ms") for name in ("same", "filtered", "torch")),
    ]
