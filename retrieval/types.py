"""What goes in and comes out of retrieval: plain, frozen dataclasses. No database, no web, no vendor types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Language = str  # "zh" or "en"; anything else is answered in English
SourceKind = str  # "article", "case" (a resolved ticket) or "record" (a fact of this customer's own order)

PUBLIC = "public"
INTERNAL = "internal"
COURTESY = "courtesy"  # the kind of a draft that answers nothing but a courtesy
CUSTOMER_AUDIENCES = frozenset({PUBLIC})


@dataclass(frozen=True, slots=True)
class PassageDoc:
    """A passage as it is indexed: the text, where it comes from and who may see it when.

    `id` is the passage row's id and gives the point id; `document_id` ("article:12", "case:7") is what hits are
    de-duplicated by; `span` is (start, end) in characters of the source version's text; an empty `shops` means all
    shops; `valid_from`/`valid_to` bound the time (UTC) in which it may be retrieved, None is open.
    For a case, `text` is the customer's question and `answer` the agent's reply.
    """

    id: int
    document_id: str
    source_kind: SourceKind
    title: str
    text: str
    version: int
    span: tuple[int, int]
    language: Language
    audience: str = PUBLIC
    shops: tuple[int, ...] = ()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    published_at: datetime | None = None
    heading: str = ""
    answer: str = ""
    category: str = ""
    intent: str = ""

    @property
    def embed_text(self) -> str:
        """What the encoder and the sparse tokenizer read: title and heading carry the topic of a short passage."""
        head = " ".join(part for part in (self.title, self.heading) if part)
        return f"{head}\n{self.text}" if head else self.text


@dataclass(frozen=True, slots=True)
class SearchScope:
    """Who asks, where and when. Retrieval never returns a passage outside of it."""

    audiences: frozenset[str] = CUSTOMER_AUDIENCES
    shop: int | None = None
    at: datetime | None = None  # None: now
    source_kinds: frozenset[str] | None = None  # None: all


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage with how it was found. Ranks begin at 1; None: not found by that leg.

    `beside`: other passages of its document that were found too, best first, where they were asked for.
    """

    passage: PassageDoc
    score: float
    dense_score: float | None = None
    dense_rank: int | None = None
    sparse_score: float | None = None
    sparse_rank: int | None = None
    beside: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Classification:
    """`intent` is None when the classifier abstains; `confidence` is calibrated, in [0, 1].

    `out_of_scope` in [0, 1]: how far the message is from every known intent. `priority_reasons` say what set the
    priority ("intent: high", "legal: 12315").
    """

    intent: str | None
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    category: str | None
    priority: str  # low, normal, high, urgent
    language: Language
    model_version: str
    abstained: bool = False
    out_of_scope: float = 0.0
    priority_reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of this customer's own records that a reply may state, e.g. tracking_no of order 3130….

    `kind`: order_no, tracking_no, amount, date, status, carrier, location, quantity, product, text.
    `record` names the row it came from ("order:12", "shipment:9"), `label` is what a person calls it.
    """

    kind: str
    value: str
    record: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class RecordCard:
    """The facts of one record (an order with its shipment, an after-sales case) and sentences that state them.

    `sentences` are written by code from the facts, by language and topic ("logistics", "refund", "order").
    """

    record: str
    title: str
    facts: tuple[Fact, ...]
    sentences: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What a draft is wanted for. `history` is (author kind, text), oldest first, without the question itself.

    `actions`: kinds of actions that were approved or done on this ticket ("refund", "cancel"), which a draft may tell.
    """

    text: str
    scope: SearchScope
    language: Language | None = None
    customer_name: str = ""
    verified: bool = False
    history: tuple[tuple[str, str], ...] = ()
    records: tuple[RecordCard, ...] = ()
    subject: str = ""
    actions: frozenset[str] = frozenset()


class Verdict(StrEnum):
    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"  # the cited text says otherwise or nothing of it
    UNCERTAIN = "uncertain"
    NOT_A_CLAIM = "not_a_claim"  # a greeting, a question to the customer, a hand-over


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of a sentence: the cited text itself, so that it can be shown and checked for ever.

    `document_id` is "article:12", "case:7" or, for records, "order:12". `passage_id` is None for records.
    """

    number: int  # the mark [1], [2] … in the draft
    source_kind: SourceKind
    document_id: str
    title: str
    text: str
    passage_id: int | None = None
    version: int | None = None
    span: tuple[int, int] | None = None
    audience: str = PUBLIC
    published_at: datetime | None = None
    heading: str = ""


@dataclass(frozen=True, slots=True)
class DraftSentence:
    text: str
    citations: tuple[int, ...]
    verdict: Verdict
    reasons: tuple[str, ...] = ()  # why not supported: "number 15 is not in the source" …


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply to look at. `kind`: extractive, llm, record, courtesy (to a message that is only one), or unknown (an
    honest "I don't know" with a hand-over)."""

    kind: str
    language: Language
    sentences: tuple[DraftSentence, ...]
    citations: tuple[Citation, ...]
    confidence: float

    @property
    def text(self) -> str:
        joiner = "" if self.language == "zh" else " "
        return joiner.join(s.text for s in self.sentences)

    @property
    def all_supported(self) -> bool:
        return all(s.verdict in (Verdict.SUPPORTED, Verdict.NOT_A_CLAIM) for s in self.sentences) and any(
            s.verdict is Verdict.SUPPORTED for s in self.sentences
        )

    @property
    def courteous(self) -> bool:
        """A courtesy for a courtesy: it claims nothing, so that there is nothing that a source could support."""
        claimless = all(s.verdict is Verdict.NOT_A_CLAIM and not s.citations for s in self.sentences)
        return self.kind == COURTESY and bool(self.sentences) and claimless and not self.citations

    @property
    def answered(self) -> bool:
        return self.kind != "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """All that one question led to; `versions` (model, prompt, fusion, verifier, index, classifier) make it replayable.

    `latency_ms` is by stage: encode, classify, search, draft, verify, total.
    """

    question: str
    classification: Classification
    hits: tuple[Hit, ...]
    draft: Draft
    versions: Mapping[str, str]
    latency_ms: Mapping[str, float]
    extras: Mapping[str, Any] = field(default_factory=dict)
