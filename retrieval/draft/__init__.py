"""Drafts a reply from records and retrieved passages. `retrieval.draft.llm` is imported only when an LLM is set up."""

from retrieval.draft.asked import topic_of
from retrieval.draft.extractive import ExtractiveDrafter
from retrieval.draft.request import Drafted, DraftRequest, sources_for_customer

__all__ = ["DraftRequest", "Drafted", "ExtractiveDrafter", "sources_for_customer", "topic_of"]
