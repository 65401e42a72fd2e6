"""Puts a reply together: greeting, sentences with their citation numbers, closing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from retrieval.types import Citation, DraftSentence, Hit, Language, RecordCard, Verdict
from retrieval.verify import has_placeholder, phrase

_NAME_LIMIT = 24


@dataclass
class Composition:
    """Grows sentence by sentence; each source gets its number when it is first cited."""

    language: Language
    sentences: list[DraftSentence] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def courtesy(self, kind: str, number: int = 0, **slots: str) -> None:
        text = phrase(self.language, kind, number, **slots)
        self.sentences.append(DraftSentence(text, (), Verdict.NOT_A_CLAIM))

    def greet(self, name: str) -> None:
        """By name when there is one that reads like a name; a "name" with other characters is somebody's experiment."""
        clean = name.strip()
        usable = 0 < len(clean) <= _NAME_LIMIT and all(c.isalpha() or c in " .'-·" for c in clean)
        if usable:
            self.courtesy("greeting", 1, name=clean)
        else:
            self.courtesy("greeting")

    def cite(self, citation: Citation) -> int:
        """The number of a source, the same one each time."""
        for known in self.citations:
            if (known.document_id, known.passage_id) == (citation.document_id, citation.passage_id):
                return known.number
        number = len(self.citations) + 1
        self.citations.append(replace(citation, number=number))
        return number

    def state(self, text: str, *sources: Citation) -> bool:
        """Add a sentence with its sources. One with an unfilled blank is dropped: returns False."""
        text = text.strip()
        if has_placeholder(text):
            self.dropped.append(text)
            return False
        if text and text not in {sentence.text for sentence in self.sentences}:
            self.sentences.append(DraftSentence(text, tuple(self.cite(s) for s in sources), Verdict.UNCERTAIN))
        return True


def passage_citation(hit: Hit) -> Citation:
    """The passage as a source; of a case it is the agent's reply that is cited, under the customer's question."""
    passage = hit.passage
    case = passage.source_kind == "case" and bool(passage.answer)
    return Citation(
        number=0,
        source_kind=passage.source_kind,
        document_id=passage.document_id,
        title=passage.title or " ".join(passage.text.split())[:60],  # a resolved ticket is called by its question
        text=passage.answer if case else passage.text,
        passage_id=passage.id,
        version=passage.version,
        span=passage.span,
        audience=passage.audience,
        published_at=passage.published_at,
        heading="" if case else passage.heading,
    )


def record_citation(card: RecordCard, language: str) -> Citation:
    """The card as a source: every sentence that code wrote from its facts in the reply's language, then the facts."""
    spoken = "zh" if language == "zh" else "en"
    lines = [line for key, said in card.sentences.items() if key.startswith(f"{spoken}:") for line in said]
    lines += [f"{fact.label or fact.kind}: {fact.value}" for fact in card.facts]
    return Citation(0, "record", card.record, card.title, "\n".join(dict.fromkeys(lines)))


def only_facts(citations: Sequence[Citation]) -> bool:
    """Whether a draft rests on the customer's records and on nothing else."""
    return {citation.source_kind for citation in citations} == {"record"}
