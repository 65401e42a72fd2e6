"""Labelled questions that evaluations are measured on; they write themselves, editors correct them."""
