"""Whether a quoted sentence holds the marked answer of its passage."""

from __future__ import annotations

from collections.abc import Sequence


def bare(text: str) -> str:
    """Letters and digits only: Markdown, spacing and punctuation do not tell whether a sentence holds an answer."""
    return "".join(character for character in text.casefold() if character.isalnum())


def overlaps(sentence: str, passage: str, answers: Sequence[str]) -> bool:
    """Whether an occurrence of the sentence in the passage shares a character with an occurrence of an answer."""
    answer_spans = [span for answer in answers for span in _occurrences(answer, passage)]
    return any(
        start < high and low < end for start, end in _occurrences(sentence, passage) for low, high in answer_spans
    )


def _occurrences(needle: str, text: str) -> list[tuple[int, int]]:
    found, at = [], text.find(needle) if needle else -1
    while at >= 0:
        found.append((at, at + len(needle)))
        at = text.find(needle, at + 1)
    return found
