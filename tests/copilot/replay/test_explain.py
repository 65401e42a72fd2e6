"""A draft is made again from what is stored of it, and what would be different today is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, text

from copilot import prepare
from copilot.models import Suggestion
from copilot.replay.explain import explain
from copilot.replay.report import Explanation, PartState, SourceState
from copilot.serialize import answer_from_json, answer_to_json
from core.errors import Conflict, Unavailable
from knowledge.passages import valid_docs
from records.principals import SYSTEM_PRINCIPAL
from records.tickets import actions, messages
from records.tickets.models import AuthorKind
from retrieval.draft import Drafted
from retrieval.draft.compose import passage_citation
from retrieval.engine import Engine
from retrieval.search import SearchResult
from retrieval.types import Draft, DraftSentence, Hit, SearchScope, Verdict
from tests.api.conftest import applications, sqlite_world  # noqa: F401 - fixtures
from tests.api.help import Help, StaleSearcher, make_help
from tests.api.world import World

QUESTION = "质量问题的退货运费由谁承担？"
RULE = "质量问题的退货运费由卖家承担。"
NEW = "质量问题的退货运费由买家先行垫付。"


class LiveSearcher(StaleSearcher):
    """Finds what the database stands behind now."""

    def search(self, query: str, scope: SearchScope, limit: int = 10, language: str | None = None) -> list[Hit]:
        hits = super().search(query, scope, 100, language)
        with self.db.reading() as session:
            valid = valid_docs(session, [hit.passage.id for hit in hits])
        return [hit for hit in hits if hit.passage.id in valid][:limit]


@pytest.fixture
def help(sqlite_world: World) -> Help:  # noqa: F811
    made = make_help(sqlite_world)
    searcher = LiveSearcher(sqlite_world.db)
    engine = Engine(made.world.runtime.engine().encoder, searcher, made.classifier)
    sqlite_world.runtime.engine = lambda: engine  # type: ignore[method-assign]
    made.classifier.intent = "shipping_fee"
    return replace(made, searcher=searcher)


def suggested(help: Help, text: str = QUESTION) -> int:
    """A suggestion made by the steps of the main path."""
    world = help.world
    with world.db.unit_of_work() as session:
        ticket = actions.lock_ticket(session, SYSTEM_PRINCIPAL, world.ticket)
        message = messages.add_inbound(session, SYSTEM_PRINCIPAL, ticket, messages.NewMessage(text)).id
    with world.db.unit_of_work() as session:
        prepared = prepare.begin(session, message)
    assert prepared is not None
    asked = replace(prepared, question=replace(prepared.question, text=text))
    answer = world.runtime.engine().answer(asked.question)
    with world.db.unit_of_work() as session:
        prepare.conclude(session, asked, answer, never_auto=False)
    return prepared.suggestion_id


def explained(help: Help, suggestion: int) -> Explanation:
    return explain(help.world.runtime, SYSTEM_PRINCIPAL, suggestion)


def change_stored(help: Help, suggestion: int, **draft: Any) -> None:
    """As if another release had drafted it."""
    with help.world.db.unit_of_work() as session:
        row = session.get_one(Suggestion, suggestion)
        answer = answer_from_json(row.answer)
        row.answer = answer_to_json(replace(answer, draft=replace(answer.draft, **draft)))


def test_nothing_has_changed(help: Help) -> None:
    help.article("退货运费由谁承担", RULE)
    found = explained(help, suggested(help))
    assert RULE in found.text
    assert found.replayed.reproduced is True and found.replayed.text == found.text and found.replayed.verdicts_same
    assert found.replayed.limits == ()
    assert [(one.state, one.intact, one.cited) for one in found.sources] == [(SourceState.VALID, True, True)]
    states = {part.name: part.state for part in found.parts}
    assert states["drafter"] == states["classifier"] == PartState.SAME, "the built-in one serves"
    assert found.today is not None and found.today.text_same and found.today.hits == () and found.today.rules == ()


def test_what_was_quoted_from_beside_a_hit_is_reproduced(help: Help) -> None:
    class Gathering(LiveSearcher):
        @contextmanager
        def begin(self, query: str, *args: Any, beside: bool = False) -> Iterator[Any]:
            best, *others = sorted(self.search(query, *args), key=lambda hit: -hit.passage.id)
            hits = (replace(best, beside=tuple(others) if beside else ()),)
            yield SimpleNamespace(result=lambda: SearchResult(hits, {}, {}), supply=lambda _: None)

    engine = Engine(help.world.runtime.engine().encoder, Gathering(help.world.db), help.classifier)
    help.world.runtime.engine = lambda: engine  # type: ignore[method-assign]
    rule = "退货请在签收后7天内申请。"
    help.article("退货规则", f"{rule}\n\n## 退货申请的条件\n退货的商品要完好，申请退货时写明原因。")
    found = explained(help, suggested(help, "退货多少天内可以申请？"))
    assert rule in found.text and found.replayed.reproduced is True and found.replayed.limits == ()
    assert [(one.state, one.intact) for one in found.sources if one.cited] == [(SourceState.VALID, True)]


def test_a_courtesy_is_reproduced_and_was_drafted_by_what_drafts_them_today(help: Help) -> None:
    with help.world.db.unit_of_work() as session:
        ticket = actions.lock_ticket(session, SYSTEM_PRINCIPAL, help.world.ticket)
        messages.queue_reply(session, SYSTEM_PRINCIPAL, ticket, messages.NewMessage("已经寄出。"), AuthorKind.AGENT)
    found = explained(help, suggested(help, "谢谢"))
    assert found.text == "不客气！如还有其他问题，欢迎随时联系我们。"
    assert found.replayed.reproduced is True and found.replayed.verdicts_same and found.sources == ()
    assert {part.name: part.state for part in found.parts}["drafter"] == PartState.SAME
    assert found.today is not None and found.today.kind == "courtesy" and found.today.text_same


def test_a_new_version_changes_today_and_not_the_replay(help: Help) -> None:
    article = help.article("退货运费由谁承担", RULE)
    suggestion = suggested(help)
    help.rewrite(article, NEW)
    found = explained(help, suggestion)
    assert found.replayed.reproduced is True and RULE in found.replayed.text
    (source,) = found.sources
    assert (source.state, source.version, source.newest_version) == (SourceState.REPLACED, 1, 2)
    today = found.today
    assert today is not None and not today.text_same and NEW in today.text
    assert {(hit.rank_then, hit.rank_now) for hit in today.hits} == {(1, None), (None, 1)}


def test_an_archived_article_leaves_no_answer_today(help: Help) -> None:
    article = help.article("退货运费由谁承担", RULE)
    suggestion = suggested(help)
    help.archive(article)
    found = explained(help, suggestion)
    assert found.replayed.reproduced is True and found.sources[0].state == SourceState.ENDED
    today = found.today
    assert today is not None and today.kind == "unknown"
    assert (today.outcome_then, today.outcome, today.reason) == ("suggest", "hand_over", "no_knowledge")
    assert ("answered", True, False) in {(rule.rule, rule.then, rule.now) for rule in today.rules}


def test_a_draft_that_the_sources_do_not_give_is_not_called_reproduced(help: Help) -> None:
    help.article("退货运费由谁承担", RULE)
    suggestion = suggested(help)
    change_stored(help, suggestion, sentences=(DraftSentence("运费由平台承担。", (1,), Verdict.SUPPORTED),))
    found = explained(help, suggestion)
    assert found.replayed.reproduced is False and "the text" in found.replayed.differences
    assert not found.replayed.verdicts_same, "the sentence does not have the verdict that is stored"


def test_a_passage_that_somebody_changed_in_the_database_is_seen(help: Help) -> None:
    help.article("退货运费由谁承担", RULE)
    suggestion = suggested(help)
    with help.world.db.unit_of_work() as session:
        session.execute(text("UPDATE passages SET text = :text"), {"text": NEW})
    found = explained(help, suggestion)
    assert not found.sources[0].intact and found.replayed.reproduced is False


def test_a_model_is_not_asked_again(help: Help) -> None:
    help.article("退货运费由谁承担", RULE)

    class Model:
        version = "model-1"
        asked = 0

        def stream(self, request: Any) -> Iterator[DraftSentence | Drafted]:
            self.asked += 1
            sentence = DraftSentence(f"您好，{RULE}", (1,), Verdict.SUPPORTED)
            yield sentence
            yield Drafted(Draft("llm", "zh", (sentence,), (replace(passage_citation(request.hits[0]), number=1),), 0.9))

    model = Model()
    plain = help.world.runtime.engine()
    help.world.runtime.engine = lambda: Engine(  # type: ignore[method-assign]
        plain.encoder, plain.searcher, plain.classifier, llm=model
    )
    suggestion = suggested(help)
    help.world.runtime.engine = lambda: plain  # type: ignore[method-assign]
    found = explained(help, suggestion)
    assert model.asked == 1
    assert found.replayed.reproduced is None and found.replayed.verdicts_same
    assert "language model" in " ".join(found.replayed.limits)
    drafter = next(part for part in found.parts if part.name == "drafter")
    assert drafter.then == "model-1" and drafter.state == PartState.CHANGED


def test_without_an_index_the_replay_is_still_told(help: Help) -> None:
    help.article("退货运费由谁承担", RULE)
    suggestion = suggested(help)
    help.searcher.down = True
    found = explained(help, suggestion)
    assert found.replayed.reproduced is True and found.today is None and found.today_error
    with pytest.raises(Unavailable):
        help.world.runtime.engine().search(QUESTION, SearchScope())


def test_what_is_still_being_written_cannot_be_explained(help: Help) -> None:
    suggestion = help.world.suggestion(state="drafting")
    with pytest.raises(Conflict):
        explained(help, suggestion)


def test_over_http(help: Help) -> None:
    help.article("退货运费由谁承担", RULE)
    suggestion = suggested(help)
    path = f"/api/v1/suggestions/{suggestion}/explain"
    shown = help.world.client.get(path, headers=help.world.agent)
    assert shown.status_code == 200, shown.text
    assert shown.json()["replayed"]["reproduced"] is True and shown.json()["today"]["text_same"] is True
    stranger = help.world.signed_in("agent", help.world.other)
    assert help.world.client.get(path, headers=stranger).status_code == 404
    with help.world.db.reading() as session:
        assert session.scalars(select(Suggestion.id)).all() == [suggestion], "nothing was written"
