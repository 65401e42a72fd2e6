"""Chooses the sentences of the retrieved passages that answer the question. Lexical: no second encoder call.

A sentence is scored by the question's terms that it or its title has (rare ones among the hits count more), by whether
it has the kind of value that is asked for (how long: a duration), and by the score of its passage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
_CONTEXT = 0.85  # a term in the title or heading counts this much for a sentence under it
_ASKING = re.compile(
    r"什么时候|多少钱|多少|多久|多长时间|什么|怎么办|怎么样|怎么|怎样|如何|为什么|谁|哪里|哪儿|到哪|哪个|哪些|几天|能不能|可不可以|可以|是否"
    r"|能否|请问|你们|我们|我的|我想|一下|[我你您吗呢吧啊了能想要会]"
)
_PAIR = 0.5  # weight of a pair of characters against a word
_HAN_RUN = re.compile(r"[一-鿿]+")

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
    coverage: float  # weighted share of the question's terms in the sentence, its title's counting somewhat less


@lru_cache(maxsize=4096)
def terms_of(text: str) -> frozenset[str]:
    """What is matched: canonical words and, since Chinese words are cut differently each time, pairs of characters."""
    words = {w for w in words_of(text) if w[0] not in "⊖⊕\x00" and not is_soft(w)}
    pairs = {run[i : i + 2] for run in _HAN_RUN.findall(text) for i in range(len(run) - 1)}
    return frozenset(words | {pair for pair in pairs if not is_soft(pair)})


@lru_cache(maxsize=2048)
def _split(text: str, language: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The sentences of a passage with their terms, kept since popular passages come again and again."""
    found = []
    spans = sentences(text, language)
    for place, span in enumerate(spans):
        head = span.text.startswith("|") and (place == 0 or not spans[place - 1].text.startswith("|"))
        if not head:  # the head of a table names its columns and states nothing
            shown = plain_text(span.text)
            found.append((shown, terms_of(shown)))
    return tuple(found)


@lru_cache(maxsize=2048)
def _unsafe(text: str) -> bool:
    return carries_instruction(text)


def term_weights(question: str, hits: Sequence[Hit]) -> dict[str, float]:
    """The question's terms with their inverse document frequency among the hits: what all have does not tell which."""
    texts = [terms_of(_all_text(hit)) for hit in hits]
    weights = {}
    bare = _ASKING.sub(" ", question)
    words = set(words_of(bare))
    for term in terms_of(bare):
        frequency = sum(term in text for text in texts)
        weights[term] = log(1 + (len(hits) + 1) / (frequency + 0.5)) * (1.0 if term in words else _PAIR)
    return weights


def passage_coverage(weights: Mapping[str, float], hit: Hit) -> float:
    """Weighted share of the question's terms that the passage has, its title included."""
    return _share(weights, terms_of(_all_text(hit)))


def text_coverage(weights: Mapping[str, float], text: str) -> float:
    """The same for a text alone."""
    return _share(weights, terms_of(text))


def _all_text(hit: Hit) -> str:
    return f"{hit.passage.embed_text}\n{hit.passage.answer}"


def _share(weights: Mapping[str, float], terms: frozenset[str], context: frozenset[str] = frozenset()) -> float:
    total = sum(weights.values())
    found = sum(w if term in terms else _CONTEXT * w for term, w in weights.items() if term in terms or term in context)
    return found / total if total else 0.0


def asked_kinds(question: str) -> list[re.Pattern[str]]:
    """Patterns of the values that the question asks for."""
    return [given for _, asked, given in _ASKED if asked.search(question)]


def candidates(question: str, hits: Sequence[Hit], language: str) -> list[Candidate]:
    """All sentences of the best passages, best first. Passages that give orders to a model are left out."""
    read = [h for h in hits[:PASSAGES_READ] if not _unsafe(h.passage.text)]
    weights = term_weights(question, read)
    kinds = asked_kinds(question)
    best = max((abs(h.score) for h in read), default=0.0) or 1.0
    found: list[Candidate] = []
    for rank, hit in enumerate(read):
        passage = hit.passage
        context = terms_of(f"{passage.title} {passage.heading}")
        prior = 0.8 * max(0.0, hit.score) / best - (0.3 if passage.language != language else 0.0)
        answered = False  # the sentence before asked the same question
        for position, (text, terms) in enumerate(_split(passage.text, passage.language)):
            asked, answered = answered, False
            if len(text) < _SHORT or len(text) > _LONG or surface_problems(text):
                continue
            if text.endswith(("?", "？")):
                answered = _share(weights, terms) > 0.5
                continue
            coverage = _share(weights, terms, context)
            score = coverage + prior + (0.5 if asked else 0.0) + (0.05 if position == 0 else 0.0)
            if kinds:
                score += 0.3 * sum(bool(kind.search(text)) for kind in kinds) / len(kinds)
            if text.endswith((":", "：")):
                score -= 0.3  # announces a list and says nothing itself
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
        same = candidate.rank == best.rank
        needed = 0.8 if same and abs(candidate.position - best.position) == 1 else 0.88 if same else 0.95
        if candidate.score >= needed * best.score and candidate.hit.passage.language == best.hit.passage.language:
            chosen.append(candidate)
    return sorted(chosen, key=lambda c: (c.rank, c.position))
