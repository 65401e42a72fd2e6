"""A whole draft: every sentence against what it cites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from retrieval.types import Citation, Draft, DraftSentence, Fact, RecordCard
from retrieval.verify.sentence import verify_sentence

VERSION = "rules-1"


def source_text(citation: Citation) -> str:
    """What verification reads of a source: its title and heading carry words that its text need not repeat."""
    head = " ".join(part for part in (citation.title, citation.heading) if part)
    return f"{head}\n{citation.text}" if head and citation.source_kind != "record" else citation.text


def facts_by_record(records: Sequence[RecordCard]) -> dict[str, tuple[Fact, ...]]:
    """The facts that a citation of each record may state: those of its own card, never of another order."""
    return {card.record: card.facts for card in records}


def verify_one(
    sentence: DraftSentence,
    citations: Mapping[int, Citation],
    records: Sequence[RecordCard] = (),
    customer_name: str = "",
) -> DraftSentence:
    """`sentence` with its verdict; a number that cites nothing known counts as no citation."""
    cited = [citations[number] for number in sentence.citations if number in citations]
    cards = facts_by_record(records)
    facts = [fact for c in cited if c.source_kind == "record" for fact in cards.get(c.document_id, ())]
    verdict, reasons = verify_sentence(
        sentence.text, [source_text(c) for c in cited], facts, customer_name=customer_name
    )
    return replace(
        sentence, verdict=verdict, reasons=reasons, citations=tuple(n for n in sentence.citations if n in citations)
    )


def verify_draft(draft: Draft, records: Sequence[RecordCard] = (), customer_name: str = "") -> Draft:
    """`draft` with a verdict and reasons for every sentence; nothing is removed."""
    citations = {citation.number: citation for citation in draft.citations}
    sentences = tuple(verify_one(s, citations, records, customer_name) for s in draft.sentences)
    return replace(draft, sentences=sentences)
