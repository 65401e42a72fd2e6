"""Drafts by a language model behind any OpenAI-compatible endpoint, each sentence verified as it arrives.

The model gets no tools. Customer, article and record text goes in as data between tags that the text cannot close.
What it writes is never trusted: markup and blanks are dropped, sources it was not given do not count, and every
sentence gets its verdict from `retrieval.verify`. Imported only when an LLM is configured (LangChain takes a second).
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import httpx
import openai
from langchain_core.exceptions import LangChainException
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from core.errors import ConfigurationError, Unavailable
from core.settings import Settings
from retrieval.draft.compose import Composition, only_facts, passage_citation, record_citation
from retrieval.draft.confidence import confidence, features
from retrieval.draft.model_output import SCHEMA, ModelSentence, OutputReader
from retrieval.draft.records import choose_record, facts_answer, lacks_record
from retrieval.draft.request import Drafted, DraftRequest
from retrieval.draft.selection import candidates, select
from retrieval.types import Citation, Draft, DraftSentence, Verdict
from retrieval.verify import has_placeholder, phrase, surface_problems, verify_one

PROMPT = "answer-1"
SOURCES = 6
MAX_SENTENCES = 4
_SOURCE_CHARACTERS = 2000
_HISTORY = 6
_COURTESY_KINDS = ("ask_order", "ask_more", "apology", "thanks")


class ChatModel(Protocol):
    """What is used of a LangChain chat model: pieces with their `text`."""

    def stream(self, messages: Any, /) -> Iterator[Any]: ...


class LlmDrafter:
    """Streams a draft. Thread-safe; one connection pool."""

    def __init__(self, settings: Settings, model: ChatModel | None = None) -> None:
        """`model`, if given, is asked instead of the endpoint of `settings`. Raises ConfigurationError without any."""
        if model is None and not (settings.llm_url and settings.llm_model):
            raise ConfigurationError("Set COPILOT_LLM_URL and COPILOT_LLM_MODEL to draft with a language model.")
        self.version = f"llm:{settings.llm_model}"
        self.prompt_version = PROMPT
        self._timeout = settings.llm_timeout
        self._prompt = Path(__file__).with_name("prompts").joinpath(f"{PROMPT}.md").read_text(encoding="utf-8")
        self._models: list[ChatModel] = [model or self._model(settings, structured) for structured in (True, False)]

    @staticmethod
    def _model(settings: Settings, structured: bool) -> ChatOpenAI:
        # `extra_body` and not `response_format`: the latter makes the client parse the whole reply before it is ours.
        extra = {"response_format": {"type": "json_schema", "json_schema": dict(SCHEMA)}} if structured else None
        return ChatOpenAI(
            model=settings.llm_model,
            base_url=settings.llm_url,
            api_key=SecretStr(settings.llm_api_key.get_secret_value() or "none"),
            timeout=settings.llm_timeout,
            max_retries=0,
            temperature=0,
            extra_body=extra,
            use_responses_api=False,
            stream_usage=False,
        )

    def stream(self, request: DraftRequest) -> Iterator[DraftSentence | Drafted]:
        """Each verified sentence when it is complete, then the whole draft.

        A greeting and a closing are ours. Raises Unavailable when the endpoint fails, takes longer than the time-out
        or answers with something unreadable; what was given until then is void.
        """
        question = request.question
        choice = choose_record(request)
        sources = [record_citation(choice.card, request.language)] if choice.card else []
        sources += [passage_citation(hit) for hit in request.hits[:SOURCES]]
        numbered = dict(enumerate(sources, start=1))
        composition = Composition(request.language)
        composition.greet(question.customer_name)
        yield composition.sentences[-1]
        dropped: list[str] = []
        reader = OutputReader()
        lacking = lacks_record(choice, request)
        if numbered and not lacking:
            for written in self._sentences(request, numbered, reader):
                sentence = self._accept(composition, written, numbered, request, dropped)
                if sentence is not None:
                    yield sentence
        answered = any(s.citations for s in composition.sentences)
        closing = ["closing"] if answered else [choice.ask] if lacking else ["unknown", "handover"]
        if choice.ask and choice.ask not in closing:
            closing.insert(0, choice.ask)
        for kind in closing:
            composition.courtesy(kind)
            yield composition.sentences[-1]
        shown = [replace(hit, beside=()) for hit in request.hits]  # what the model was given
        chosen = select(candidates(question.text, shown, request.language))
        found = features(question.text, request.language, shown, chosen, request.classification)
        kind = "llm" if answered else "unknown"
        draft = Draft(
            kind, request.language, tuple(composition.sentences), tuple(composition.citations), confidence(found)
        )
        extras = {
            "features": found.as_dict(),
            "record_choice": choice.how,
            "lacks_record": lacking,
            "facts_alone": only_facts(composition.citations) and not facts_answer(choice, request),
            "dropped": tuple(dropped),
            "prompt": self.prompt_version,
        }
        yield Drafted(draft, extras)

    def _accept(
        self,
        composition: Composition,
        written: ModelSentence,
        sources: dict[int, Citation],
        request: DraftRequest,
        dropped: list[str],
    ) -> DraftSentence | None:
        """The sentence as it goes into the draft, verified; None when it must not be shown to anybody as text."""
        text = unicodedata.normalize("NFC", written.text)
        if surface_problems(text) or has_placeholder(text):
            dropped.append(html.escape(text[:200]))
            return None
        before = len(composition.sentences)
        cited = [sources[number] for number in written.sources if number in sources]
        composition.state(text, *cited)
        if len(composition.sentences) == before:
            return None
        citations = {citation.number: citation for citation in composition.citations}
        question = request.question
        verified = verify_one(composition.sentences[-1], citations, question.records, question.customer_name)
        if verified.verdict is Verdict.NOT_A_CLAIM and not written.sources:
            verified = DraftSentence(verified.text, (), Verdict.NOT_A_CLAIM)
        composition.sentences[-1] = verified
        return verified

    def _sentences(
        self, request: DraftRequest, sources: dict[int, Citation], reader: OutputReader
    ) -> Iterator[ModelSentence]:
        messages = self._messages(request, sources)
        deadline = monotonic() + self._timeout
        try:
            for piece in self._pieces(messages, deadline):
                yield from reader.feed(piece)
            yield from reader.finish()
            if not reader.complete:
                raise ValueError("the reply breaks off")
        except (openai.OpenAIError, httpx.HTTPError, LangChainException, TimeoutError, ValueError, TypeError) as error:
            reason = str(error).split("\n", 1)[0][:200] or type(error).__name__
            raise Unavailable(f"The language model gave no usable draft ({type(error).__name__}: {reason}).") from error

    def _pieces(self, messages: list[BaseMessage], deadline: float) -> Iterator[str]:
        """Text as it comes; a second try without the schema for an endpoint that refuses it."""
        for model, last in zip(self._models, (False, True), strict=True):
            try:
                for chunk in model.stream(messages):
                    if monotonic() > deadline:
                        raise TimeoutError(f"no complete draft within {self._timeout:g} s")
                    yield chunk.text
                return
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                if last:
                    raise

    def _messages(self, request: DraftRequest, sources: dict[int, Citation]) -> list[BaseMessage]:
        language = request.language
        courtesies = " | ".join(phrase(language, kind) for kind in _COURTESY_KINDS)
        name = "Simplified Chinese" if language == "zh" else "English"
        rules = self._prompt.format(max_sentences=MAX_SENTENCES, language_name=name, courtesies=courtesies)
        blocks = [_source_block(number, source) for number, source in sources.items()]
        history = "\n".join(f"{kind}: {_data(text)}" for kind, text in request.question.history[-_HISTORY:])
        parts = ["SOURCES", *blocks]
        if history:
            parts += ["EARLIER MESSAGES", f"<data>\n{history}\n</data>"]
        parts += ["THE CUSTOMER'S QUESTION", f"<data>\n{_data(request.question.text)}\n</data>"]
        return [SystemMessage(rules), HumanMessage("\n".join(parts))]


def _source_block(number: int, source: Citation) -> str:
    label = "RECORD" if source.source_kind == "record" else "ARTICLE"
    head = " – ".join(part for part in (source.title, source.heading) if part)
    return f"[{number}] {label}\n<data>\n{_data(head)}\n{_data(source.text)}\n</data>"


def _data(text: str) -> str:
    """Text that cannot close its own tag or hide characters, cut to a bearable length."""
    visible = "".join(c for c in text[:_SOURCE_CHARACTERS] if unicodedata.category(c) not in ("Cf", "Co", "Cs"))
    return re.sub(r"<(?=\s*/?\s*data)", "‹", visible, flags=re.IGNORECASE)
