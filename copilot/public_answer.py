"""An answer for somebody who is not signed in: from public articles, verified sentences only, never from records.

What a shopper would be told without a person looking at it is held to more than a draft: a sentence that is not
supported is not shown, an intent that needs a person is not answered, and a source that the database no longer stands
behind takes the answer back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from copilot.prepare import sources_valid
from copilot.runtime import Runtime
from core.db import Database
from core.errors import InvalidInput
from knowledge.passages import still_valid
from retrieval.draft.asked import asks_about_own_records, topic_of
from retrieval.engine import Discarded, Finished, SentenceReady, Topics
from retrieval.types import (
    CUSTOMER_AUDIENCES,
    Answer,
    Citation,
    Classification,
    DraftSentence,
    Hit,
    Question,
    SearchScope,
    Verdict,
)

MAX_QUESTION = 500  # characters
ANSWER_FROM = 0.5  # confidence; nobody looks at it first, so more than a draft needs (docs/benchmarks-drafting.md)
ARTICLES = frozenset({"article"})  # a resolved ticket has no page to read on, and speaks of somebody's order


class Unanswered(StrEnum):
    """Why there is no answer."""

    UNKNOWN = "unknown"  # no article says it, or none surely enough
    NEEDS_PERSON = "needs_person"  # an intent that only a person may answer
    OWN_ORDER = "own_order"  # about an order of theirs: that takes its records, which nobody sees here


@dataclass(frozen=True, slots=True)
class PublicSentence:
    """A verified sentence with the numbers of its sources."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The sentences given so far are void."""


@dataclass(frozen=True, slots=True)
class PublicAnswer:
    """`sentences` empty: not answered, `unanswered` says why.

    `found` are the ids of the articles that were found, cited or not, the best first.
    """

    question: str
    language: str
    sentences: tuple[PublicSentence, ...]
    sources: tuple[Citation, ...]
    unanswered: Unanswered | None
    found: tuple[int, ...]


def answer_publicly(
    runtime: Runtime, text: str, *, shop_id: int | None, language: str | None = None
) -> Iterator[PublicSentence | TakenBack | PublicAnswer]:
    """Sentences as they are verified, then the whole answer, which stands alone. Writes nothing.

    Without `language` the answer is in the question's. Raises InvalidInput for a question that is empty or longer than
    MAX_QUESTION, Unavailable when the index does not answer.
    """
    text = text.strip()
    if not text or len(text) > MAX_QUESTION:
        raise InvalidInput(f"Ask in 1 to {MAX_QUESTION} characters.", field="q")
    scope = SearchScope(audiences=CUSTOMER_AUDIENCES, shop=shop_id, source_kinds=ARTICLES)
    engine = runtime.engine()
    # Without a model all sentences come at once, and are kept until it is known how sure they are.
    early = engine.llm is not None
    watch = _Retrieved(runtime.db, engine.classifier.taxonomy, text, scope)
    given = False
    for event in engine.stream(Question(text, scope, language), retrieved=watch):
        if isinstance(event, SentenceReady) and early and watch.trusted and _shown(event.sentence):
            given = True
            yield PublicSentence(event.sentence.text.strip(), event.sentence.citations)
        elif isinstance(event, Discarded) and given:
            given = False
            yield TakenBack()
        elif isinstance(event, Finished):
            answer = _public(runtime, event.answer, shop_id, watch.refused)
            if given and answer.unanswered:
                yield TakenBack()
            if not given:
                yield from answer.sentences
            yield answer


class _Retrieved:
    """Looks at what was found before anything is said: nothing is streamed from a source that may be gone, nor on what
    is not for a page to answer."""

    def __init__(self, db: Database, taxonomy: Topics, text: str, scope: SearchScope) -> None:
        self._db, self._taxonomy, self._text, self._scope = db, taxonomy, text, scope
        self.trusted = False
        self.refused: Unanswered | None = None

    def __call__(self, classification: Classification, hits: tuple[Hit, ...]) -> None:
        intent = self._taxonomy[classification.intent] if classification.intent else None
        if intent is not None and intent.risk:
            self.refused = Unanswered.NEEDS_PERSON
        elif asks_about_own_records(self._text) and topic_of(self._text, intent.topic if intent else ""):
            self.refused = Unanswered.OWN_ORDER
        with self._db.reading() as session:
            fresh = len(still_valid(session, hits, scope=self._scope)) == len(hits)
        self.trusted = fresh and self.refused is None


def _public(runtime: Runtime, answer: Answer, shop_id: int | None, refused: Unanswered | None) -> PublicAnswer:
    found = tuple(dict.fromkeys(int(hit.passage.document_id.removeprefix("article:")) for hit in answer.hits))
    said = [sentence for sentence in answer.draft.sentences if _shown(sentence)]
    used = {number for sentence in said for number in sentence.citations}
    sources = tuple(citation for citation in answer.draft.citations if citation.number in used)
    with runtime.db.reading() as session:
        standing = sources_valid(session, sources, shop_id)
    why = refused
    if why is None and not (said and standing and answer.draft.answered and answer.draft.confidence >= ANSWER_FROM):
        why = Unanswered.UNKNOWN
    return PublicAnswer(
        question=answer.question,
        language=answer.draft.language,
        sentences=() if why else tuple(PublicSentence(s.text.strip(), s.citations) for s in said),
        sources=() if why else sources,
        unanswered=why,
        found=found,
    )


def _shown(sentence: DraftSentence) -> bool:
    """Greetings and promises of a colleague's reply have no place on a page that nobody sits behind."""
    return sentence.verdict is Verdict.SUPPORTED and bool(sentence.citations)
