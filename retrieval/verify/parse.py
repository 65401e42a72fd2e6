"""A text as verification sees it: sentences of clauses of canonical words with their polarity, and quantities."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import rjieba
import snowballstemmer

from retrieval.verify import lexicon as lex
from retrieval.verify.numerals import normalize_numerals
from retrieval.verify.quantities import Quantity, extract_quantities

_SENTENCE_END = re.compile(r"[。！？!?；;\n\r]+|\.(?=\s|$)|…+")
_CLAUSE_END = re.compile(
    r"[，,：:()（）\[\]【】「」\"“”|]|\s-\s|—+|(?:但是|但|而是|然而|不过)|\b(?:but|however|while|whereas)\b"
    r"|\band (?=(?:can|cannot|may|must|is|are|was|were|will|do|does|has|have|should|it|they|we|you)\b)"
)
_WORD = re.compile(r"[a-z][a-z']*(?:-[a-z']+)*|[一-鿿㐀-䶿]+|[⊖⊕][a-z]*|\x00|[^\W\d_]+")
_HAN = re.compile(r"[一-鿿㐀-䶿]")
_ZH_REWRITE = re.compile(
    "|".join(
        [f"(?P<atom>{'|'.join(sorted(map(re.escape, lex.ZH_ATOMS), key=len, reverse=True))})"]
        + [f"(?P<rewrite>{'|'.join(sorted(map(re.escape, lex.ZH_REWRITES), key=len, reverse=True))})"]
        + [f"(?P<op{number}>{pattern})" for number, (pattern, _) in enumerate(lex.ZH_OPERATORS)]
    )
)
_ZH_ATOMS = frozenset(lex.ZH_ATOMS)
_EN_ATOM = re.compile("|".join(re.escape(a) for a in sorted(lex.EN_ATOMS, key=len, reverse=True)))
_EN_REWRITES = tuple((re.compile(pattern), f" {new} ") for pattern, new in lex.EN_REWRITES)
_STEMMER = snowballstemmer.stemmer("english")


@dataclass(frozen=True, slots=True)
class Token:
    """`word` is canonical. `negation`: 0 none, 1 directly negated, 2 under a negated operator ("cannot", "不支持")."""

    word: str
    negation: int


@dataclass(frozen=True, slots=True)
class Clause:
    sentence: int
    index: int  # counts over the whole text, with one more between sentences: a distance
    tokens: tuple[Token, ...]
    quantities: tuple[Quantity, ...]
    text: str
    words: frozenset[str]
    conditional: bool  # opened by a mark of contrast or condition: but, unless, 如, 但
    is_case: bool  # the case in which what follows holds: "个人原因退货的，…"
    tail: str  # what stands after a condition inside of the clause: "… unless damaged"


@dataclass(frozen=True, slots=True)
class Parsed:
    text: str
    clauses: tuple[Clause, ...]
    sentences: tuple[str, ...]  # normalised, without punctuation at the ends

    @property
    def quantities(self) -> list[tuple[Clause, Quantity]]:
        return [(clause, quantity) for clause in self.clauses for quantity in clause.quantities]


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    stem: str = _STEMMER.stemWord(word.strip("'").removesuffix("'s"))
    return lex.TIME_ORDER.get(word) or lex.EN_SYNONYMS.get(stem, stem)


_EN_SOFT = lex.EN_SOFT | {_stem(word) for word in lex.EN_SOFT if _STEMMER.stemWord(word) not in lex.EN_SYNONYMS}


def _rewrite_zh(found: re.Match[str]) -> str:
    if found["atom"]:
        return f" {found['atom']} "
    if found["rewrite"]:
        new = lex.ZH_REWRITES[found["rewrite"]]
        return (
            f" {lex.NOT} {new[2:]} "
            if new.startswith("非 ")
            else f" {lex.NOT} {new[1:]} "
            if new[0] == "免"
            else f" {new} "
        )
    group = found.lastgroup or ""
    return lex.ZH_OPERATORS[int(group[2:])][1]


def _operators(text: str) -> str:
    if any("a" <= c <= "z" for c in text):
        text = _EN_ATOM.sub(" ", text)
        for pattern, new in _EN_REWRITES:
            text = pattern.sub(new, text)
    if _HAN.search(text):
        text = _ZH_REWRITE.sub(_rewrite_zh, text)
    return text


@lru_cache(maxsize=20_000)
def is_soft(word: str) -> bool:
    """Whether a claim may add this word without the source having it."""
    if word in lex.ZH_SOFT or word in _EN_SOFT:
        return True
    return bool(_HAN.match(word)) and (len(word) == 1 or (len(word) == 2 and all(c in lex.ZH_SOFT for c in word)))


def is_light(word: str) -> bool:
    """A word of grammar that a negation passes over to reach what it denies."""
    return word in lex.LIGHT


def _raw_tokens(text: str) -> list[str]:
    words: list[str] = []
    for found in _WORD.finditer(_operators(text)):
        word = found.group()
        if word[0] in "⊖⊕\x00":
            words.append(word)
        elif _HAN.match(word):
            words.extend([word] if word in _ZH_ATOMS else (lex.TIME_ORDER.get(w, w) for w in rjieba.cut(word)))
        elif word.isascii():
            parts = word.split("-")
            words.extend(s for s in (_stem(part) for part in parts if part) if s)
        else:
            words.append(word)
    return words


@lru_cache(maxsize=8192)
def words_of(text: str) -> tuple[str, ...]:
    """The canonical words of any text in order, operators and negations included, numbers left out."""
    return tuple(_raw_tokens(normalize_numerals(text)))


def _with_polarity(words: list[str]) -> tuple[Token, ...]:
    """Attach negations: `⊖ word` is direct; a negated operator governs its clause up to the next operator."""
    marks = [0] * len(words)
    spans: list[tuple[int, bool]] = []  # position of each operator and whether it is negated
    pending = False
    for i, word in enumerate(words):
        if word == lex.NOT:
            pending = not pending
        elif word in lex.OPERATORS:
            spans.append((i, pending))
            marks[i] = 1 if pending else 0
            pending = False
        elif word != "\x00" and pending and not is_light(word):
            marks[i] = 1
            pending = False
    for number, (at, negated) in enumerate(spans):
        if negated:
            begin = 0 if number == 0 else at
            end = spans[number + 1][0] if number + 1 < len(spans) else len(words)
            for i in range(begin, end):
                if not marks[i]:
                    marks[i] = 2
    return tuple(Token(word, mark) for word, mark in zip(words, marks, strict=True) if word not in (lex.NOT, "\x00"))


def _clauses(sentence: str, number: int, first: int) -> list[Clause]:
    quantities, blanked = extract_quantities(sentence)
    out: list[Clause] = []
    start, opener = 0, ""
    for found in [*_CLAUSE_END.finditer(blanked), None]:
        end = found.start() if found else len(blanked)
        part = blanked[start:end]
        inside = tuple(q for q in quantities if start <= q.start < end)
        if part.strip() or inside:
            tokens = _with_polarity(_raw_tokens(part))
            text = part.strip()
            conditional = bool(opener) or _RESTRICTION.match(text) is not None or text.endswith(("除外", "例外"))
            inner = None if conditional else _EN_INNER.search(text)
            is_case = found is not None and text.endswith(_ZH_CASE)
            words = frozenset(token.word for token in tokens)
            out.append(
                Clause(
                    number,
                    first + len(out),
                    tokens,
                    inside,
                    sentence[start:end].strip(),
                    words,
                    conditional,
                    is_case,
                    text[inner.end() :] if inner else "",
                )
            )
        start = found.end() if found else end
        opener = found.group() if found and found.group() in ("但是", "但", "but", "however", "不过", "然而") else ""
    return out


_RESTRICTION = re.compile("(?:" + "|".join(lex.ZH_RESTRICTIONS) + r")|(?:" + "|".join(lex.EN_RESTRICTIONS) + r")\b")
_EN_INNER = re.compile(r"\s(?:unless|except(?: for)?|only if|only when|if|provided that|as long as|excluding)\s")
_ZH_CASE = ("的", "时", "情况下", "的话")


def split_sentences(text: str) -> list[str]:
    """Normalised sentences, without the marks at their ends."""
    return [part for raw in _SENTENCE_END.split(normalize_numerals(text)) if (part := raw.strip())]


@lru_cache(maxsize=1024)
def parse(text: str) -> Parsed:
    """Cached, since the same passages are cited again and again."""
    clauses: list[Clause] = []
    sentences = split_sentences(text)
    index = 0
    for number, sentence in enumerate(sentences):
        new = _clauses(sentence, number, index)
        clauses.extend(new)
        index += len(new) + 1
    return Parsed(" ".join(sentences), tuple(clauses), tuple(sentences))
