"""What an agent is about to send, held against its sources: the draft's, those the agent added, the customer's records.

The bot's sentences keep the verdict they were drafted with. The agent's own words are checked anew, and held to less: a
person may write what no article says, but a number that no source has, or the opposite of a source, takes a second
look. The rules are `retrieval.verify`'s: no model, no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from copilot.facts import cards_for
from core.errors import InvalidInput
from knowledge.passages import valid_docs
from records.principals import Principal
from records.tickets.models import Ticket
from retrieval.sentences import sentences
from retrieval.types import PUBLIC, Answer, Citation, DraftSentence, PassageDoc, RecordCard, Verdict
from retrieval.verify import verify_one
from retrieval.verify.parse import parse

MAX_SOURCES = 10
_FINE = (Verdict.SUPPORTED, Verdict.NOT_A_CLAIM)
# The sources are silent: no reason to stop a person. Any other reason for "unsupported" is a contradiction.
_SILENT = ("the source does not say this", "no source is cited", "says that something was done", "not in the source")


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """`own`: written by the agent and not by the draft. `start`, `end`: where it stands, in characters of the text.

    `citations` are the numbers of sources that support it; `confirm`: sent only by a deliberate step.
    """

    text: str
    start: int
    end: int
    own: bool
    verdict: Verdict
    reasons: tuple[str, ...]
    citations: tuple[int, ...]
    confirm: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """`citations`: the sources of the text by number, the draft's first, then those added."""

    sentences: tuple[CheckedSentence, ...]
    citations: tuple[Citation, ...]

    @property
    def unverified(self) -> list[CheckedSentence]:
        return [sentence for sentence in self.sentences if sentence.confirm]

    @property
    def internal(self) -> list[Citation]:
        return [citation for citation in self.citations if citation.audience != PUBLIC]


def check_text(
    session: Session,
    principal: Principal,
    ticket: Ticket,
    text: str,
    *,
    answer: Answer | None = None,
    passage_ids: Sequence[int] = (),
) -> Checked:
    """Every sentence of `text` with its verdict. `answer`: the draft it was made from; `passage_ids`: sources added.

    `ticket` has customer and identity loaded. Raises InvalidInput when a source has ended, or is not the principal's
    to see or this shop's.
    """
    drafted = answer.draft.citations if answer else ()
    added = _added(session, principal, ticket, passage_ids, drafted)
    verified = ticket.identity is not None and ticket.identity.verified_at is not None
    cards = cards_for(session, ticket, text) if verified else ()
    name = ticket.customer.name if verified else ""
    sources = {citation.number: citation for citation in (*drafted, *added)}
    own = _with_records(sources, cards)
    language = "zh" if (answer.draft.language if answer else ticket.language or "zh").startswith("zh") else "en"
    found = []
    for start, end, kept in _pieces(text, answer.draft.sentences if answer else (), language):
        if kept is not None:
            doubtful = kept.verdict not in _FINE
            found.append(
                CheckedSentence(
                    text[start:end], start, end, False, kept.verdict, kept.reasons, kept.citations, doubtful
                )
            )
            continue
        verdict, reasons, cited = _verify(text[start:end], own, cards, name)
        doubtful = _stops(text[start:end], verdict, reasons)
        numbers = tuple(number for number in cited if number in sources)
        found.append(CheckedSentence(text[start:end], start, end, True, verdict, reasons, numbers, doubtful))
    used = {number for sentence in found for number in sentence.citations} | {c.number for c in added}
    return Checked(tuple(found), tuple(citation for number, citation in sources.items() if number in used))


def require_confirmed(checked: Checked, *, unverified: bool, internal: bool) -> None:
    """Raises InvalidInput, saying which, when something needs a deliberate step and it was not taken."""
    if checked.unverified and not unverified:
        raise InvalidInput(
            "Some sentences are not supported by their sources. Edit them, or repeat with confirm_unverified.",
            field="confirm_unverified",
            unverified=[{"text": s.text, "reasons": list(s.reasons)} for s in checked.unverified],
        )
    if checked.internal and not internal:
        raise InvalidInput(
            "A source is internal: customers must not read it. Repeat with confirm_internal if the reply gives nothing "
            "away.",
            field="confirm_internal",
            internal=[citation.title for citation in checked.internal],
        )


def _added(
    session: Session, principal: Principal, ticket: Ticket, passage_ids: Sequence[int], drafted: Sequence[Citation]
) -> list[Citation]:
    known = {citation.passage_id for citation in drafted}
    wanted = [passage_id for passage_id in dict.fromkeys(passage_ids) if passage_id not in known]
    if len(wanted) > MAX_SOURCES:
        raise InvalidInput(f"A reply has at most {MAX_SOURCES} added sources.", field="sources")
    docs = valid_docs(session, wanted)
    first = max((citation.number for citation in drafted), default=0) + 1
    found = []
    for number, passage_id in enumerate(wanted, first):
        doc = docs.get(passage_id)
        if doc is None or doc.audience not in principal.audiences or (doc.shops and ticket.shop_id not in doc.shops):
            raise InvalidInput(
                f"Passage {passage_id} is not a source that you may use here: it may have changed or ended. "
                "Search again.",
                field="sources",
                passage_id=passage_id,
            )
        found.append(_citation(number, doc))
    return found


def _citation(number: int, doc: PassageDoc) -> Citation:
    return Citation(
        number=number,
        source_kind=doc.source_kind,
        document_id=doc.document_id,
        title=doc.title or doc.text[:40],
        text=doc.answer or doc.text,
        passage_id=doc.id,
        version=doc.version,
        span=doc.span,
        audience=doc.audience,
        published_at=doc.published_at,
        heading=doc.heading,
    )


def _with_records(sources: dict[int, Citation], cards: Sequence[RecordCard]) -> dict[int, Citation]:
    """The sources, and every record of this customer: an agent may state from it without citing it."""
    known = {citation.document_id for citation in sources.values()}
    whole = dict(sources)
    number = max(sources, default=0)
    for card in cards:
        if card.record not in known:
            number += 1
            said = "\n".join(line for lines in card.sentences.values() for line in lines)
            whole[number] = Citation(number, "record", card.record, card.title, said)
    return whole


def _pieces(text: str, drafted: Sequence[DraftSentence], language: str) -> list[tuple[int, int, DraftSentence | None]]:
    """(start, end, the draft's sentence or None) in order: what still stands of the draft, and what is the agent's."""
    found: list[tuple[int, int, DraftSentence | None]] = []
    for sentence in drafted:
        wanted = sentence.text.strip()
        start = text.find(wanted)
        while start >= 0 and any(start < b and a < start + len(wanted) for a, b, _ in found):
            start = text.find(wanted, start + 1)
        if wanted and start >= 0:
            found.append((start, start + len(wanted), sentence))
    found.sort(key=lambda piece: piece[0])
    at = 0
    own = []
    for start, end in [*((a, b) for a, b, _ in found), (len(text), len(text))]:
        own += [(at + s.start, at + s.end, None) for s in sentences(text[at:start], language)]
        at = end
    return sorted([*found, *own], key=lambda piece: piece[0])


def _verify(
    sentence: str, sources: dict[int, Citation], cards: Sequence[RecordCard], name: str
) -> tuple[Verdict, tuple[str, ...], tuple[int, ...]]:
    """The verdict against all sources together, and which of them support it alone."""
    asked = DraftSentence(sentence, tuple(sources), Verdict.UNCERTAIN)
    whole = verify_one(asked, sources, cards, name)
    if whole.verdict is Verdict.NOT_A_CLAIM:
        return whole.verdict, (), ()
    alone = tuple(
        number
        for number in sources
        if verify_one(DraftSentence(sentence, (number,), Verdict.UNCERTAIN), sources, cards, name).verdict
        is Verdict.SUPPORTED
    )
    if alone:
        return Verdict.SUPPORTED, (), alone
    return whole.verdict, whole.reasons, tuple(sources) if whole.verdict is Verdict.SUPPORTED else ()


def _stops(sentence: str, verdict: Verdict, reasons: Sequence[str]) -> bool:
    if verdict in _FINE:
        return False
    if any(clause.quantities for clause in parse(sentence).clauses):
        return True
    return verdict is Verdict.UNSUPPORTED and not all(reason.startswith(_SILENT) for reason in reasons)
