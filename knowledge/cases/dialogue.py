"""Find the question and the answer of a conversation: what the customer wanted and what the agent said that helps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.similarity import normalise, shingles
from retrieval.chunking import sentences
from retrieval.language import detect
from retrieval.small_talk import ASSENT, FAREWELL, GREETING, PRESENCE, THANKS, small_talk

MAX_QUESTION, MAX_ANSWER = 600, 1200  # characters
_INFORMATIVE = {"zh": 8, "en": 20}  # letters and digits that an answer must have beyond politeness

_POLITE = re.compile(
    # what agents say: forms of address, offers of help, thanks, particles
    r"(?:亲爱的|尊敬的)?(?:顾客|客户|用户)|亲+亲*|欢迎光临|欢迎咨询|"
    r"请问有什么(?:可以)?(?:帮(?:助|到)?您?的?|需要)?|很高兴为您服务|为您服务|请?稍等(?:一下|片刻)?|"
    r"我?(?:帮|给|为)您?(?:查|看)(?:一下|下)?|(?:谢谢|感谢)(?:您|你)?(?:的)?(?:理解|支持|耐心等待|配合|来电|咨询)|不客气|"
    r"嗯+|哦+|还有(?:什么|其他)(?:问题|可以帮您)?(?:的)?(?:吗)?|[呢吗哦呀啊哈的了~～]|"
    r"thank(?:s| you) for (?:your patience|contacting us|reaching out|waiting)|"
    r"how (?:can|may) i (?:help|assist)(?: you)?(?: today)?|"
    r"(?:is|was) there anything else(?: i can (?:help|do)(?: you)?(?: with)?)?|you(?:'|’)?re welcome|"
    r"have a (?:nice|great|good) (?:day|one|weekend)|one moment|just a (?:moment|second|sec)|please (?:wait|hold)|"
    r"let me check|\bdear\b|best regards|kind regards|"
    # what everybody says
    rf"{PRESENCE}|{GREETING}|{THANKS}|{ASSENT}|{FAREWELL}",
    re.I,
)
_QUESTION_MARK = re.compile(r"[?？]\s*$")


@dataclass(frozen=True, slots=True)
class Turn:
    """Consecutive public messages of one side; `at`: the place of the first."""

    customer: bool
    texts: tuple[str, ...]
    at: int = 0

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


@dataclass(frozen=True, slots=True)
class Exchange:
    """`at`: the place of the message, among those given, with which the question begins."""

    question: str
    answer: str
    language: str
    at: int = 0


def turns(messages: Sequence[tuple[bool, str]]) -> list[Turn]:
    """(is the customer's, text) in order, grouped into turns; empty texts are left out."""
    found: list[Turn] = []
    for at, (customer, text) in enumerate(messages):
        if not text.strip():
            continue
        if found and found[-1].customer == customer:
            found[-1] = Turn(customer, (*found[-1].texts, text.strip()), found[-1].at)
        else:
            found.append(Turn(customer, (text.strip(),), at))
    return found


def information(text: str) -> int:
    """Letters and digits of `text` beyond greetings, thanks, fillers and questions asked back."""
    return sum(
        len(normalise(_POLITE.sub("", sentence)))
        for sentence in _sentences(text)
        if not _QUESTION_MARK.search(sentence)
    )


def is_small_talk(text: str) -> bool:
    """True for "在吗？", "Hi, thanks!" and the like: nothing is asked or said."""
    return small_talk(text) is not None or len(normalise(_POLITE.sub("", text))) < 2


def extract(messages: Sequence[tuple[bool, str]], language: str | None = None) -> Exchange | None:
    """The customer's first real question and the agent turn that says most about it; None when nothing helps.

    When the best answer came later, the customer's words just before it belong to the question.
    """
    found = turns(messages)
    first = next((n for n, turn in enumerate(found) if turn.customer and not is_small_talk(turn.text)), None)
    if first is None:
        return None
    asked = shingles(found[first].text)
    scored = [
        (min(information(turn.text), 300) + 2 * len(asked & shingles(turn.text)), -number)
        for number, turn in enumerate(found)
        if number > first and not turn.customer
    ]
    if not scored:
        return None
    best = -max(scored)[1]
    spoken = language or detect(found[first].text)
    if information(found[best].text) < _INFORMATIVE.get(spoken, 20):
        return None
    question = _substance(found[first])
    if best - 1 > first and not is_small_talk(found[best - 1].text):
        question = f"{question}\n{_substance(found[best - 1])}"
    return Exchange(_cut(question, MAX_QUESTION), _cut(_without_small_talk(found[best]), MAX_ANSWER), spoken)


def exchanges(messages: Sequence[tuple[bool, str]], language: str | None = None) -> list[Exchange]:
    """Each question with its own answer: what the customer wrote up to the agent's next reply that says something.

    A reply that only greets or asks back leaves the question open, and what the customer then says belongs to it.
    """
    found: list[Exchange] = []
    asked: list[str] = []
    began = 0
    for turn in turns(messages):
        if turn.customer and not is_small_talk(turn.text):
            began = began if asked else turn.at
            asked.append(_substance(turn))
        elif not turn.customer and asked:
            question = "\n".join(asked)
            spoken = language or detect(question)
            if information(turn.text) >= _INFORMATIVE.get(spoken, 20):
                answer = _cut(_without_small_talk(turn), MAX_ANSWER)
                found.append(Exchange(_cut(question, MAX_QUESTION), answer, spoken, began))
                asked = []
    return found


def _substance(turn: Turn) -> str:
    return "\n".join(text for text in turn.texts if not is_small_talk(text))


def _without_small_talk(turn: Turn) -> str:
    """The answer without sentences that only greet; line breaks stay."""
    kept = []
    for text in turn.texts:
        parts = [sentence for sentence in _sentences(text) if not is_small_talk(sentence)]
        joiner = "" if detect(text) == "zh" else " "
        if parts:
            kept.append(joiner.join(part.strip() for part in parts))
    return "\n".join(kept)


def _sentences(text: str) -> Iterator[str]:
    for line in text.splitlines():
        for span in sentences(line, detect(line)):
            yield span.text


def _cut(text: str, limit: int) -> str:
    """At most `limit` characters, ending with a sentence where possible."""
    if len(text) <= limit:
        return text
    kept = ""
    for span in sentences(text, detect(text)):
        if span.end > limit:
            break
        kept = text[: span.end]
    return kept.rstrip() or text[:limit]
