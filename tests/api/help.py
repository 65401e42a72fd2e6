"""The help centre's tests stand on an index that is stale on purpose: it finds whatever there ever was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
from sqlalchemy import select

from api.help.reader import Limits
from api.rate_limit import RateLimit
from core.db import Database
from core.errors import Unavailable
from knowledge.articles.actions import ArticleScope, archive_article, create_article, new_draft, publish_version
from knowledge.models import Article, ArticleVersion, Passage
from knowledge.passages import passage_docs
from records.principals import SYSTEM_PRINCIPAL
from retrieval.classify.taxonomy import load_taxonomy
from retrieval.engine import Engine
from retrieval.search import SearchResult
from retrieval.sparse import tokenize
from retrieval.types import Classification, Hit, PassageDoc, SearchScope
from tests.api.world import World

NOW = datetime.now(UTC)
HIDDEN = {
    "internal": {"audience": "internal"},
    "for a role": {"audience": "role:supervisor"},
    "expired": {"valid_to": NOW - timedelta(days=1)},
    "not yet valid": {"valid_from": NOW + timedelta(days=1)},
}


class StaleSearcher:
    """Every passage ever written that shares a word with the query, whoever asks; `down` makes it refuse;
    `nearness` is the cosine of the best hit (unrelated texts have .84)."""

    def __init__(self, db: Database) -> None:
        self.db, self.down, self.nearness = db, False, 0.93
        self.scopes: list[SearchScope] = []

    def search(self, query: str, scope: SearchScope, limit: int = 10, language: str | None = None) -> list[Hit]:
        self.scopes.append(scope)
        if self.down:
            raise Unavailable("The index does not answer.")
        with self.db.reading() as session:
            docs = passage_docs(session, list(session.scalars(select(Passage.id))))
        words = set(tokenize(query))
        ranked = sorted(docs.values(), key=lambda doc: -self._shared(doc, words))
        found = [doc for doc in ranked if self._shared(doc, words)][:limit]
        return [Hit(doc, 1 / (n + 1), self.nearness - n / 20, n + 1, 9.0 - n, n + 1) for n, doc in enumerate(found)]

    def _shared(self, doc: PassageDoc, words: set[str]) -> int:
        return len(words & set(tokenize(doc.embed_text)))

    def search_vector(self, query: str, vector: Any, scope: SearchScope, limit: int = 10, language: Any = None) -> Any:
        return SearchResult(tuple(self.search(query, scope, limit, language)), {}, {})

    @contextmanager
    def begin(self, query: str, *args: Any, beside: bool = False) -> Iterator[Any]:
        yield SimpleNamespace(result=lambda: self.search_vector(query, None, *args), supply=lambda _: None)


class Encoder:
    def encode_queries(self, texts: list[str]) -> Any:
        return np.zeros((len(texts), 4), np.float32)


class Classifier:
    """Says what `intent` says."""

    taxonomy = load_taxonomy()
    model_version = "stub"
    intent: str | None = None

    def predict(self, text: str, vector: Any, language: str | None = None) -> Classification:
        return Classification(self.intent, 0.9, (), None, "normal", language or "zh", "stub")


@dataclass
class Help:
    """The world with a stale index behind the help centre, and short ways to publish and read."""

    world: World
    searcher: StaleSearcher
    classifier: Classifier

    def article(self, title: str, body: str, *, language: str = "zh", **scope: Any) -> int:
        """Published; returns its id."""
        with self.world.db.unit_of_work() as session:
            article = create_article(
                session, SYSTEM_PRINCIPAL, title=title, body=body, language=language, scope=ArticleScope(**scope)
            )
            version = session.scalars(select(ArticleVersion).where(ArticleVersion.article_id == article.id)).one()
            publish_version(session, SYSTEM_PRINCIPAL, version.id)
            return article.id

    def archived(self, title: str, body: str) -> int:
        article_id = self.article(title, body)
        self.archive(article_id)
        return article_id

    def archive(self, article_id: int) -> None:
        with self.world.db.unit_of_work() as session:
            version = session.get_one(Article, article_id).version
            archive_article(session, SYSTEM_PRINCIPAL, article_id, expected_version=version)

    def rewrite(self, article_id: int, body: str) -> None:
        """A new version, published."""
        with self.world.db.unit_of_work() as session:
            version = new_draft(session, SYSTEM_PRINCIPAL, article_id, title="退货运费由谁承担", body=body)
            publish_version(session, SYSTEM_PRINCIPAL, version.id)

    def draft(self, title: str, body: str) -> int:
        with self.world.db.unit_of_work() as session:
            return create_article(session, SYSTEM_PRINCIPAL, title=title, body=body, language="zh").id

    def get(self, path: str, **headers: str) -> Any:
        return self.world.client.get(path, headers={"accept-language": "zh-CN,zh;q=0.9", **headers})

    def post(self, path: str, **form: str) -> Any:
        return self.world.client.post(path, data=form, headers={"accept-language": "zh-CN"}, follow_redirects=False)


def make_help(world: World) -> Help:
    searcher, classifier = StaleSearcher(world.db), Classifier()
    engine = Engine(Encoder(), searcher, classifier)  # type: ignore[arg-type]
    world.runtime.engine = lambda: engine  # type: ignore[method-assign]
    world.client.app.state.help_limits = Limits(RateLimit(999, 60), RateLimit(999, 60), RateLimit(999, 60))
    return Help(world, searcher, classifier)
