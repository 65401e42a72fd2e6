"""The human-in-the-loop judgment: suggest, decide, review."""
