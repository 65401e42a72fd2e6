"""A light adapter on the question's embedding, learned from accepted citations. No database, no torch."""

from retrieval.adapter.model import QueryAdapter
from retrieval.adapter.storage import load, save

__all__ = ["QueryAdapter", "load", "save"]
