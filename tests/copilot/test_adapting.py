"""Retrieval learns from accepted citations: what teaches, what is promoted, what serves, and the way back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from sqlalchemy import select, update

from copilot import adapting, versions
from copilot.adapting import division, train_retrieval
from copilot.citations import accepted_citations
from copilot.models import Review, Suggestion, SuggestionState
from copilot.runtime import ADAPTER_KIND, FUSION_KIND, Runtime
from core.artifacts import Artifact, active_artifacts
from core.db import Database
from core.errors import Conflict, InvalidInput, NotFound
from core.events import SYSTEM as SYSTEM_ACTOR
from core.events import Event
from core.settings import Settings
from knowledge.articles.actions import ArticleScope, create_article, publish_version
from knowledge.models import ArticleVersion
from knowledge.passages import live_docs
from records.principals import SYSTEM_PRINCIPAL
from records.tickets.models import Message
from retrieval import sparse
from retrieval.adapter.tuning import RECIPES
from retrieval.index.edge import EdgeStore
from retrieval.index.store import Point
from tests.copilot.world import Written, a_ticket

DIMENSION, ARTICLES, QUESTIONS = 24, 40, 240


class TurnedEncoder:
    """A text with "#n" is vector n; a question's is mixed up on the way, as if people said it in their own words."""

    dimension, model_version = DIMENSION, "turned-1"

    def __init__(self) -> None:
        rng = np.random.default_rng(7)
        self.base = rng.standard_normal((ARTICLES, DIMENSION))
        self.turn = np.eye(DIMENSION)
        self.turn[:14, :14] = np.linalg.qr(rng.standard_normal((14, 14)))[0]

    def _vector(self, text: str) -> np.ndarray:
        noise = np.random.default_rng(crc32(text.encode())).standard_normal(DIMENSION)
        number = re.search(r"#(\d+)", text)
        return self.base[int(number[1])] + 0.3 * noise if number else noise

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        return self._unit(np.array([self._vector(text) for text in texts]).reshape(-1, DIMENSION))

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self._unit(np.array([self._vector(text) for text in texts]).reshape(-1, DIMENSION) @ self.turn)

    def _unit(self, vectors: np.ndarray) -> np.ndarray:
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@dataclass
class Taught:
    runtime: Runtime
    world: Written
    articles: list[int]

    def approve(self, questions: Sequence[tuple[str, int]], *, verdict: str = "accepted", kinds: tuple[str, ...] = ()):
        """Suggestions that were sent, each citing the passage of one article."""
        with self.runtime.db.unit_of_work() as session:
            cited = {doc.document_id: doc for doc in live_docs(session)}
            before = len(session.scalars(select(Suggestion.id)).all())
            made = []
            for n, (question, article) in enumerate(questions, before + 1):
                doc = cited[f"article:{self.articles[article]}"]
                citation = {"number": 1, "source_kind": "article", "document_id": doc.document_id, "title": "t"}
                message = Message(
                    ticket_id=self.world.ticket, seq=1000 + n, direction="out", author_kind="agent", text="好的",
                    citations=[citation],
                )  # fmt: skip
                suggestion = Suggestion(
                    ticket_id=self.world.ticket,
                    message_id=self.world.message,
                    ordinal=n,
                    state=SuggestionState.ACCEPTED if verdict == "accepted" else SuggestionState.EDITED,
                    answer={"question": question, "draft": {"citations": [{**citation, "passage_id": doc.id}]}},
                )
                made.append((message, suggestion))
            session.add_all([row for pair in made for row in pair])
            session.flush()
            for message, suggestion in made:
                session.add(
                    Review(
                        suggestion_id=suggestion.id,
                        staff_id=self.world.agent.id,
                        verdict=verdict,
                        kinds=list(kinds),
                        message_id=message.id,
                    )
                )

    def active(self) -> dict[str, str]:
        with self.runtime.db.reading() as session:
            return {kind: row.version for kind, row in active_artifacts(session).items()}

    def train(self, **values: bool) -> adapting.TrainedRetrieval:
        return train_retrieval(self.runtime, actor=SYSTEM_ACTOR, **values)


def questions(count: int = QUESTIONS, seed: int = 1) -> list[tuple[str, int]]:
    rng = np.random.default_rng(seed)
    words = ["".join(chr(0x4E00 + int(c)) for c in rng.integers(0, 9000, 10)) for _ in range(count)]
    return [(f"{word}#{n}", n) for word, n in zip(words, rng.integers(0, ARTICLES, count).tolist(), strict=True)]


@pytest.fixture(autouse=True)
def few_recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = [one for one in RECIPES if one.rank == 32]
    real = adapting.tune
    monkeypatch.setattr(adapting, "tune", lambda *args, **values: real(*args, **{**values, "recipes": chosen}))


@pytest.fixture
def taught(db: Database, settings: Settings, tmp_path: Path) -> Iterator[Taught]:
    world = a_ticket(db)
    articles = []
    with db.unit_of_work() as session:
        for n in range(ARTICLES):
            body = f"规则 #{n} 的说明。"
            article = create_article(
                session, SYSTEM_PRINCIPAL, title=f"第{n}条", body=body, scope=ArticleScope(audience="public"),
                language="zh",
            )  # fmt: skip
            draft = select(ArticleVersion.id).where(ArticleVersion.article_id == article.id)
            publish_version(session, SYSTEM_PRINCIPAL, session.scalars(draft).one())
            articles.append(article.id)
    encoder, store = TurnedEncoder(), EdgeStore(tmp_path / "index")
    store.ensure(encoder.model_version, DIMENSION)
    with db.reading() as session:
        docs = live_docs(session)
    vectors = encoder.encode_passages([doc.embed_text for doc in docs])
    store.upsert(
        [Point(doc, vector, sparse.encode_passage("")) for doc, vector in zip(docs, vectors, strict=True)]
    )  # without words: the vectors alone decide
    runtime = Runtime(settings, db, store=store)
    runtime.__dict__["encoder"] = encoder
    yield Taught(runtime, world, articles)
    store.close()


def test_what_agents_let_stand_teaches_and_nothing_else(taught: Taught) -> None:
    taught.approve([("我想知道怎么申请退货呢", 0)])
    taught.approve([("发票的抬头写错了怎么改", 1)], verdict="edited", kinds=("tone", "length"))
    taught.approve([("优惠券为什么不能叠加用", 2)], verdict="edited", kinds=("fact",))
    taught.approve([("会员积分什么时候会清零", 3)], verdict="edited")  # not typed yet: nobody knows
    taught.approve([("多久？", 4)])  # it was searched together with the message before it
    with taught.runtime.db.unit_of_work() as session:
        found = accepted_citations(session)
        assert [(one.text, one.documents) for one in found] == [
            ("我想知道怎么申请退货呢", {f"article:{taught.articles[0]}"}),
            ("发票的抬头写错了怎么改", {f"article:{taught.articles[1]}"}),
        ]
        assert all(one.passages and one.scope.shop == taught.world.shop for one in found)
        session.execute(update(Suggestion).values(state=SuggestionState.REJECTED))
        assert accepted_citations(session) == []


def test_what_is_better_on_held_out_questions_serves_and_can_be_taken_back(taught: Taught) -> None:
    taught.approve(questions())
    dry = taught.train(dry_run=True)
    assert dry.report["held_out"]["low"] > 0 and not dry.promoted and taught.active() == {}
    trained = taught.train()
    assert trained.promoted and trained.adapter == dry.adapter is not None
    assert taught.active()[ADAPTER_KIND] == trained.adapter and FUSION_KIND in taught.active()
    ranking = taught.runtime.engine().searcher
    assert ranking.adapter.version == trained.adapter and ranking.fusion.version == trained.fusion
    with taught.runtime.db.unit_of_work() as session:
        assert versions.roll_back(session, SYSTEM_ACTOR, ADAPTER_KIND, expected=trained.adapter) is None
    assert taught.active() == {}  # the fusion was tuned for it and goes along
    assert taught.runtime.engine().searcher.adapter is None
    with taught.runtime.db.unit_of_work() as session:
        with pytest.raises(Conflict, match="does not serve any more"):
            versions.roll_back(session, SYSTEM_ACTOR, ADAPTER_KIND, expected=trained.adapter)
        with pytest.raises(Conflict, match="nothing to take back"):
            versions.roll_back(session, SYSTEM_ACTOR, ADAPTER_KIND)
        versions.activate(session, SYSTEM_ACTOR, ADAPTER_KIND, trained.adapter)
    assert len(taught.active()) == 2
    again = taught.train()  # the same again is not better than itself
    assert not again.promoted and again.report["held_out"]["low"] == 0
    with taught.runtime.db.reading() as session:
        told = session.scalars(select(Event).where(Event.name == "ModelActivated").order_by(Event.id)).all()
    assert [event.data["artifact_id"] is None for event in told] == [False, False, True, True, False, False]


def test_what_is_not_better_is_kept_with_its_report_and_does_not_serve(taught: Taught) -> None:
    rng = np.random.default_rng(4)
    taught.approve([(text, int(rng.integers(ARTICLES))) for text, _ in questions()])
    trained = taught.train()
    assert not trained.promoted and taught.active() == {}
    with taught.runtime.db.reading() as session:
        kept = session.scalars(select(Artifact)).all()
    assert kept and all(not row.active and row.metrics["held_out"]["low"] <= 0 for row in kept)


def test_too_few_questions_are_refused(taught: Taught) -> None:
    taught.approve(questions(20))
    with pytest.raises(InvalidInput, match="20 questions with accepted citations; at least 100"):
        taught.train()


def test_a_damaged_adapter_is_left_out_and_search_goes_on(taught: Taught) -> None:
    taught.approve(questions())
    trained = taught.train()
    for file in (taught.runtime.settings.data_dir / "adapters" / str(trained.adapter)).iterdir():
        file.write_bytes(b"half")
    fresh = Runtime(taught.runtime.settings, taught.runtime.db, store=taught.runtime.store)
    fresh.__dict__["encoder"] = taught.runtime.encoder
    searcher = fresh.engine().searcher
    assert searcher.adapter is None
    assert searcher.fusion.version != trained.fusion or trained.fusion.startswith("linear-1:w=0.7")


def test_kinds_and_versions_that_there_are_not(sqlite_db: Database) -> None:
    with sqlite_db.unit_of_work() as session:
        with pytest.raises(NotFound, match="no kind of model 'prompt'"):
            versions.list_versions(session, "prompt")
        with pytest.raises(NotFound, match="no adapter v9"):
            versions.activate(session, SYSTEM_ACTOR, ADAPTER_KIND, "v9")


def test_what_teaches_and_what_decides_never_meet() -> None:
    @dataclass
    class Asked:
        text: str

    found = [Asked(text) for text, _ in questions(300)]
    teaches, decides = division(found, 150)  # type: ignore[arg-type]
    assert not (teaches & decides).any() and not decides[150:].any() and decides.any()
    teaches, decides = division(found, 10)  # type: ignore[arg-type]
    assert decides[150:].any() and (teaches ^ decides).all()
