"""Reads a language model's reply: strict JSON as asked, JSON with talk around it, or plain text with [1] marks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from retrieval.language import detect
from retrieval.sentences import sentences

SCHEMA: Final[Mapping[str, Any]] = {
    "name": "draft",
    "strict": True,
    "schema": {
        "type": "object",
        "properties": {
            "answered": {"type": "boolean"},
            "sentences": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "text": {"type": "string"},
                        "sources": {"type": "array", "items": {"type": "integer"}},
                    },
                    "required": ["text", "sources"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["answered", "sentences"],
        "additionalProperties": False,
    },
}
MAX_CHARACTERS = 20_000  # of a reply; a model that goes on is cut off
_LIST = re.compile(r'"sentences"\s*:\s*\[')
_ANSWERED = re.compile(r'"answered"\s*:\s*(true|false)')
_MARK = re.compile(r"\s*[\[【](\d{1,3}(?:\s*[,，]\s*\d{1,3})*)[\]】]")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class ModelSentence:
    text: str
    sources: tuple[int, ...]


@dataclass
class OutputReader:
    """Takes the reply piece by piece and gives each sentence as soon as it is complete."""

    text: str = ""
    sentences: list[ModelSentence] = field(default_factory=list)
    _position: int = -1  # in `text`, behind the last sentence read; -1 before the list begins

    def feed(self, piece: str) -> Iterator[ModelSentence]:
        """Sentences that `piece` completed."""
        self.text = (self.text + piece)[:MAX_CHARACTERS]
        if self._position < 0:
            found = _LIST.search(self.text)
            if found is None:
                return
            self._position = found.end()
        while (start := _next_object(self.text, self._position)) >= 0:
            try:
                value, end = _DECODER.raw_decode(self.text, start)
            except ValueError:
                return
            self._position = end
            sentence = _sentence(value)
            if sentence is not None:
                self.sentences.append(sentence)
                yield sentence

    def finish(self) -> list[ModelSentence]:
        """Sentences that only the whole reply shows: when it was not the JSON that was asked for.

        Raises ValueError when nothing can be read from it.
        """
        if self._position >= 0:
            if not self.sentences and not self.declined and "]" not in self.text[self._position :]:
                raise ValueError("the reply breaks off before its first sentence")
            return []
        text = re.sub(r"^```\w*|```$", "", self.text.strip()).strip()
        if not text or text[0] in "{[" or text.startswith("<"):
            if self.declined:
                return []
            raise ValueError("the reply is not the JSON that was asked for")
        marked = _marked_text(text)
        if not any(sentence.sources for sentence in marked):
            raise ValueError("the reply names no source")
        self.sentences.extend(marked)
        return marked

    @property
    def declined(self) -> bool:
        """Whether the model said that the sources do not answer."""
        found = _ANSWERED.search(self.text)
        return found is not None and found.group(1) == "false"

    @property
    def complete(self) -> bool:
        """Whether the JSON object was closed, so that nothing is missing from it."""
        rest = self.text[self._position :] if self._position >= 0 else self.text
        return bool(re.match(r"\s*\]\s*[,}]", rest)) if self._position >= 0 else True


def _next_object(text: str, position: int) -> int:
    found = re.compile(r"[\s,]*").match(text, position)
    at = found.end() if found else position
    return at if text[at : at + 1] == "{" else -1


def _sentence(value: Any) -> ModelSentence | None:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return None
    named = value.get("sources")
    numbers = [n for n in named if isinstance(n, int) and not isinstance(n, bool)] if isinstance(named, list) else []
    text = _MARK.sub("", value["text"]).strip()
    return ModelSentence(text, tuple(dict.fromkeys(numbers))) if text else None


def _marked_text(text: str) -> list[ModelSentence]:
    """ "Returns are free [1]. Refunds take 5 days [2]." as sentences with their sources."""
    moved = re.sub(r"([。！？!?.])(\s*[\[【]\d[\d,，\s]*[\]】])", r"\2\1", text)  # a mark behind the full stop
    out = []
    for span in sentences(moved, detect(moved)):
        numbers = [int(n) for group in _MARK.findall(span.text) for n in re.findall(r"\d+", group)]
        plain = _MARK.sub("", span.text).strip()
        if plain:
            out.append(ModelSentence(plain, tuple(dict.fromkeys(numbers))))
    return out
