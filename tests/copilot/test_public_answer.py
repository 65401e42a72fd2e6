"""What is said to nobody in particular while a model is still writing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from copilot.public_answer import PublicAnswer, PublicSentence, TakenBack, Unanswered, answer_publicly
from core.errors import InvalidInput, Unavailable
from retrieval.draft import Drafted
from retrieval.draft.compose import passage_citation
from retrieval.engine import Engine
from retrieval.types import Citation, Draft, DraftSentence, Verdict
from tests.api.conftest import applications, sqlite_world  # noqa: F401 - fixtures
from tests.api.help import Help, make_help
from tests.api.world import World

QUESTION = "质量问题的退货运费由谁承担？"
TRUE = "质量问题的退货运费由卖家承担。"
FALSE = "我们赔您一千元。"


class Model:
    """Streams these sentences, the given ones as verified; `fails` at the end when asked to."""

    version = "model"

    def __init__(self, *sentences: tuple[str, Verdict], fails: bool = False, confidence: float = 0.9) -> None:
        self.sentences, self.fails, self.confidence = sentences, fails, confidence

    def stream(self, request: Any) -> Iterator[DraftSentence | Drafted]:
        drafted = [DraftSentence(text, (1,), verdict) for text, verdict in self.sentences]
        yield from drafted
        if self.fails:
            raise Unavailable("The model stopped.")
        source: Citation = passage_citation(request.hits[0])
        citation = Citation(**{**{name: getattr(source, name) for name in Citation.__slots__}, "number": 1})
        yield Drafted(Draft("llm", "zh", tuple(drafted), (citation,), self.confidence))


@pytest.fixture
def help(sqlite_world: World) -> Help:  # noqa: F811
    made = make_help(sqlite_world)
    made.article("退货运费由谁承担", TRUE)
    return made


def said(help: Help, model: Model) -> list[PublicSentence | TakenBack | PublicAnswer]:
    engine = help.world.runtime.engine()
    streaming = Engine(engine.encoder, engine.searcher, engine.classifier, llm=model)
    help.world.runtime.engine = lambda: streaming  # type: ignore[method-assign]
    return list(answer_publicly(help.world.runtime, QUESTION, shop_id=help.world.shop))


def test_verified_sentences_come_as_they_are_written_and_others_never(help: Help) -> None:
    pieces = said(help, Model((TRUE, Verdict.SUPPORTED), (FALSE, Verdict.UNSUPPORTED), ("您好！", Verdict.NOT_A_CLAIM)))
    *sentences, answer = pieces
    assert sentences == [PublicSentence(TRUE, (1,))]
    assert isinstance(answer, PublicAnswer) and [one.text for one in answer.sentences] == [TRUE]
    assert [source.number for source in answer.sources] == [1]


def test_what_a_model_said_before_it_broke_is_taken_back(help: Help) -> None:
    kinds = [type(piece) for piece in said(help, Model((TRUE, Verdict.SUPPORTED), fails=True))]
    assert kinds[:2] == [PublicSentence, TakenBack] and kinds[-1] is PublicAnswer


def test_what_turns_out_unsure_is_taken_back(help: Help) -> None:
    pieces = said(help, Model((TRUE, Verdict.SUPPORTED), confidence=0.4))
    assert [type(piece) for piece in pieces] == [PublicSentence, TakenBack, PublicAnswer]
    answer = pieces[-1]
    assert isinstance(answer, PublicAnswer) and answer.unanswered is Unanswered.UNKNOWN and answer.sentences == ()


def test_nothing_is_streamed_from_an_index_that_lags_behind(help: Help) -> None:
    help.archived("退货运费的旧规则", "质量问题的退货运费由买家承担，旧规则。")
    pieces = said(help, Model((TRUE, Verdict.SUPPORTED)))
    assert isinstance(pieces[-1], PublicAnswer)
    assert TakenBack not in [type(piece) for piece in pieces], "nothing was said that had to be taken back"


def test_a_question_has_a_length(help: Help) -> None:
    for question in (" ", "长" * 501):
        with pytest.raises(InvalidInput):
            list(answer_publicly(help.world.runtime, question, shop_id=None))
