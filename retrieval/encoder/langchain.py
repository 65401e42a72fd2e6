"""The encoder as LangChain's `Embeddings`, so that LangChain users can plug it in. Not imported by the server."""

from __future__ import annotations

from langchain_core.embeddings import Embeddings

from retrieval.encoder.base import Encoder


class CopilotEmbeddings(Embeddings):
    """`CopilotEmbeddings(load_encoder(settings))`; the prompts of the model are added by the encoder."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self.encoder.encode_passages(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        vector: list[float] = self.encoder.encode_queries([text])[0].tolist()
        return vector
