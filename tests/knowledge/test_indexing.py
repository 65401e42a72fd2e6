"""After the last job the index holds exactly what is published, whatever jobs did to each other on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.db import Database
from core.errors import LeaseLost
from knowledge import passages
from knowledge.articles.actions import (
    ArticleScope,
    archive_article,
    change_scope,
    create_article,
    publish_text,
    publish_version,
    roll_back,
)
from knowledge.indexing import expired_articles, index_article_version, index_documents, mark_indexed
from knowledge.models import Article, ArticleVersion, Passage, VersionStatus
from knowledge.passages import live_docs
from knowledge.reindex import encode_ahead, mark_all_indexed, rechunk_all, reindex, verify_index
from records.principals import SYSTEM_PRINCIPAL as SYSTEM
from retrieval.encoder.cache import EmbeddingCache
from tests.knowledge.fakes import Actor, HashEncoder, Killed, MemoryStore, pause_here


def body(n: int, sections: int = 2) -> str:
    return "\n\n".join(f"## 第{s}节\n\n第{n}版：退货期限是{n + s}天，运费由卖家承担。" for s in range(sections))


def published(session: Session, n: int = 1, **scope: object) -> Article:
    article = create_article(session, SYSTEM, title="退货", body=body(n), scope=ArticleScope(**scope))  # type: ignore[arg-type]
    version = session.scalars(select(ArticleVersion).where(ArticleVersion.article_id == article.id)).one()
    publish_version(session, SYSTEM, version.id)
    return article


def wanted(db: Database) -> dict[int, object]:
    with db.reading() as session:
        return {doc.id: doc for doc in live_docs(session)}


def test_index_holds_the_published_version_only(db: Database) -> None:
    encoder, store = HashEncoder(), MemoryStore()
    with db.unit_of_work() as session:
        article = published(session)
    outcome = index_documents(db, encoder, store, article_ids=[article.id])
    with db.unit_of_work() as session:
        mark_indexed(session, outcome)
    first = set(store.points)
    assert len(first) == 2
    with db.unit_of_work() as session:
        second = publish_text(session, SYSTEM, article.id, title="退货", body=body(2, 3))
    outcome = index_article_version(db, encoder, store, second.id)
    with db.unit_of_work() as session:
        mark_indexed(session, outcome)
        versions = session.scalars(select(ArticleVersion).order_by(ArticleVersion.number)).all()
    assert store.passages == wanted(db)
    assert not first & set(store.points)
    assert [version.indexed_at is not None for version in versions] == [False, True]
    with db.unit_of_work() as session:
        archive_article(session, SYSTEM, article.id)
    with db.unit_of_work() as session:
        mark_indexed(session, index_documents(db, encoder, store, article_ids=[article.id]))
        assert session.scalars(select(ArticleVersion).where(ArticleVersion.indexed_at.is_not(None))).all() == []
    assert store.points == {}


def test_job_for_an_old_version_indexes_the_new_one(sqlite_db: Database) -> None:
    store = MemoryStore()
    with sqlite_db.unit_of_work() as session:
        article = published(session)
        old = session.scalars(select(ArticleVersion.id)).one()
        publish_text(session, SYSTEM, article.id, title="退货", body=body(2))
    index_article_version(sqlite_db, HashEncoder(), store, old)
    assert {doc.version for doc in store.passages.values()} == {2}


def test_scope_change_rewrites_the_points(sqlite_db: Database) -> None:
    encoder, store = HashEncoder(), MemoryStore()
    with sqlite_db.unit_of_work() as session:
        article = published(session)
    index_documents(sqlite_db, encoder, store, article_ids=[article.id])
    with sqlite_db.unit_of_work() as session:
        change_scope(session, SYSTEM, article.id, ArticleScope(audience="internal"))
    index_documents(sqlite_db, encoder, store, article_ids=[article.id])
    assert {doc.audience for doc in store.passages.values()} == {"internal"}


def test_no_transaction_is_open_while_encoding_and_writing(db: Database) -> None:
    with db.unit_of_work() as session:
        article = published(session)
    open_connections: list[int] = []
    store = MemoryStore(lambda: open_connections.append(db.engine.pool.checkedout()))  # type: ignore[attr-defined]
    index_documents(db, HashEncoder(), store, article_ids=[article.id])
    assert open_connections and set(open_connections) == {0}


def test_progress_can_stop_the_job(sqlite_db: Database) -> None:
    with sqlite_db.unit_of_work() as session:
        article = published(session)

    def lost(done: int, total: int) -> None:
        raise LeaseLost("somebody else has it")

    with pytest.raises(LeaseLost):
        index_documents(sqlite_db, HashEncoder(), MemoryStore(), article_ids=[article.id], progress=lost)


def test_expired_article_leaves_the_index(db: Database) -> None:
    encoder, store = HashEncoder(), MemoryStore()
    with db.unit_of_work() as session:
        article = published(session, valid_to=datetime.now(UTC) + timedelta(hours=1))
    outcome = index_documents(db, encoder, store, article_ids=[article.id])
    with db.unit_of_work() as session:
        mark_indexed(session, outcome)
        assert expired_articles(session) == []
        session.execute(update(Article).values(valid_to=datetime.now(UTC) - timedelta(seconds=5)))
        assert expired_articles(session) == [article.id]
    outcome = index_documents(db, encoder, store, article_ids=[article.id])
    with db.unit_of_work() as session:
        mark_indexed(session, outcome)
        assert expired_articles(session) == []
    assert store.points == {}


def test_mark_of_a_late_job_does_not_touch_a_newer_version(db: Database) -> None:
    store = MemoryStore()
    with db.unit_of_work() as session:
        article = published(session)
    late = index_documents(db, HashEncoder(), store, article_ids=[article.id])
    with db.unit_of_work() as session:
        publish_text(session, SYSTEM, article.id, title="退货", body=body(2))
    with db.unit_of_work() as session:
        mark_indexed(session, index_documents(db, HashEncoder(), store, article_ids=[article.id]))
    with db.unit_of_work() as session:
        mark_indexed(session, late)
        rows = session.execute(select(ArticleVersion.number).where(ArticleVersion.indexed_at.is_not(None)))
        assert rows.scalars().all() == [2]


class World:
    """Articles that people change, and the jobs that these changes cause, in any order and interleaving."""

    def __init__(self, db: Database) -> None:
        self.db, self.encoder, self.store = db, HashEncoder(), MemoryStore(pause_here)
        self.counter = 10
        with db.unit_of_work() as session:
            self.articles = [published(session, n).id for n in range(2)]
        self.waiting = list(self.articles)
        self.running: list[tuple[int, Actor]] = []

    def change(self, which: int, how: str) -> None:
        article_id = self.articles[which % len(self.articles)]
        self.counter += 1
        with self.db.unit_of_work() as session:
            article = session.get_one(Article, article_id)
            if how == "publish":
                publish_text(session, SYSTEM, article_id, title="退货", body=body(self.counter, 1 + self.counter % 3))
            elif how == "archive" and article.archived_at is None:
                archive_article(session, SYSTEM, article_id)
            elif how == "rollback":
                old = session.scalars(
                    select(ArticleVersion.number).where(
                        ArticleVersion.article_id == article_id, ArticleVersion.status == VersionStatus.RETIRED
                    )
                ).first()
                if old is None:
                    return
                roll_back(session, SYSTEM, article_id, old)
            elif how == "scope":
                audience = "internal" if article.audience == "public" else "public"
                change_scope(session, SYSTEM, article_id, ArticleScope(audience=audience))
            elif how == "expire":
                change_scope(session, SYSTEM, article_id, ArticleScope(valid_to=datetime(2020, 1, 1, tzinfo=UTC)))
        self.waiting.append(article_id)

    def start(self, which: int, steps: int) -> None:
        """A waiting job begins and comes so many steps far; the first of them is its read."""
        if self.waiting:
            article_id = self.waiting.pop(which % len(self.waiting))
            job = Actor(lambda: self._job(article_id))
            self.running.append((article_id, job))
            for _ in range(steps):
                if not job.finished:
                    self.step(len(self.running) - 1)

    def _job(self, article_id: int) -> None:
        pause_here()
        index_documents(self.db, self.encoder, self.store, article_ids=[article_id])

    def step(self, which: int, *, kill: bool = False) -> None:
        if not self.running:
            return
        article_id, job = self.running[which % len(self.running)]
        job.step(kill=kill)
        if job.finished:
            self.running.remove((article_id, job))
            if kill:  # the lease runs out and the job is claimed again
                self.waiting.append(article_id)

    def finish(self, order: str) -> None:
        """All jobs run to their end; "newest": those with the oldest picture write last."""
        while self.waiting:
            self.start(len(self.waiting) - 1 if order == "newest" else 0, 1 if order == "mixed" else 99)
        while self.running:
            at = {"newest": len(self.running) - 1, "oldest": 0}.get(order, self.counter)
            self.step(at)
            self.counter += 7


MOVES = st.one_of(
    st.tuples(st.just("race"), st.integers(0, 1), st.sampled_from(["publish", "archive", "scope", "expire"])),
    st.tuples(
        st.just("change"), st.integers(0, 1), st.sampled_from(["publish", "archive", "rollback", "scope", "expire"])
    ),
    st.tuples(st.just("start"), st.integers(0, 5), st.integers(0, 5)),
    st.tuples(st.just("step"), st.integers(0, 5), st.none()),
    st.tuples(st.just("kill"), st.integers(0, 5), st.none()),
)


@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking replays threads for minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(moves=st.lists(MOVES, min_size=3, max_size=12), order=st.sampled_from(["newest", "oldest", "mixed"]))
def test_any_interleaving_of_jobs_ends_right(
    sqlite_db: Database, moves: list[tuple[str, int, str | int | None]], order: str
) -> None:
    world = World(sqlite_db)
    for move, which, what in moves:
        if move == "change":
            world.change(which, str(what))
        elif move == "race":  # a repeated job has just read when somebody changes the article
            world.waiting.append(world.articles[which])
            world.start(len(world.waiting) - 1, 2)
            world.change(which, str(what))
        elif move == "start":
            world.start(which, int(what or 0))
        else:
            world.step(which, kill=move == "kill")
    world.finish(order)
    with sqlite_db.reading() as session:
        live = {doc.id: doc for doc in live_docs(session, article_ids=world.articles)}
    assert world.store.passages == live


def test_stale_writer_repairs_what_it_broke(sqlite_db: Database) -> None:
    """The two races by hand: version 2 is published and indexed while the job of version 1 stands before its write."""
    world = World(sqlite_db)
    world.waiting.clear()
    article_id = world.articles[0]
    slow = Actor(lambda: index_documents(sqlite_db, world.encoder, world.store, article_ids=[article_id]))
    slow.step()  # has read version 1 and is about to write it
    world.change(0, "publish")
    index_documents(sqlite_db, world.encoder, world.store, article_ids=[article_id])
    slow.finish()
    assert {doc.version for doc in world.store.passages.values()} == {2}
    slow = Actor(lambda: index_documents(sqlite_db, world.encoder, world.store, article_ids=[article_id]))
    slow.step()
    with sqlite_db.unit_of_work() as session:
        archive_article(session, SYSTEM, article_id)
    index_documents(sqlite_db, world.encoder, world.store, article_ids=[article_id])
    slow.finish()
    assert world.store.points == {}


def test_killed_actor_is_dead() -> None:
    def job() -> None:
        pause_here()
        raise AssertionError("went on")

    actor = Actor(job)
    actor.step()
    actor.step(kill=True)
    assert actor.finished
    assert issubclass(Killed, BaseException)


def test_reindex_and_verify(db: Database, tmp_path: Path) -> None:
    encoder, store = HashEncoder(), MemoryStore()
    with db.unit_of_work() as session:
        keep, gone = published(session, 1), published(session, 2)
        archive_article(session, SYSTEM, gone.id)
    report = verify_index(db, store)
    assert not report.ok and len(report.missing) == report.wanted == 2
    cache = EmbeddingCache(tmp_path / "cache.db")
    seen: list[tuple[int, int]] = []
    reindex(db, encoder, store, lambda done, total: seen.append((done, total)), cache)
    with db.unit_of_work() as session:
        mark_all_indexed(session)
    assert seen[-1] == (2, 2)
    assert verify_index(db, store).ok
    once = len(encoder.encoded)
    reindex(db, encoder, store, cache=cache)
    assert len(encoder.encoded) == once == 2, "the cache must spare the second encoding"
    stale = store.points[min(store.points)]
    with db.unit_of_work() as session:
        change_scope(session, SYSTEM, keep.id, ArticleScope(audience="internal"))
        old = session.scalars(select(Passage.id).where(Passage.id.not_in(list(store.points)))).first()
    assert old is not None
    for extra in (old, 9_999):
        store.points[extra] = replace(stale, passage=replace(stale.passage, id=extra))
    del store.points[max(one for one in wanted(db))]
    report = verify_index(db, store)
    assert report.extra == (old,) and report.unknown == 1 and len(report.missing) == 1 and len(report.outdated) == 1


def test_new_chunker_adds_rows_and_keeps_the_old(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, store = HashEncoder(), MemoryStore()
    with db.unit_of_work() as session:
        article, other = published(session, 1), published(session, 2)
    index_documents(db, encoder, store, article_ids=[article.id, other.id])
    old = set(store.points)
    monkeypatch.setattr(passages, "CHUNKER_VERSION", "markdown-99")
    index_documents(db, encoder, store, article_ids=[article.id])
    assert rechunk_all(db) == 1, "the article that was indexed is cut already"
    index_documents(db, encoder, store, article_ids=[other.id])
    assert not old & set(store.points)
    with db.reading() as session:
        assert len(session.scalars(select(Passage)).all()) == 2 * len(old)
        assert set(passages.passage_docs(session, old)) == old, "a past answer still shows its sources"


def test_only_what_a_new_version_says_anew_is_encoded(sqlite_db: Database, tmp_path: Path) -> None:
    encoder, store, cache = HashEncoder(), MemoryStore(), EmbeddingCache(tmp_path / "cache.db")
    with sqlite_db.unit_of_work() as session:
        article = published(session)
    seen: list[tuple[int, int]] = []
    encode_ahead(sqlite_db, encoder, cache, lambda done, total: seen.append((done, total)))
    assert seen == [(2, 2)]
    index_documents(sqlite_db, encoder, store, article_ids=[article.id], cache=cache)
    assert len(encoder.encoded) == 2, "the job takes what was encoded ahead"
    with sqlite_db.unit_of_work() as session:
        publish_text(session, SYSTEM, article.id, title="退货", body=f"{body(1)}\n\n## 新的一节\n\n拆封后也能退。")
    index_documents(sqlite_db, encoder, store, article_ids=[article.id], cache=cache)
    assert len(encoder.encoded) == 3
    assert store.passages == wanted(sqlite_db)
