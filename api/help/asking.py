"""Search, questions and votes: what readers send. All works as plain forms; the script only saves a page load."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Form, Path, Query
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.deps import Reading, Writing
from api.help import markdown, pages
from api.help.reader import Ask, Asking, HelpRoute
from api.help.routes import contacts
from api.help.site import ROOT, Site
from copilot.public_answer import (
    ARTICLES,
    MAX_QUESTION,
    PublicAnswer,
    PublicSentence,
    TakenBack,
    Unanswered,
    answer_publicly,
)
from core.errors import CopilotError, Forbidden, Unavailable
from knowledge.passages import still_valid
from knowledge.public import queries
from knowledge.public.actions import MAX_COMMENT, leave_feedback
from knowledge.public.queries import PublicArticle
from retrieval.sparse import stem, tokenize
from retrieval.types import CUSTOMER_AUDIENCES, SearchScope

log = logging.getLogger(__name__)
router = APIRouter(prefix=ROOT, tags=["help"], route_class=HelpRoute, include_in_schema=False)
T = TypeVar("T")
RESULTS = 8
SUGGESTED = 4
_AT_ONCE = 8  # answers under way in this process; a model may take a minute, and pages must not wait for it
_SNIPPET = 130


@dataclass(frozen=True, slots=True)
class Result:
    """`snippet`: (text, whether it was searched for); `anchor` names the heading in the article's page."""

    article: PublicArticle
    heading: str
    anchor: str
    snippet: tuple[tuple[str, bool], ...]


@router.get("/search")
def search(ask: Ask, session: Reading, q: Annotated[str, Query(max_length=MAX_QUESTION)] = "") -> Response:
    site, question = ask.site(session), q.strip()
    results: list[Result] = []
    degraded = False
    if question:
        ask.limits.searches.take(ask.visitor)
        try:
            results = _found(ask, site, session, question)
        except Unavailable:
            log.warning("the help centre searches titles only: the index does not answer")
            degraded = True
            titled = queries.list_public(session, site.shop_id, title_has=question, limit=RESULTS)
            results = [_result(article, article.body, "", question) for article in titled]
    return pages.page(
        ask.request,
        "search.html",
        site,
        keep=False,
        question=question,
        results=results,
        degraded=degraded,
        **contacts(ask, question),
    )


def _found(ask: Asking, site: Site, session: Session, question: str) -> list[Result]:
    scope = SearchScope(audiences=CUSTOMER_AUDIENCES, shop=site.shop_id, source_kinds=ARTICLES)
    hits = ask.runtime.engine().search(question, scope, RESULTS, site.language)
    best = {_article_id(hit.passage.document_id): hit for hit in reversed(still_valid(session, hits, scope=scope))}
    order = [_article_id(hit.passage.document_id) for hit in hits]
    articles = queries.list_public(session, site.shop_id, ids=list(best), whole=True)
    return [
        _result(article, best[article.id].passage.text, best[article.id].passage.heading, question)
        for article in queries.in_order(articles, order)
    ]


def _article_id(document_id: str) -> int:
    return int(document_id.removeprefix("article:"))


def _result(article: PublicArticle, text: str, heading: str, question: str) -> Result:
    place = place_of(article, heading)
    return Result(article, place.text, place.id, marked(markdown.excerpt(text, _SNIPPET), question))


def place_of(article: PublicArticle, path: str) -> markdown.Heading:
    """The heading in the article's page under which a passage with this path of headings stands; empty without one."""
    there = {one.text: one for one in markdown.render(article.body).headings}
    parts = [part.strip() for part in path.split(" > ")]
    return next((there[part] for part in reversed(parts) if part in there), markdown.Heading(2, "", ""))


def marked(text: str, question: str) -> tuple[tuple[str, bool], ...]:
    """The text in pieces, with those that the question has: words of one stem, Chinese words wherever they stand."""
    whole = question.strip()
    words = sorted({word for word in tokenize(question) if len(word) > 1 or word == whole}, key=len, reverse=True)
    if not words:
        return ((text, False),)
    runs = ["[A-Za-z0-9]+", *(re.escape(word) for word in words if not word.isascii())]
    pieces: list[tuple[str, bool]] = []
    for piece in re.split(f"({'|'.join(runs)})", text):
        hit = (stem(piece) if piece.isascii() else piece) in words
        if pieces and pieces[-1][1] == hit:
            pieces[-1] = (pieces[-1][0] + piece, hit)
        elif piece:
            pieces.append((piece, hit))
    return tuple(pieces)


def _asked(
    reader: Ask,
    q: Annotated[str, Form(max_length=MAX_QUESTION, min_length=1)],
    lang: Annotated[str | None, Form(max_length=16)] = None,
    shop: Annotated[str | None, Form(max_length=64)] = None,
) -> Question:
    """What a form says of language and shop counts before what the address says. Raises TooManyRequests."""
    reader.limits.questions.take(reader.visitor)
    with reader.runtime.db.reading() as session:
        return Question(reader, _for(reader, lang, shop).site(session), q.strip())


def _for(reader: Asking, lang: str | None, shop: str | None) -> Asking:
    return Asking(reader.request, reader.runtime, lang or reader.lang, shop or reader.shop)


@dataclass(frozen=True, slots=True)
class Question:
    reader: Asking
    site: Site
    text: str

    def pieces(self) -> Iterator[PublicSentence | TakenBack | PublicAnswer]:
        """Raises as `answer_publicly`."""
        return answer_publicly(self.reader.runtime, self.text, shop_id=self.site.shop_id)


Posed = Annotated[Question, Depends(_asked)]


@router.get("/ask")
def ask_again(ask: Ask) -> Response:
    """An answer's page that is opened again: the question was never in its address."""
    return RedirectResponse(f"{ROOT}?{ask.request.url.query}".rstrip("?"), 303)


@router.post("/ask")
async def ask_on_a_page(posed: Posed) -> Response:
    """For a reader without the script: the whole answer as a page."""
    answer = await _in_turn(lambda: list(posed.pieces())[-1])
    assert isinstance(answer, PublicAnswer)
    shown = await _in_turn(partial(_shown, posed, answer))
    return pages.page(posed.reader.request, "answer.html", posed.site, keep=False, **shown)


@router.post("/ask/stream", response_class=EventSourceResponse)
async def ask_in_a_stream(posed: Posed) -> EventSourceResponse:
    """Events: `sentence` {text, citations} as they are verified, `taken_back` (they are void), and `answer` {html}, the
    part of the page that stands for the whole answer; or `failed`."""

    async def events() -> AsyncIterator[ServerSentEvent]:
        pieces = posed.pieces()
        try:
            while (piece := await _in_turn(partial(next, pieces, None))) is not None:
                yield await _in_turn(partial(_event, posed, piece))
        except CopilotError as error:
            log.warning("a question in the help centre was not answered: %s", error.message)
            yield ServerSentEvent(event="failed", data="{}")

    return EventSourceResponse(events(), ping=15, headers={"Cache-Control": "no-store"})


def _event(posed: Question, piece: PublicSentence | TakenBack | PublicAnswer) -> ServerSentEvent:
    if isinstance(piece, PublicSentence):
        told = {"text": piece.text, "citations": list(piece.citations)}
        return ServerSentEvent(event="sentence", data=json.dumps(told, ensure_ascii=False))
    if isinstance(piece, TakenBack):
        return ServerSentEvent(event="taken_back", data="{}")
    html = pages.html("_answer.html", posed.site, **_shown(posed, piece))
    return ServerSentEvent(event="answer", data=json.dumps({"html": html}, ensure_ascii=False))


def _shown(posed: Question, answer: PublicAnswer) -> dict[str, Any]:
    """What the templates take. An answer whose source went away at this moment is none."""
    cited = [_article_id(source.document_id) for source in answer.sources]
    with posed.reader.runtime.db.reading() as session:
        articles = queries.list_public(session, posed.site.shop_id, ids=[*cited, *answer.found], whole=True)
    known = {article.id: article for article in articles}
    if any(one not in known for one in cited):
        answer = replace(answer, sentences=(), sources=(), unanswered=Unanswered.UNKNOWN)
    sources = []
    for source in answer.sources:
        article = known[_article_id(source.document_id)]
        place = place_of(article, source.heading)
        sources.append(Source(source.number, article, place.text, place.id, source.text))
    suggested = queries.in_order(articles, answer.found)[:SUGGESTED]
    return {"answer": answer, "sources": sources, "suggested": suggested, **contacts(posed.reader, answer.question)}


@dataclass(frozen=True, slots=True)
class Source:
    """As `Result`, of a cited passage; `text` is its Markdown."""

    number: int
    article: PublicArticle
    heading: str
    anchor: str
    text: str


_turns: CapacityLimiter | None = None


async def _in_turn(work: Callable[[], T]) -> T:
    """In a thread of our own few, not in one that pages need."""
    global _turns
    _turns = _turns or CapacityLimiter(_AT_ONCE)
    return await to_thread.run_sync(work, limiter=_turns)


@router.post("/articles/{article_id}/feedback")
def vote(
    article_id: Annotated[int, Path(ge=1, lt=2**63)],
    ask: Ask,
    session: Writing,
    helpful: Annotated[Literal["yes", "no"], Form()],
    comment: Annotated[str | None, Form(max_length=MAX_COMMENT)] = None,
    lang: Annotated[str | None, Form(max_length=16)] = None,
) -> Response:
    """Once a reader and day; a "no" is asked what was missing."""
    if ask.from_elsewhere():
        raise Forbidden("Votes are given on the article's own page.")
    ask.limits.votes.take(ask.visitor)
    leave_feedback(session, article_id, visitor=ask.visitor, helpful=helpful == "yes", comment=comment)
    article = queries.get_public(session, article_id)
    site = _for(ask, lang, None).site(session, article)
    voted = "done" if comment is not None or helpful == "yes" else "no"
    if ask.wants_fragment():
        return pages.fragment("_feedback.html", site, article=article, voted=voted)
    return RedirectResponse(site.article_url(article, voted=voted) + "#feedback", 303)
