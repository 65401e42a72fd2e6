"""Checks every sentence of a draft against what it cites: words, entities, polarity, and every number."""

from retrieval.verify.courtesy import is_courtesy, phrase
from retrieval.verify.draft import VERSION, source_text, verify_draft, verify_one
from retrieval.verify.sentence import verify_sentence
from retrieval.verify.surface import carries_instruction, has_placeholder, surface_problems

__all__ = [
    "VERSION",
    "carries_instruction",
    "has_placeholder",
    "is_courtesy",
    "phrase",
    "source_text",
    "surface_problems",
    "verify_draft",
    "verify_one",
    "verify_sentence",
]
