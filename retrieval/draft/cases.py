"""Makes another customer's resolved reply fit this one: their facts go, this customer's come in, or nothing does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retrieval.sentences import sentences
from retrieval.types import Fact, RecordCard
from retrieval.verify import has_placeholder, is_courtesy
from retrieval.verify.numerals import normalize_numerals
from retrieval.verify.quantities import extract_quantities
from retrieval.verify.sentence import ACTION

# Only what names the order. A state, date or amount of the other customer's order does not become true by putting this
# customer's value in its place ("signed for at {date}" while the parcel is on its way): such a sentence is dropped.
_SLOTS = {
    "order_no": r"订单(?:编)?号|order[ _]?(?:no|number|id)|order",
    "tracking_no": r"(?:快递|物流|运)单号|tracking[ _]?(?:no|number|id)?|运单",
    "name": r"姓名|客户姓名|客户|称呼|name|customer(?:[ _]name)?|person",
}
_SLOT_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _SLOTS.items())
_BLANK = re.compile(r"\{([^{}\n]{1,40})\}|【([^【】\n]{1,20})】|\[([^\[\]\n\d]{2,30})\]|<([A-Za-z一-鿿_ ]{2,30})>")
_PERSON = re.compile(r"[一-鿿]{1,3}(?:先生|女士|小姐)|\b(?:Mr|Mrs|Ms|Miss|Dr)\.? [A-Z]\w+|\bDear [A-Z]\w+")
_GREETING = re.compile(r"^(?:您好|你好|亲|尊敬的|hello|hi|dear|good (?:morning|afternoon))", re.IGNORECASE)
_ID_CONTEXT = (
    ("tracking_no", re.compile(r"(?:快递|物流|运)单号?|tracking|运单", re.IGNORECASE)),
    ("order_no", re.compile(r"订单|order", re.IGNORECASE)),
)
_PERSONAL = frozenset({"id", "email", "url", "date", "time"})
_POLICY_AMOUNT = re.compile(
    r"满|以上|起|不超过|以内|每|/|over|above|below|under|per\b|at least|up to|minimum", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class AdaptedSentence:
    """`filled`: whether a fact of this customer's record stands in it, so that the record must be cited too."""

    text: str
    filled: bool


def adapt_reply(
    reply: str, language: str, card: RecordCard | None, customer_name: str = ""
) -> Iterator[AdaptedSentence]:
    """The sentences of a resolved reply that hold for this customer.

    Dropped: greetings (the draft has its own), statements of what was done for the other customer, names, and whatever
    holds a number, date or address of the other one for which this customer's record has no value.
    """
    facts = card.facts if card else ()
    for span in sentences(reply, language):
        text = span.text
        if is_courtesy(text) or (_GREETING.match(text) and len(text) < 25) or ACTION.search(normalize_numerals(text)):
            continue
        filled_text, used = _fill_blanks(text, facts, customer_name)
        replaced = _replace_numbers(filled_text, facts)
        if replaced is None or has_placeholder(replaced) or _PERSON.search(replaced):
            continue
        yield AdaptedSentence(replaced, used or replaced != filled_text)


def _value(kind: str, facts: Sequence[Fact]) -> str | None:
    return next((fact.value for fact in facts if fact.kind == kind), None)


def _fill_blanks(text: str, facts: Sequence[Fact], customer_name: str) -> tuple[str, bool]:
    used = False

    def fill(found: re.Match[str]) -> str:
        nonlocal used
        label = next(group for group in found.groups() if group)
        for kind, pattern in _SLOT_PATTERNS:
            if pattern.fullmatch(label.strip()):
                value = (customer_name or None) if kind == "name" else _value(kind, facts)
                if value:
                    used = used or kind != "name"
                    return value
        return found.group()

    return _BLANK.sub(fill, text), used


def _replace_numbers(text: str, facts: Sequence[Fact]) -> str | None:
    """`text` with the other customer's numbers replaced, or None when one cannot be."""
    normal = normalize_numerals(text)
    own = {normalize_numerals(fact.value) for fact in facts}
    for quantity in extract_quantities(normal)[0]:
        if any(quantity.text in value or quantity.value in value for value in own):
            continue
        if quantity.kind == "amount" and not _POLICY_AMOUNT.search(normal):
            return None
        if quantity.kind not in _PERSONAL:
            continue
        if quantity.kind != "id":
            return None
        before = normal[max(0, quantity.start - 16) : quantity.start]
        kind = next((kind for kind, context in _ID_CONTEXT if context.search(before)), None)
        value = _value(kind, facts) if kind else None
        position = text.lower().find(quantity.text)
        if value is None or position < 0:
            return None
        text = text[:position] + value + text[position + len(quantity.text) :]
    return text
