"""Measure all parts on the cases: stored, comparable, resumable."""
