"""The preview says before publishing what a search finds after it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from sqlalchemy import select

from copilot.runtime import ADAPTER_KIND, Runtime
from core.artifacts import register_artifact, roll_back
from core.db import Database
from core.errors import InvalidInput, NotFound
from core.settings import Settings
from evals.cases.actions import create_case
from evals.gate.preview import ChangedCase, graver, preview
from knowledge.articles.actions import ArticleScope, create_article, new_draft, publish_version
from knowledge.models import ArticleVersion
from records.principals import SYSTEM_PRINCIPAL
from retrieval import sparse
from retrieval.adapter import QueryAdapter, save
from retrieval.encoder.base import Vectors
from tests.api.world import StubStore


class WordEncoder:
    """Vectors of hashed words: near in words, near in space."""

    dimension = 64
    model_version = "words-1"

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        rows = np.full((len(texts), 64), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for word in sparse.tokenize(text):
                rows[row, sparse.term_index(word) % 64] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    encode_queries = encode_passages


def _runtime(db: Database, settings: Settings) -> Runtime:
    runtime = Runtime(settings, db, store=StubStore())  # type: ignore[arg-type]
    runtime.__dict__["encoder"] = WordEncoder()
    return runtime


def _article(db: Database, title: str, body: str, publish: bool = True) -> tuple[int, int]:
    with db.unit_of_work() as session:
        article = create_article(
            session, SYSTEM_PRINCIPAL, title=title, body=body, scope=ArticleScope(audience="public"), language="zh"
        )
        version = session.scalars(select(ArticleVersion.id).where(ArticleVersion.article_id == article.id)).one()
        if publish:
            publish_version(session, SYSTEM_PRINCIPAL, version)
        return article.id, version


def test_a_preview_is_what_happens(db: Database, settings: Settings) -> None:
    runtime = _runtime(db, settings)
    returns, published = _article(db, "退货", "签收七天内可以退货，运费由买家承担。")
    invoices, _ = _article(db, "发票", "电子发票在签收后开具，发送到邮箱。")
    with db.unit_of_work() as session:
        for question, source in (("退货运费谁出", returns), ("怎么开发票", invoices), ("会员积分怎么用", invoices)):
            create_case(session, SYSTEM_PRINCIPAL, question=question, sources=[f"article:{source}"])
    points, draft = _article(db, "会员积分", "会员积分可以抵扣运费，会员积分每年清零。", publish=False)
    told = preview(runtime, SYSTEM_PRINCIPAL, draft, answers=False)
    assert told.cases == 3 and told.worse >= 1
    broken = next(one for one in told.shown if one.question == "会员积分怎么用")
    assert broken.top_after == f"article:{points}" and broken.effect == "worse" and broken.top_changed
    with db.unit_of_work() as session:
        publish_version(session, SYSTEM_PRINCIPAL, draft)
    with pytest.raises(InvalidInput, match="published or retired"):
        preview(runtime, SYSTEM_PRINCIPAL, draft, answers=False)
    # The base is older than what was published meanwhile: the next preview begins from what is live now.
    with db.unit_of_work() as session:
        again = new_draft(session, SYSTEM_PRINCIPAL, points, title="会员积分", body="只说一件事：积分清零。")
        version = session.scalars(
            select(ArticleVersion.id).where(ArticleVersion.article_id == points, ArticleVersion.status == "draft")
        ).one()
    assert again is not None
    late, fresh = (preview(one, SYSTEM_PRINCIPAL, version, answers=False) for one in (runtime, _runtime(db, settings)))
    assert late.shown == fresh.shown and (late.changed, late.cases) == (fresh.changed, fresh.cases)
    with pytest.raises(NotFound):
        preview(runtime, SYSTEM_PRINCIPAL, 999_999, answers=False)
    assert published


def test_another_answer_comes_before_another_place_of_the_same_one() -> None:
    def case(number: int, effect: str, before: str | None, after: str | None, top: str = "article:1") -> ChangedCase:
        return ChangedCase(number, "", effect, "article:1", top, None, None, before, after)

    found = [
        case(1, "worse", "一", "一"), case(2, "worse", None, None, "article:2"), case(3, "better", "一", "二"),
        case(4, "changed", "一", "二"), case(5, "worse", "一", "二"),
    ]  # fmt: skip
    assert [one.case_id for one in sorted(found, key=graver)] == [5, 4, 3, 2, 1]


def test_a_preview_searches_as_the_adapter_that_serves(db: Database, settings: Settings) -> None:
    """One that turns every question to the draft: with it in force the draft comes first, without it does not."""
    runtime = _runtime(db, settings)
    returns, _ = _article(db, "退货", "签收七天内可以退货，运费由买家承担。")
    with db.unit_of_work() as session:
        create_case(session, SYSTEM_PRINCIPAL, question="退货运费谁出", sources=[f"article:{returns}"])
    text = "帽子清洗要用冷水，晾干后再戴。"
    hats, draft = _article(db, "帽子", text, publish=False)
    assert preview(runtime, SYSTEM_PRINCIPAL, draft, answers=False).worse == 0
    towards = WordEncoder().encode_passages([f"帽子\n{text}"])
    asked = WordEncoder().encode_queries(["退货运费谁出"])
    adapter = QueryAdapter(np.ascontiguousarray(asked.T * 50), towards, WordEncoder.model_version)
    folder = settings.data_dir / "adapters" / "one"
    save(adapter, folder)
    with db.unit_of_work() as session:
        register_artifact(session, ADAPTER_KIND, adapter.version, "adapters/one", {})
    told = preview(runtime, SYSTEM_PRINCIPAL, draft, answers=False)
    assert told.shown and told.shown[0].top_after == f"article:{hats}" and told.worse == 1
    with db.unit_of_work() as session:
        roll_back(session, ADAPTER_KIND)
    assert preview(runtime, SYSTEM_PRINCIPAL, draft, answers=False).worse == 0
