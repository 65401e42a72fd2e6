"""One sentence against its sources and the customer's own records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from retrieval.types import Fact, Verdict
from retrieval.verify import lexicon as lex
from retrieval.verify.courtesy import is_courtesy, strip_greeting
from retrieval.verify.evidence import (
    TIE,
    Occurrence,
    Window,
    best_window,
    binding,
    content,
    dropped_modifier,
    exchanged_words,
    left_out_condition,
    pieced_together,
    value_key,
    word_occurrences,
)
from retrieval.verify.parse import Clause, Parsed, Token, is_light, is_soft, parse, split_sentences
from retrieval.verify.quantities import Match, Quantity, comparable, compare
from retrieval.verify.surface import carries_instruction, has_placeholder, surface_problems

ENOUGH = 0.6  # share of covered content words below which the source says nothing of the claim
ACTION = re.compile(
    r"已(?:经)?(?:为|给|帮|替)?(?:您|你)?(?:的\S{0,6})?(?:申请|办理|安排|处理"
        r"|退款|取消|修改|补偿|赔偿|发放|提交|登记|退还|补发|升级)"
    r"|(?:马上|立即|立刻|现在就)(?:为|给|帮)(?:您|你)"
    r"|\b(?:i|we)(?:'ve| have)(?: already| just)? (?!found|received|no\b|a\b|the\b)\w+"
        r"|\b(?:i|we)(?:'ll| will)(?: now)? (?:refund|cancel|send|ship|issue|credit"
        r"|compensate|change|update)"
    r"|\bhas been (?:refunded|cancelled|canceled|issued|credited|changed|updated|processed|approved)\b"
)  # fmt: skip
_HAN = re.compile(r"[一-鿿]")
Result = tuple[Verdict, tuple[str, ...]]


class _Findings:
    """The worst thing found decides; every reason is kept."""

    def __init__(self) -> None:
        self.verdict = Verdict.SUPPORTED
        self.reasons: list[str] = []

    def doubt(self, reason: str) -> None:
        self.reasons.append(reason)
        if self.verdict is Verdict.SUPPORTED:
            self.verdict = Verdict.UNCERTAIN

    def deny(self, reason: str) -> None:
        self.reasons.append(reason)
        self.verdict = Verdict.UNSUPPORTED


def verify_sentence(
    sentence: str, sources: Sequence[str], facts: Sequence[Fact] = (), *, customer_name: str = ""
) -> Result:
    """(verdict, reasons) of one sentence of a draft.

    `sources` are the cited texts, each with its title as first line if it has one; `facts` are values of this
    customer's own records. What cannot be shown to be in them is UNCERTAIN or UNSUPPORTED: a false alarm costs an
    agent a look, a false acceptance costs the shop its word. Measured by `python -m evals.verification`.
    """
    if problems := surface_problems(sentence):
        return Verdict.UNSUPPORTED, tuple(problems)
    if has_placeholder(sentence):
        return Verdict.UNSUPPORTED, ("a blank is not filled in",)
    if is_courtesy(sentence, customer_name):
        return Verdict.NOT_A_CLAIM, ()
    stated = strip_greeting(sentence, customer_name)
    tainted = any(carries_instruction(text) for text in sources)
    if _quoted(stated, sources):
        if tainted:
            return Verdict.UNCERTAIN, ("the source gives orders to a model",)
        return Verdict.SUPPORTED, ()
    claim = parse(stated)
    if not any(clause.tokens or clause.quantities for clause in claim.clauses):
        return Verdict.NOT_A_CLAIM, ()
    parsed = [parse(text) for text in sources if text.strip()]
    if facts:
        parsed.append(_parse_facts(tuple(facts)))
    if not parsed:
        return Verdict.UNSUPPORTED, ("no source is cited",)
    findings = _Findings()
    if tainted:
        findings.doubt("the source gives orders to a model")
    _check(claim, parsed, findings)
    return findings.verdict, tuple(dict.fromkeys(findings.reasons))


def _parse_facts(facts: tuple[Fact, ...]) -> Parsed:
    return parse("\n".join(f"{fact.label or fact.kind} {fact.value}" for fact in facts))


@lru_cache(maxsize=4096)
def _plain_sentences(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(_plain, split_sentences(text))))


def _plain(text: str) -> str:
    return re.sub(r"[\s,，、.。:：!！~\"“”'《》*#>|`_-]+", "", text)


def _quoted(text: str, sources: Sequence[str]) -> bool:
    """Whether each sentence of the claim is a whole sentence of a source (a part could lack its condition)."""
    wanted = _plain_sentences(text)
    return bool(wanted) and any(set(wanted) <= set(_plain_sentences(source)) for source in sources)


def _check(claim: Parsed, sources: Sequence[Parsed], findings: _Findings) -> None:
    window = best_window(claim, sources)
    words = content(claim.clauses)
    if window is None:
        findings.deny("no source is cited")
        return
    _check_quantities(claim, window, sources, findings)
    if words and _languages_differ(words, window):
        findings.doubt("the source is in another language")
        return
    _check_coverage(claim, words, window, findings)
    _check_groups(claim, window, sources, findings)
    _check_polarity(claim, window, sources, findings)
    _check_strength(claim, window, findings)


def _languages_differ(words: Sequence[str], window: Window) -> bool:
    han = sum(bool(_HAN.search(word)) for word in words)
    source_han = sum(bool(_HAN.search(word)) for word in window.source.text)
    return (han > len(words) / 2) != (source_han > 0.2 * len(window.source.text.replace(" ", "")))


def _check_quantities(claim: Parsed, window: Window, sources: Sequence[Parsed], findings: _Findings) -> None:
    everywhere = [(source, clause, q) for source in sources for clause, q in source.quantities]
    for at, quantity in claim.quantities:
        matches = [(source, clause, q, compare(quantity, q)) for source, clause, q in everywhere]
        kinds = {match for *_, match in matches}
        if Match.SAME not in kinds:
            if Match.DOUBTFUL in kinds and Match.CONFLICT not in kinds:
                findings.doubt(f"{quantity.text} has another unit or limit in the source")
            elif Match.CONFLICT in kinds or Match.DOUBTFUL in kinds:
                findings.deny(f"{quantity.text} means something else in the source")
            else:
                findings.deny(f"{quantity.kind} {quantity.text} is not in the source")
            continue
        exact = any(m is Match.SAME and q.comparator == quantity.comparator for _, _, q, m in matches)
        occurrences: list[Occurrence] = [
            (source, clause, match is Match.SAME)
            for source, clause, q, match in matches
            if match is Match.SAME or (comparable(quantity, q) and (q.value != quantity.value or not exact))
        ]
        margin = binding(claim, at, value_key(quantity), occurrences, window)
        if margin < -TIE:
            findings.deny(f"{quantity.text} belongs to something else in the source")
        elif margin < TIE:
            findings.doubt(f"{quantity.text} may belong to something else in the source")
        same_clause = [(c, q) for _, c, q, m in matches if m is Match.SAME]
        if not _neighbours_agree(at, quantity, same_clause):
            findings.doubt(f"{quantity.text} stands in another place in the source")
    _check_order(claim, sources, findings)


def _neighbours_agree(at: Clause, quantity: Quantity, homes: Sequence[tuple[Clause, Quantity]]) -> bool:
    """With a rival in the same clause ("满100元减20元") the word before or after the number must be the same one."""
    for clause, found in homes:
        rivals = [q for q in clause.quantities if q is not found and q.kind == found.kind and q.value != found.value]
        if not rivals or sum(q.kind == quantity.kind for q in at.quantities) > 1:
            return True
        mine, theirs = _neighbours(at, quantity), _neighbours(clause, found)
        if any(a and a == b for a, b in zip(mine, theirs, strict=True)):
            return True
    return not homes


def _neighbours(clause: Clause, quantity: Quantity) -> tuple[str, str]:
    before, _, after = clause.text.partition(quantity.text)
    left = re.findall(r"[一-鿿]|[a-z]+", before)
    right = re.findall(r"[一-鿿]|[a-z]+", after)
    return (left[-1] if left else ""), (right[0] if right else "")


def _check_order(claim: Parsed, sources: Sequence[Parsed], findings: _Findings) -> None:
    """Values of one kind must come in the source's order, else two of them may have been exchanged."""
    by_kind: dict[str, list[str]] = {}
    for _, quantity in claim.quantities:
        by_kind.setdefault(quantity.kind, []).append(quantity.value)
    for kind, values in by_kind.items():
        if len(set(values)) < 2:
            continue
        if not any(_is_subsequence(values, [q.value for _, q in s.quantities if q.kind == kind]) for s in sources):
            findings.doubt("the numbers come in another order in the source")


def _is_subsequence(wanted: Sequence[str], values: Sequence[str]) -> bool:
    rest = iter(values)
    return all(any(value == want for value in rest) for want in wanted)


def _check_coverage(claim: Parsed, words: Sequence[str], window: Window, findings: _Findings) -> None:
    if ACTION.search(claim.text):
        findings.doubt("says that something was done, in other words than the records")
    if not words:
        if not claim.quantities:
            findings.doubt("nothing in it can be checked")
        return
    if window.covered < ENOUGH:
        findings.deny("the source does not say this: " + ", ".join(window.missing[:5]))
    elif window.missing:
        findings.doubt("not in the source: " + ", ".join(window.missing[:5]))
    elif pieced_together(claim, window):
        findings.doubt("joins words of different sentences")
    if pair := exchanged_words(claim, window):
        findings.deny(f"{pair[0]} and {pair[1]} have changed places")


def _check_groups(claim: Parsed, window: Window, sources: Sequence[Parsed], findings: _Findings) -> None:
    said = {word for clause in claim.clauses for word in clause.words}
    for clause in claim.clauses:
        for word in clause.words & lex.GROUP_OF.keys():
            group = lex.GROUPS[lex.GROUP_OF[word]]
            present = window.words & set(group)
            if word not in present:
                if present and not present & said:
                    findings.deny(f"the source says {', '.join(sorted(present))}, not {word}")
                continue

            def accepts(token: Token, word: str = word, group: tuple[str, ...] = group) -> bool | None:
                return True if token.word == word else False if token.word in group else None

            margin = binding(claim, clause, word, word_occurrences((window.source,), accepts), window)
            if margin < -TIE:
                findings.deny(f"{word} belongs to something else in the source")
            elif margin < TIE:
                findings.doubt(f"{word} may belong to something else in the source")


def _negated_operators(clauses: Sequence[Clause]) -> set[str]:
    return {t.word for c in clauses for t in c.tokens if t.word in lex.OPERATORS and t.negation}


def _check_polarity(claim: Parsed, window: Window, sources: Sequence[Parsed], findings: _Findings) -> None:
    for clause in claim.clauses:
        negated = _negated_operators((clause,))
        for token in clause.tokens:
            if is_light(token.word):
                continue

            def accepts(other: Token, token: Token = token, negated: set[str] = negated) -> bool | None:
                if other.word != token.word:
                    return None
                if bool(other.negation) == bool(token.negation):
                    return True
                through_operator = 2 in (other.negation, token.negation)
                return bool(through_operator and negated and other.negation != 1)

            occurrences = word_occurrences((window.source,), accepts)
            if not occurrences:
                if token.negation == 1 and token.word in lex.OPERATORS:
                    if not any(t.negation for c in window.clauses for t in c.tokens):
                        findings.deny("the sentence denies what the source does not deny")
                elif token.negation == 1 and not is_soft(token.word):
                    findings.doubt(f"the source does not deny {token.word}")
                continue
            margin = binding(claim, clause, token.word, occurrences, window)
            if margin < -TIE:
                findings.deny(f"the source says the opposite about {_shown(token.word)}")
            elif margin < TIE:
                findings.doubt(f"the source both affirms and denies {_shown(token.word)}")


def _shown(word: str) -> str:
    return {lex.PERMIT: "what is allowed", lex.NEED: "what is needed"}.get(word, word)


def _check_strength(claim: Parsed, window: Window, findings: _Findings) -> None:
    """More general than the source: "any", "always", a condition or a modifier left out."""
    evidence = " ".join(clause.text for clause in window.clauses)
    for word in lex.ZH_UNIVERSAL:
        if word in claim.text and word not in evidence:
            findings.doubt(f"the source does not say {word}")
    for word in lex.EN_UNIVERSAL:
        if re.search(rf"\b{word}\b", claim.text) and not re.search(rf"\b{word}\b", evidence):
            findings.doubt(f"the source does not say {word}")
    if condition := left_out_condition(claim, window):
        findings.doubt(f"leaves out a condition: {condition}")
    if modifier := dropped_modifier(claim, window):
        findings.doubt(f"leaves out {modifier}")
