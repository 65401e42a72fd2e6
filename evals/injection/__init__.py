"""Prompt injections against the whole product: what they may not bring about, counted."""
