"""Folders and tables of articles come in, twice the same is nothing, and a bad one stops nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from core.db import Database
from core.errors import Forbidden, InvalidInput
from core.events import Event
from knowledge.articles.actions import archive_article
from knowledge.imports import import_articles
from knowledge.imports.html import html_to_markdown
from knowledge.imports.markdown import clean, split_front_matter
from knowledge.models import Article, ArticleVersion, VersionStatus
from knowledge.passages import live_docs
from records.imports.models import ImportRowError, ImportRun
from records.principals import SYSTEM_PRINCIPAL as SYSTEM
from records.principals import Role
from tests.factories import make_shop, make_staff, staff_principal

RETURN = """---
title: 退货政策
category: 售后
audience: internal
shops: [s1]
intents: [return_request]
owner: rita
valid_to: 2030-12-31
published_at: 2025-03-01
---

# 退货政策

七天内可以无理由退货。
"""


@pytest.fixture
def folder(db: Database, tmp_path: Path) -> Path:
    with db.unit_of_work() as session:
        make_shop(session, code="s1", timezone="Asia/Shanghai")
        make_staff(session, Role.EDITOR, username="rita")
    root = tmp_path / "help"
    (root / "shipping").mkdir(parents=True)
    (root / "return.md").write_text(RETURN, encoding="utf-8")
    (root / "shipping" / "express-rates.md").write_text("Parcels go out within 48 hours.\n", encoding="utf-8")
    (root / "page.html").write_text(
        "<title>x</title><main><h1>发票</h1><p>电子发票一天内开具。</p></main>", encoding="utf-8"
    )
    (root / "LICENSE").write_text("not an article")
    return root


def counts(report: object) -> tuple[int, int, int, int]:
    return tuple(getattr(report, name) for name in ("created", "updated", "unchanged", "failed"))  # type: ignore[return-value]


def test_folder_twice(db: Database, folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    assert counts(import_articles(db, folder, SYSTEM, dry_run=True)) == (3, 0, 0, 0)
    with db.reading() as session:
        assert session.scalars(select(Article)).all() == [] and session.scalars(select(ImportRun)).all() == []
    report = import_articles(db, folder, SYSTEM, progress=lambda done, total: seen.append((done, total)))
    assert counts(report) == (3, 0, 0, 0) and seen[-1] == (3, 3)
    with db.reading() as session:
        article = session.scalars(select(Article).where(Article.external_id == "help/return.md")).one()
        assert (article.audience, article.category, article.intents) == ("internal", "售后", ["return_request"])
        assert article.shop_ids != [] and article.owner_id is not None
        assert article.valid_to == datetime(2030, 12, 31, 16, tzinfo=UTC), "the last day counts, in the shop's zone"
        docs = {doc.title: doc for doc in live_docs(session)}
        assert docs["退货政策"].published_at == datetime(2025, 2, 28, 16, tzinfo=UTC)
        assert docs["express rates"].category == "shipping" and docs["express rates"].language == "en"
        assert docs["发票"].text == "电子发票一天内开具。"
        before = len(session.scalars(select(Event)).all())
    assert counts(import_articles(db, folder, SYSTEM)) == (0, 0, 3, 0)
    with db.reading() as session:
        names = session.scalars(select(Event.name).order_by(Event.id)).all()
        assert names[before:] == ["ImportFinished"], "the same again changes nothing"
        assert len(session.scalars(select(ArticleVersion)).all()) == 3


def test_changes_become_versions_and_people_keep_their_say(db: Database, folder: Path) -> None:
    import_articles(db, folder, SYSTEM)
    (folder / "return.md").write_text(RETURN.replace("七天", "十五天").replace("internal", "public"), encoding="utf-8")
    (folder / "page.html").write_text("<h1>发票</h1><p>电子发票两天内开具。</p>", encoding="utf-8")
    with db.unit_of_work() as session:
        page = session.scalars(select(Article).where(Article.external_id == "help/page.html")).one()
        archive_article(session, SYSTEM, page.id)
    report = import_articles(db, folder, SYSTEM)
    assert counts(report) == (0, 1, 1, 0)
    assert [skipped.place for skipped in report.skipped] == ["page.html"], "what was archived here stays archived"
    with db.reading() as session:
        versions = session.scalars(
            select(ArticleVersion)
            .join(Article)
            .where(Article.external_id == "help/return.md")
            .order_by(ArticleVersion.number)
        ).all()
        assert [version.status for version in versions] == [VersionStatus.RETIRED, VersionStatus.PUBLISHED]
        assert versions[0].retired_at == versions[1].published_at > versions[0].published_at
        assert {doc.audience for doc in live_docs(session)} == {"public"}


def test_errors_name_place_field_and_fix(db: Database, folder: Path) -> None:
    (folder / "a.md").write_text("---\nshops: [nowhere]\n---\nText.", encoding="utf-8")
    (folder / "b.md").write_text("---\ntitle: a: b: c\n---\nText.", encoding="utf-8")
    (folder / "c.md").write_text("---\nvalid_to: next week\n---\nText.", encoding="utf-8")
    (folder / "d.md").write_text("---\naudience: friends\n---\nText.", encoding="utf-8")
    (folder / "e.md").write_text("---\ntitle: Empty\n---\n\n<!-- later -->", encoding="utf-8")
    (folder / "f.md").write_bytes(b"\x00\x01\x02\xff")
    report = import_articles(db, folder, SYSTEM)
    assert report.created == 3 and [s.place for s in report.skipped] == ["e.md"]
    assert [(e.place, e.field) for e in report.errors] == [
        ("a.md", "shops"),
        ("b.md", ""),
        ("c.md", "valid_to"),
        ("d.md", "audience"),
        ("f.md", ""),
    ]
    assert "s1" in report.errors[0].message and report.errors[2].value == "next week"
    with db.reading() as session:
        run = session.get_one(ImportRun, report.run_id)
        assert (run.created, run.failed) == (3, 5)
        assert len(session.scalars(select(ImportRowError)).all()) == 5


def test_rows_of_a_shop(db: Database, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "faq.jsonl"
    rows = [
        {"id": "1", "title": "退款", "text": "退款三天到账。"},
        {"id": "1", "title": "又", "text": "同号"},
        {"title": "无号", "text": "x"},
    ]
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    report = import_articles(db, file, SYSTEM, shop="s1", audience="internal")
    assert (
        report.created == 1 and [error.place for error in report.errors] == ["row 2", "row 3"]
    ) or report.failed == 2
    with db.reading() as session:
        article = session.scalars(select(Article)).one()
        assert article.external_id == "s1:1" and article.audience == "internal" and len(article.shop_ids) == 1
    table = tmp_path / "faq.csv"
    table.write_text("id,title,text,category\n9,换货,七天内可以换货。,售后\n", encoding="utf-8")
    assert import_articles(db, table, SYSTEM).created == 1


def test_drafts_and_policy(db: Database, folder: Path) -> None:
    with db.unit_of_work() as session:
        agent = staff_principal(make_staff(session, Role.AGENT))
    with pytest.raises(Forbidden):
        import_articles(db, folder, agent)
    assert counts(import_articles(db, folder, SYSTEM, draft=True)) == (3, 0, 0, 0)
    assert counts(import_articles(db, folder, SYSTEM, draft=True)) == (0, 0, 3, 0)
    with db.reading() as session:
        assert live_docs(session) == []
    for path, shop in ((folder / "nothing", None), (folder / "LICENSE", None)):
        with pytest.raises(InvalidInput):
            import_articles(db, path, SYSTEM, shop=shop)


def test_retired_articles_are_history(db: Database, folder: Path) -> None:
    (folder / "return.md").write_text(
        RETURN.replace("published_at", "retired_at: 2025-06-30\npublished_at"), encoding="utf-8"
    )
    for expected in ((3, 0, 0, 0), (0, 0, 3, 0)):
        assert counts(import_articles(db, folder, SYSTEM)) == expected
    with db.reading() as session:
        assert "退货政策" not in {doc.title for doc in live_docs(session)}
        assert "退货政策" in {doc.title for doc in live_docs(session, at=datetime(2025, 5, 1, tzinfo=UTC))}


def test_jekyll_tags_go_and_words_stay() -> None:
    text = (
        "{:.bs-callout-info}\nWhen [Live Search]({% link live/tour.md %}) is on, "
        "see [docs]({{ site.devdocs_url }}/a).\n\n"
        "![]({% link a.png %}){: .zoom}\n_Search_\n\n|A<br/>B|[x](https://x.example)|\n\n"
        "{% raw %}\n```\n{{name}}\n```\n{% endraw %}\n"
        '{% include gdpr.md %}\nClick <span class="btn">Save</span>.\n'
    )
    assert clean(text).replace("\n\n", "\n") == (
        "When Live Search is on, see docs.\n_Search_\n|A B|[x](https://x.example)|\n```\n{{name}}\n```\nClick Save.\n"
    )


def test_front_matter() -> None:
    assert split_front_matter("---\ntitle: a\n---\nb") == ({"title": "a"}, "b")
    assert split_front_matter("a\n---\nb\n---\n")[0] == {}
    assert split_front_matter("---\njust text\n---\nb")[1].startswith("---")
    with pytest.raises(InvalidInput, match="line 2"):
        split_front_matter("---\ntitle: a: b\n---\n")


def test_html_becomes_markdown() -> None:
    title, body = html_to_markdown(
        "<html><head><title>Shop</title></head><body><nav>Home</nav><main><h1>Returns</h1><p>Send it <b>back</b> in "
        "<a href='https://x.example'>time</a>.</p><ul><li>new<ol><li>boxed</li></ol></li><li>unused</li></ul>"
        "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table><script>bad()</script></main></body></html>"
    )
    assert title == "Returns"
    assert body == (
        "# Returns\n\nSend it **back** in [time](https://x.example).\n\n- new\n    1. boxed\n- unused\n\n"
        "| A | B |\n| --- | --- |\n| 1 | 2 |\n"
    )
