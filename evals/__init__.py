"""Measures the answers: retrieval, intents, drafts, with intervals, by command."""
