"""Clearing up after uploads: first the rows, then, once that is committed, the files that no row names."""

from __future__ import annotations

from itertools import islice

from core.db import Database
from core.storage import FileStore
from records.attachments import queries
from records.attachments.actions import UNSENT_SECONDS

BATCH = 500


def remove_orphans(db: Database, files: FileStore, seconds: float = UNSENT_SECONDS) -> int:
    """Delete stored files older than that which no row names (an upload's request may have failed after its file was
    written); returns how many. Call it with no transaction open."""
    removed = 0
    keys = files.older_than(seconds)
    while batch := list(islice(keys, BATCH)):
        with db.reading() as session:
            known = queries.known_keys(session, batch)
        for key in set(batch) - known:
            files.delete(key)
            removed += 1
    return removed
