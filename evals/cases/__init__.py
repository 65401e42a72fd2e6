"""Labelled questions that evaluations are measured on: they write themselves from what agents do, editors correct them."""
