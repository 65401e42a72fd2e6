"""The demo's articles as if they had been written lately: one that was published a month before WRITTEN is a month old.

Those that are valid from or to a day stay as they are, since their texts name it; of them some have grown old.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from demo.resources import ARTICLES_DIR

WRITTEN: Final = date(2025, 7, 1)
_PUBLISHED: Final = re.compile(r"^published_at: (\d{4}-\d\d-\d\d)$", re.MULTILINE)
_VALID: Final = re.compile(r"^valid_(?:from|to): \d", re.MULTILINE)


def write_articles(directory: Path, now: datetime) -> Path:
    """Write every article of `ARTICLES_DIR` into `directory`, over what is there; returns `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    moved = now.date() - WRITTEN
    for source in sorted(ARTICLES_DIR.glob("*.md")):
        text = source.read_text("utf-8")
        head, mark, body = text.partition("\n---\n")
        if not _VALID.search(head):
            head = _PUBLISHED.sub(lambda found: f"published_at: {_later(found[1], moved)}", head)
        (directory / source.name).write_text(head + mark + body, "utf-8")
    return directory


def _later(day: str, by: timedelta) -> date:
    return date.fromisoformat(day) + by
