"""The demo's articles are as old as they were when they were written, whenever it is seeded."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import yaml

from demo.dated import WRITTEN, write_articles
from evals.gaps.upkeep import REVIEW_DAYS
from tests.demo.articles import all_articles

NOW = datetime(2031, 3, 9, 12, tzinfo=UTC)


def test_only_days_of_publication_move(tmp_path: Path) -> None:
    folder = write_articles(tmp_path / "articles", NOW)
    assert len(list(folder.iterdir())) == len(all_articles())
    for article in all_articles():
        _, head, body = (folder / f"{article.id}.md").read_text("utf-8").split("---\n", 2)
        meta = yaml.safe_load(head)
        assert body.strip() == article.body.strip()
        published = meta.pop("published_at")
        valid = meta["valid_from"] or meta["valid_to"]
        moved = timedelta(0) if valid else NOW.date() - WRITTEN
        assert published == article.meta["published_at"] + moved
        assert meta == {name: value for name, value in article.meta.items() if name != "published_at"}


def test_few_articles_are_old_on_the_day_of_the_seeding(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    heads = [path.read_text("utf-8").split("---\n", 2)[1] for path in write_articles(tmp_path, now).iterdir()]
    metas = [yaml.safe_load(head) for head in heads]
    old = [m for m in metas if m["published_at"] < now.date() - timedelta(REVIEW_DAYS)]
    assert 0 < len(old) < len(metas) / 8
    assert all(isinstance(m["published_at"], date) for m in metas)
    assert not any(m["published_at"] > now.date() for m in metas if not m["valid_from"])
