"""Chooses the sentences of the retrieved passages that answer the question. Lexical: no second encoder call.

A sentence is scored by the question's words that it has (rare ones among the hits count more), by whether it has the
kind of value that is asked for (how long: a duration), and by the rank of its passage.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from retrieval.draft.rendering import plain_text
from retrieval.sentences import sentences
from retrieval.types import Hit
from retrieval.verify import carries_instruction, surface_problems
from retrieval.verify.parse import is_soft, words_of

PASSAGES_READ = 4
MAX_SENTENCES = 3
_SHORT = 6  # a "sentence" of fewer characters is a heading
_LONG = 320

_ASKED = tuple(
    (name, re.compile(asked, re.IGNORECASE), re.compile(given, re.IGNORECASE))
    for name, asked, given in (
        (
            "duration",
            r"多久|多长时间|几天|几个|什么时候|何时|多少天|期限|时效|how long|how many days|how soon|when|deadline",
            r"[\d一二三四五六七八九十两半]+\s*(?:-|到|至|~|to)?\s*\d*\s*(?:个?工作日|个?自然日"
                r"|天|日|个?小时|分钟|个?月|周|年|business|working|calendar|days?|hours?|minutes?"
                r"|weeks?|months?|years?)",
        ),
        (
            "amount",
            r"多少钱|费用|运费|价格|几块|收费|how much|cost|fee|price|charge",
            r"\d+(?:\.\d+)?\s*(?:元|块|%)|[¥$€£]\s?\d|免费|包邮|free",
        ),
        ("person", r"谁|哪方|who\b", (
            r"卖家|买家|商家|平台|消费者|经营者|由.{1,8}承担|seller|buyer|customer|we\b"
            r"|you\b"
)),
        ("permission", (
            r"能不能|可以|可不可以|能否|是否|吗[?？]?$|\bcan\b|\bmay\b|\bdo you\b|\bis it\b"
            r"|allowed"
), r"可以|不能|支持|不支持|无法|不得|\bcan\b|cannot|may\b|eligible|accept|allow"),
        ("steps", r"怎么|如何|怎样|流程|步骤|how (?:do|can|to)\b", (
            r"请|点击|进入|提交|登录|在.{1,12}(?:页|里|中)|→|>|click|go to|open|select"
            r"|log in|submit|send"
)),
        ("contact", r"电话|联系方式|客服|邮箱|phone|contact|e-?mail", r"\d{3,4}-?\d{4,}|@|热线|hotline"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    hit: Hit
    rank: int  # of the passage, from 0
    position: int  # of the sentence in its passage, from 0
    text: str
    score: float
    coverage: float  # weighted share of the question's words in the sentence


@lru_cache(maxsize=2048)
def _split(text: str, language: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The sentences of a passage with their words, kept since popular passages come again and again."""
    found = []
    spans = sentences(text, language)
    for place, span in enumerate(spans):
        head = span.text.startswith("|") and (place == 0 or not spans[place - 1].text.startswith("|"))
        if not head:  # the head of a table names its columns and states nothing
            shown = plain_text(span.text)
            found.append((shown, frozenset(words_of(shown))))
    return tuple(found)


@lru_cache(maxsize=2048)
def _unsafe(text: str) -> bool:
    return carries_instruction(text)


def question_words(text: str) -> tuple[str, ...]:
    """The words of the question that carry its meaning, in order, once each."""
    return tuple(dict.fromkeys(w for w in words_of(text) if not is_soft(w) and w[0] not in "⊖⊕\x00"))


def word_weights(words: Sequence[str], hits: Sequence[Hit]) -> dict[str, float]:
    """Inverse document frequency of each word among the hits: what all of them have tells nothing about which."""
    count = len(hits)
    texts = [_split(hit.passage.text, hit.passage.language) for hit in hits]
    weights = {}
    for word in words:
        frequency = sum(any(word in found for _, found in text) for text in texts)
        weights[word] = log(1 + (count + 1) / (frequency + 0.5))
    return weights


def asked_kinds(question: str) -> list[re.Pattern[str]]:
    """Patterns of the values that the question asks for."""
    return [given for _, asked, given in _ASKED if asked.search(question)]


def candidates(question: str, hits: Sequence[Hit], language: str) -> list[Candidate]:
    """All sentences of the best passages, best first. Passages that give orders to a model are left out."""
    words = question_words(question)
    read = [h for h in hits[:PASSAGES_READ] if not _unsafe(h.passage.text)]
    weights = word_weights(words, read)
    total = sum(weights.values()) or 1.0
    kinds = asked_kinds(question)
    best = max((abs(h.score) for h in read), default=0.0) or 1.0
    found: list[Candidate] = []
    for rank, hit in enumerate(read):
        passage = hit.passage
        title = frozenset(words_of(f"{passage.title} {passage.heading}"))
        prior = 0.25 * max(0.0, hit.score) / best + 0.2 / (1 + rank)
        prior -= 0.3 if passage.language != language else 0.0
        split = _split(passage.text, passage.language)
        after_question = False
        for position, (text, own) in enumerate(split):
            if len(text) < _SHORT or len(text) > _LONG or surface_problems(text):
                after_question = False
                continue
            if text.endswith(("?", "？")):
                after_question = sum(weights[w] for w in words if w in own) > 0.5 * total
                continue
            coverage = sum(weights[w] for w in words if w in own) / total
            context = sum(weights[w] for w in words if w in title and w not in own) / total
            score = coverage + 0.35 * context + prior
            score += 0.25 * sum(bool(kind.search(text)) for kind in kinds) / max(1, len(kinds)) if kinds else 0.0
            score += 0.5 if after_question else 0.0
            score += 0.05 if position == 0 else 0.0
            after_question = False
            found.append(Candidate(hit, rank, position, text, score, coverage))
    return sorted(found, key=lambda c: -c.score)


def select(found: Sequence[Candidate], limit: int = MAX_SENTENCES) -> list[Candidate]:
    """The best sentence and those near it in score, in reading order; each further one must be nearly as good."""
    if not found:
        return []
    best = found[0]
    chosen = [best]
    for candidate in found[1:]:
        if len(chosen) >= limit:
            break
        neighbour = candidate.rank == best.rank and abs(candidate.position - best.position) == 1
        needed = 0.75 if neighbour else 0.85
        if candidate.score >= needed * best.score and candidate.hit.passage.language == best.hit.passage.language:
            chosen.append(candidate)
    return sorted(chosen, key=lambda c: (c.rank, c.position))
