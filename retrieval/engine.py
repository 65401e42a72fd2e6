"""One question through everything: encode once, classify, search, draft, verify. Text in, `Answer` out; no database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from core.errors import CopilotError, InvalidInput
from retrieval.classify.mood import VERSION as MOOD_VERSION
from retrieval.classify.mood import Mood, MoodPrototypes, read_mood
from retrieval.classify.priority import LEVELS
from retrieval.classify.taxonomy import Intent
from retrieval.draft import Drafted, DraftRequest, ExtractiveDrafter, sources_for_customer, topic_of
from retrieval.draft.asked import asks_about_own_records
from retrieval.draft.check import checked
from retrieval.draft.courtesy_reply import VERSION as COURTESY_VERSION
from retrieval.draft.courtesy_reply import courtesy_in, reply_to
from retrieval.draft.kinds import asks_quantity
from retrieval.encoder.base import Encoder
from retrieval.language import detect
from retrieval.search import SearchResult
from retrieval.types import Answer, Classification, DraftSentence, Hit, Question, SearchScope
from retrieval.verify import VERSION as VERIFIER_VERSION
from retrieval.verify.promises import VERSION as GUARD_VERSION

log = logging.getLogger(__name__)
HITS = 10
Vector = npt.NDArray[np.float32]


class SearchUnderWay(Protocol):
    """What `Searches.begin` gives (`retrieval.search.Search`)."""

    def supply(self, vector: Vector) -> None: ...

    def result(self) -> SearchResult: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Searches(Protocol):
    """What the engine asks of a searcher (`retrieval.search.Searcher`)."""

    def search(self, query: str, scope: SearchScope, limit: int = 10, language: str | None = None) -> list[Hit]: ...

    def search_vector(
        self, query: str, vector: Vector, scope: SearchScope, limit: int = 10, language: str | None = None
    ) -> SearchResult: ...

    def begin(
        self,
        query: str,
        scope: SearchScope,
        limit: int = 10,
        language: str | None = None,
        *,
        beside: bool = False,
    ) -> SearchUnderWay: ...


class Topics(Protocol):
    """intent id → what the intent is (`retrieval.classify.taxonomy.Taxonomy`)."""

    def __getitem__(self, intent_id: str) -> Intent: ...


class Classifies(Protocol):
    """What the engine asks of a classifier (`retrieval.classify.model.Classifier`)."""

    @property
    def taxonomy(self) -> Topics: ...

    @property
    def model_version(self) -> str: ...

    def predict(self, text: str, vector: Vector, language: str | None = None) -> Classification: ...


class StreamsDraft(Protocol):
    """A drafter that gives verified sentences as they come (`retrieval.draft.llm.LlmDrafter`).

    `stream` raises `CopilotError` when the model fails; the sentences given until then are void.
    """

    version: str

    def stream(self, request: DraftRequest) -> Iterator[DraftSentence | Drafted]: ...


@dataclass(frozen=True, slots=True)
class SentenceReady:
    """A finished, verified sentence of the draft under way; `ordinal` begins at 0 again after `Discarded`."""

    ordinal: int
    sentence: DraftSentence


@dataclass(frozen=True, slots=True)
class Discarded:
    """The sentences given so far are void (the model failed); those of the extractive draft follow."""

    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    answer: Answer


StreamEvent = SentenceReady | Discarded | Finished
OnRetrieved = Callable[[Classification, tuple[Hit, ...]], None]


class Engine:
    """Thread-safe as far as its parts are. Without `llm` every draft is extractive; without `moods` only words tell how
    the customer feels."""

    def __init__(
        self,
        encoder: Encoder,
        searcher: Searches,
        classifier: Classifies,
        extractive: ExtractiveDrafter | None = None,
        llm: StreamsDraft | None = None,
        versions: Mapping[str, str] | None = None,
        moods: MoodPrototypes | None = None,
    ) -> None:
        self.encoder, self.searcher, self.classifier = encoder, searcher, classifier
        self.moods = moods
        self.extractive, self.llm = extractive or ExtractiveDrafter(), llm
        self.versions = dict(versions or {})

    def search(self, query: str, scope: SearchScope, limit: int = HITS, language: str | None = None) -> list[Hit]:
        """Hits within `scope`, best first. Raises as `Searcher.search`."""
        return self.searcher.search(query, scope, limit, language)

    def answer(self, question: Question, limit: int = HITS) -> Answer:
        """Everything that `question` leads to, with all hits (at most `limit`), versions and times.

        The draft uses only sources that the customer may see, whoever asks. Raises InvalidInput for an empty question
        and Unavailable when the index does not answer; a failing LLM is not an error: the draft is then extractive and
        `extras["llm_error"]` says why. A message that is only a courtesy gets one back, whatever was found.
        """
        for event in self.stream(question, limit):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("a stream ends with Finished")

    def stream(
        self, question: Question, limit: int = HITS, *, retrieved: OnRetrieved | None = None
    ) -> Iterator[StreamEvent]:
        """As `answer`, sentence by sentence; the last event is `Finished`.

        `retrieved` is told what was classified and found before anything is drafted.
        """
        text = question.text.strip()
        if not text:
            raise InvalidInput("The question is empty. Write what the customer wants to know.")
        clock = _Clock()
        language = question.language or detect(text)
        courtesy = courtesy_in(question)
        query = text if courtesy else _query(question)
        # The rule that states a number is often not the passage that is nearest to who asks for it.
        with self.searcher.begin(query, question.scope, limit, language, beside=asks_quantity(text)) as search:
            vector = self.encoder.encode_queries([query])[0]  # while the index looks for the terms
            search.supply(vector)
            clock.lap("encode")
            classification = self.classifier.predict(query, vector, language)  # while the index searches
            mood = read_mood(text, vector, None if courtesy else self.moods)  # a mere yes is like anything
            classification = _raised(classification, mood)
            intent = self.classifier.taxonomy[classification.intent] if classification.intent else None
            topic, own = topic_of(text, intent.topic if intent else ""), asks_about_own_records(text)
            self.extractive.read_ahead(question.text)
            clock.lap("classify")
            found = search.result()
        clock.lap("search")
        if retrieved is not None:
            retrieved(classification, found.hits)
        request = DraftRequest(
            question=question,
            language="zh" if language == "zh" else "en",
            classification=classification,
            hits=sources_for_customer(found.hits, question.scope),
            topic=topic,
            stated=intent is not None and intent.stated,
        )
        extras: dict[str, Any] = {}
        streamed: Drafted | None = None
        if courtesy is None and self.llm is not None:
            streamed = yield from self._from_model(self.llm, request, extras)
        if courtesy is not None:
            drafted, drafter = reply_to(courtesy, request), COURTESY_VERSION
        elif streamed is not None and self.llm is not None:
            drafted, drafter = streamed, self.llm.version
        else:
            drafted, drafter = self.extractive.draft(request), self.extractive.version
        clock.lap("draft")
        draft = checked(drafted.draft, request)
        clock.lap("verify")
        if streamed is None:
            for ordinal, sentence in enumerate(draft.sentences):
                yield SentenceReady(ordinal, sentence)
        versions = {
            **self.versions,
            **found.versions,
            "classifier": classification.model_version,
            "drafter": drafter,
            "verifier": VERIFIER_VERSION,
            "guard": GUARD_VERSION,
            "mood": MOOD_VERSION,
        }
        extras = {
            "topic": request.topic,
            "own_records": own,
            "stated": request.stated,
            "mood": mood.to_json(),
            **_customer(question),
            **drafted.extras,
            **extras,
        }
        yield Finished(Answer(text, classification, found.hits, draft, versions, clock.laps(), extras))

    def drafter_of(self, question: Question) -> str:
        """The version of what would draft for `question`, unless a language model fails."""
        if courtesy_in(question) is not None:
            return COURTESY_VERSION
        return self.llm.version if self.llm is not None else self.extractive.version

    def _from_model(
        self, llm: StreamsDraft, request: DraftRequest, extras: dict[str, Any]
    ) -> Generator[StreamEvent, None, Drafted | None]:
        """Sentences as the model writes them; returns the whole, or None when they are void, and `extras` say why."""
        drafted: Drafted | None = None
        ordinal = 0
        try:
            for piece in llm.stream(request):
                if isinstance(piece, Drafted):
                    drafted = piece
                else:
                    yield SentenceReady(ordinal, piece)
                    ordinal += 1
        except CopilotError as error:
            log.warning("The LLM gave no usable draft, an extractive one is used: %s", error.message)
            extras["llm_error"] = error.message
            yield Discarded(error.message)
            return None
        return drafted


class _Clock:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self._started = self._last = perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self._laps[stage] = (now - self._last) * 1000
        self._last = now

    def laps(self) -> dict[str, float]:
        return {**self._laps, "total": (self._last - self._started) * 1000}


def _query(question: Question) -> str:
    """What is searched: a very short message ("多久?") is read after the customer's previous one."""
    text = question.text.strip()
    previous = next((said for kind, said in reversed(question.history) if kind == "customer"), "")
    return f"{previous}\n{text}" if len(text) < 8 and previous else text


def _customer(question: Question) -> dict[str, Any]:
    """What the acceptance model reads of who asks: whether we know the customer, and how long the talk has been."""
    return {"verified": question.verified, "turns": len(question.history)}


def _raised(found: Classification, mood: Mood) -> Classification:
    """The priority is at least what the customer's mood asks for."""
    if list(LEVELS).index(mood.priority) <= [str(level) for level in LEVELS].index(found.priority):
        return found
    reason = f"complaint: {mood.complaint}" if mood.forbids_auto else f"urgency: {mood.urgency}"
    return replace(found, priority=mood.priority, priority_reasons=(*found.priority_reasons, reason))
