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
from retrieval.verify.parse import Clause, Parsed, Token, is_soft, words_of
from retrieval.verify.quantities import Quantity

TIE = 0.08  # bindings closer than this are not told apart
CLAUSE_DECAY = 0.5
IN_WINDOW = 0.3


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
    if len(word) >= 4 and word[:2] in text and word[2:] in text:
        return True
    return any(part in text and rest in lex.ZH_SOFT for part, rest in ((word[:-1], word[-1]), (word[1:], word[0])))


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
                text = "|".join(c.text for c in (*title, *clauses))
                missing = tuple(w for w in wanted if not _has(w, words, text))
                covered = 1 - len(missing) / len(wanted) if wanted else 0.0
                if best is None or covered > best.covered + 1e-9:
                    best = Window(source, clauses, missing, covered)
    return best


Occurrence = tuple[Parsed, Clause, bool]  # source, clause, whether the value agrees with the claim's


def _nearness(word: str, at: Clause, source: Parsed) -> float:
    if word[0] == "\x01":
        places = [c for c in source.clauses if any(value_key(q) == word for q in c.quantities)]
    else:
        places = [c for c in source.clauses if word in c.words or word in c.text]
    near = min((abs(c.index - at.index) for c in places), default=None)
    return 0.0 if near is None else CLAUSE_DECAY**near


def _context(claim: Parsed, at: Clause, item: str) -> list[tuple[str, float]]:
    """The words and values that tell where `item` belongs: those of its own clause fully, its neighbour more, all of
    another clause together at most 2/3, less with distance."""
    context: list[tuple[str, float]] = []
    for clause in claim.clauses:
        words = [w for w in clause.words if w != item and not is_soft(w) and w not in lex.OPERATORS]
        words += [w for w in clause.words if clause is at and w in (lex.BEFORE, lex.AFTER)]
        if clause is not at:
            share = 1 / (1 + 0.5 * abs(clause.index - at.index)) / max(1, len(words))
            context += [(word, share) for word in words]
            continue
        beside = _beside(at, item)
        context += [(word, 2.5 if word in beside else 1.0) for word in words]
        context += [(value_key(q), 1.0) for q in clause.quantities if value_key(q) != item]
    return context


def value_key(quantity: Quantity) -> str:
    """A quantity as a word of the context; no word begins with this mark."""
    return f"\x01{quantity.kind}:{quantity.value}"


def _beside(clause: Clause, item: str) -> set[str]:
    words = [t.word for t in clause.tokens if t.word == item or not is_soft(t.word)]
    places = [i for i, word in enumerate(words) if word == item]
    return {words[i + 1] for i in places if i + 1 < len(words)}


def binding(claim: Parsed, at: Clause, item: str, occurrences: Sequence[Occurrence], window: Window) -> float:
    """How much nearer the claim's words are to the agreeing value than to its rival; below 0 the rival is nearer.

    1.0 when there is no rival. `item` is the word under test; it tells nothing about its own context. What stands in
    `window`, the place that has the claim's words, speaks of it sooner than what stands elsewhere.
    """
    agreeing = [o for o in occurrences if o[2]]
    homes = {(id(o[0]), o[1].index) for o in agreeing}
    rivals = [o for o in occurrences if not o[2] and (id(o[0]), o[1].index) not in homes]
    if not agreeing or not rivals:
        return 1.0 if agreeing else -1.0
    context = _context(claim, at, item)

    def score(occurrence: Occurrence) -> float:
        source, clause, _ = occurrence
        near = sum(weight * _nearness(word, clause, source) for word, weight in context)
        known = {word for word, _ in context} | {item}
        extra = [w for w in clause.words if w not in known and not is_soft(w) and w not in lex.OPERATORS]
        speaks = source is window.source and clause in window.clauses
        return near - 0.1 * len(extra) / (1 + len(clause.words)) + IN_WINDOW * speaks

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
    """A condition or contrast that governs what the claim rests on, of which the claim says nothing."""
    main = _main_clause(claim, window)
    if main is None:
        return None
    said = _said(claim)
    values = {(q.kind, q.value) for c in claim.clauses for q in c.quantities}
    case: Clause | None = None
    governing: list[Clause] = []
    for clause in window.clauses:
        if clause.sentence != main.sentence:
            continue
        if clause.is_case:
            case = clause
        elif clause is main and case is not None:
            governing.append(case)
        if clause.conditional and clause is not main:
            governing.append(clause)
    for clause in governing:
        if _mostly_unsaid(
            [w for w in content((clause,)) if w not in lex.OPERATORS], clause.quantities, claim, said, values
        ):
            return clause.text
    tail = main.tail
    if tail and _mostly_unsaid(
        [w for w in words_of(tail) if w[0] not in "⊖⊕\x00" and not is_soft(w)], (), claim, said, values
    ):
        return tail
    return None


def _mostly_unsaid(
    words: Sequence[str],
    quantities: Sequence[Quantity],
    claim: Parsed,
    said: frozenset[str],
    values: set[tuple[str, str]],
) -> bool:
    words = [w for w in words if w not in lex.HEADS]
    kept = sum(_has(w, said, claim.text) for w in words) + sum((q.kind, q.value) in values for q in quantities)
    count = len(words) + len(quantities)
    return count > 0 and kept < 0.5 * count


def _said(claim: Parsed) -> frozenset[str]:
    return frozenset().union(*(c.words for c in claim.clauses)) if claim.clauses else frozenset()


def _main_clause(claim: Parsed, window: Window) -> Clause | None:
    """The clause of the window that has most of the claim's words."""
    said = _said(claim)
    return max(window.clauses, key=lambda c: len(said & {w for w in c.words if not is_soft(w)}), default=None)


def dropped_modifier(claim: Parsed, window: Window) -> str | None:
    """What "custom items cannot be returned" says of the items, when the claim says it of items in general."""
    main = _main_clause(claim, window)
    if main is None:
        return None
    said = _said(claim)
    previous: list[str] = []
    dropped: dict[str, str] = {}
    fine: set[str] = set()
    for token in main.tokens:
        if token.word in lex.HEADS and token.word in said:
            qualifiers = [w for w in previous if w not in lex.ZH_UNIVERSAL and w not in lex.EN_UNIVERSAL]
            if qualifiers and not any(_has(word, said, claim.text) for word in qualifiers):
                dropped[token.word] = " ".join(qualifiers)
            else:
                fine.add(token.word)
            previous = []
        elif token.word in ("的", "类", "an", "the", "a"):
            continue
        elif is_soft(token.word) or token.word in lex.OPERATORS:
            previous = []
        else:
            previous.append(token.word)
    return next((qualifier for head, qualifier in dropped.items() if head not in fine), None)


def exchanged_words(claim: Parsed, window: Window) -> tuple[str, str] | None:
    """Two words of different clauses that stand in each other's place in the source ("no deposit, no balance back")."""
    if len(claim.clauses) < 2:
        return None
    whole = {c.index: _telling(c) for c in claim.clauses}

    def fits(word: str, others: frozenset[str]) -> bool:
        """Whether one clause of the source has `word` with all of `others`."""
        return any(word in c.words and others <= c.words for c in window.source.clauses)

    for left in claim.clauses:
        for right in claim.clauses:
            if left.index >= right.index:
                continue
            for a in whole[left.index] - whole[right.index]:
                for b in whole[right.index] - whole[left.index]:
                    around_a, around_b = whole[left.index] - {a}, whole[right.index] - {b}
                    if not around_a or not around_b or fits(a, around_a) or fits(b, around_b):
                        continue
                    if fits(b, around_a) and fits(a, around_b):
                        return a, b
    return None


def _telling(clause: Clause) -> frozenset[str]:
    return frozenset(w for w in clause.words if w not in lex.ZH_SOFT and w not in lex.EN_SOFT and w[0] != "⊕")


def pieced_together(claim: Parsed, window: Window) -> bool:
    """Whether one clause of the claim needs words of both sentences: the source may never have joined them."""
    numbers = {c.sentence for c in window.clauses}
    if len(numbers) < 2:
        return False
    title = [c for c in window.source.clauses if c.sentence == 0]
    for clause in claim.clauses:
        wanted = content((clause,))
        alone = False
        for number in numbers:
            clauses = [*title, *(c for c in window.clauses if c.sentence == number)]
            words = frozenset().union(*(c.words for c in clauses))
            text = "|".join(c.text for c in clauses)
            alone = alone or all(_has(word, words, text) for word in wanted)
        if not alone:
            return True
    return False
