"""Where in the sources a claim could come from, and whether it says the same there.

Two questions are asked. *Coverage*: is every content word of the claim in one place of one source (two adjacent
sentences, with the source's first line, its title)? *Binding*: a value of the claim (7 days, the seller, "not") may
stand in the source beside another value of its kind; the claim's other words must be nearer to the claim's value than
to the other one. "Shipping is paid by the seller for defects, by the buyer otherwise" supports "defects: the seller
pays" and contradicts "defects: the buyer pays", although all words of both are there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from retrieval.verify import lexicon as lex
from retrieval.verify.parse import Clause, Parsed, Token, is_soft

TIE = 0.08  # bindings closer than this are not told apart
CLAUSE_DECAY = 0.5


@dataclass(frozen=True, slots=True)
class Window:
    """The place of a source that has most of the claim's words. `missing` are those it has not."""

    source: Parsed
    clauses: tuple[Clause, ...]
    missing: tuple[str, ...]
    covered: float

    @property
    def words(self) -> frozenset[str]:
        return frozenset().union(*(clause.words for clause in self.clauses))


def content(clauses: Iterable[Clause]) -> list[str]:
    """The words that must come from a source, in order, once each."""
    words = (token.word for clause in clauses for token in clause.tokens)
    return list(dict.fromkeys(w for w in words if w[0] != "⊕" and not is_soft(w)))


def _has(word: str, words: frozenset[str], text: str) -> bool:
    if word in words:
        return True
    if word.isascii():
        return False
    if word in text.replace(" ", ""):  # another segmentation of the same Chinese words
        return True
    return len(word) >= 4 and all(part in text for part in (word[:2], word[2:]))


def best_window(claim: Parsed, sources: Sequence[Parsed]) -> Window | None:
    """The two adjacent sentences, in any one source, that cover most of the claim."""
    wanted = content(claim.clauses)
    best: Window | None = None
    for source in sources:
        count = len(source.sentences)
        for first in range(count):
            for inside in ({first}, {first, first + 1}):
                if first + 1 >= count and len(inside) == 2:
                    continue
                clauses = tuple(c for c in source.clauses if c.sentence in inside)
                title = tuple(c for c in source.clauses if c.sentence == 0) if 0 not in inside else ()
                words = frozenset().union(*(c.words for c in (*title, *clauses)))
                text = " ".join(c.text + " " + " ".join(c.words) for c in (*title, *clauses))
                missing = tuple(w for w in wanted if not _has(w, words, text))
                covered = 1 - len(missing) / len(wanted) if wanted else 0.0
                if best is None or covered > best.covered + 1e-9:
                    best = Window(source, clauses, missing, covered)
    return best


Occurrence = tuple[Parsed, Clause, bool]  # source, clause, whether the value agrees with the claim's


def _nearness(word: str, at: Clause, source: Parsed) -> float:
    near = min((abs(c.index - at.index) for c in source.clauses if word in c.words or word in c.text), default=None)
    return 0.0 if near is None else CLAUSE_DECAY**near


def binding(claim: Parsed, at: Clause, item: str, occurrences: Sequence[Occurrence]) -> float:
    """How much nearer the claim's words are to the agreeing value than to its rival; below 0 the rival is nearer.

    1.0 when there is no rival. `item` is the word under test; it tells nothing about its own context.
    """
    agreeing = [o for o in occurrences if o[2]]
    homes = {(id(o[0]), o[1].index) for o in agreeing}
    rivals = [o for o in occurrences if not o[2] and (id(o[0]), o[1].index) not in homes]
    if not agreeing or not rivals:
        return 1.0 if agreeing else -1.0
    context = [
        (word, 1 / (1 + 0.5 * abs(clause.index - at.index)))
        for clause in claim.clauses
        for word in clause.words
        if word != item and not is_soft(word) and word not in lex.OPERATORS
    ]
    context += [(w, 1.0) for w in at.words if w in (lex.BEFORE, lex.AFTER)]

    def score(occurrence: Occurrence) -> float:
        source, clause, _ = occurrence
        near = sum(weight * _nearness(word, clause, source) for word, weight in context)
        known = {word for word, _ in context} | {item}
        extra = [w for w in clause.words if w not in known and not is_soft(w) and w not in lex.OPERATORS]
        return near - 0.1 * len(extra) / (1 + len(clause.words))

    return max(map(score, agreeing)) - max(map(score, rivals))


def word_occurrences(sources: Sequence[Parsed], accepts: Callable[[Token], bool | None]) -> list[Occurrence]:
    """Clauses with a token that `accepts` judges: True agrees with the claim, False contradicts, None is unrelated."""
    found: list[Occurrence] = []
    for source in sources:
        for clause in source.clauses:
            verdicts = {accepts(token) for token in clause.tokens}
            if True in verdicts:
                found.append((source, clause, True))
            elif False in verdicts:
                found.append((source, clause, False))
    return found


def left_out_condition(claim: Parsed, window: Window) -> str | None:
    """A condition or contrast in the sentence that the claim rests on, of which the claim says nothing."""
    said = frozenset().union(*(c.words for c in claim.clauses)) if claim.clauses else frozenset()
    values = {(q.kind, q.value) for c in claim.clauses for q in c.quantities}
    main = max(window.clauses, key=lambda c: len(said & {w for w in c.words if not is_soft(w)}), default=None)
    if main is None:
        return None
    for clause in window.clauses:
        if clause.sentence != main.sentence or not clause.conditional:
            continue
        own = [w for w in content((clause,)) if w not in lex.OPERATORS]
        kept = sum(_has(w, said, claim.text) for w in own)
        quantities = [(q.kind, q.value) for q in clause.quantities]
        kept += sum(q in values for q in quantities)
        if (len(own) + len(quantities)) and kept < 0.5 * (len(own) + len(quantities)):
            return clause.text
    return None


def dropped_modifier(claim: Parsed, window: Window) -> str | None:
    """ "Custom items cannot be returned" does not support "items cannot be returned"."""
    said = frozenset().union(*(c.words for c in claim.clauses)) if claim.clauses else frozenset()
    main = max(window.clauses, key=lambda c: len(said & c.words), default=None)
    if main is None:
        return None
    previous: list[str] = []
    for token in main.tokens:
        if token.word in lex.HEADS and token.word in said:
            for word in reversed(previous):
                if not _has(word, said, claim.text):
                    return word
            previous = []
        elif token.word == "的" or (is_soft(token.word) and token.word in ("类", "an", "the", "a")):
            continue
        elif is_soft(token.word) or token.word in lex.OPERATORS:
            previous = []
        else:
            previous.append(token.word)
    return None
