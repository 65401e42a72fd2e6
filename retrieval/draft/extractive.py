"""Drafts without a language model: record facts, then quoted sentences, or an honest "I don't know"."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.draft.cases import adapt_reply
from retrieval.draft.compose import Composition, only_facts, passage_citation, record_citation
from retrieval.draft.confidence import UNKNOWN_BELOW, Features, confidence, features
from retrieval.draft.records import RecordChoice, choose_record, facts_answer, lacks_record, record_lines
from retrieval.draft.request import Drafted, DraftRequest, asks_for_facts
from retrieval.draft.selection import MAX_SENTENCES, Candidate, candidates, read_question, select
from retrieval.types import Draft, Hit

STATE_ALONE = 0.45  # the most for an order's state where something else was asked: an agent looks at the sources first
BESIDE_RECORD = 2  # sentences quoted beside an order's state that does not answer by itself
RECORD_CONFIDENCE = {"named": 0.95, "only": 0.9, "product": 0.85, "active": 0.75, "latest": 0.6}


class ExtractiveDrafter:
    """Every stated sentence is one that stands in a source or that code wrote from a record. Stateless.

    At most `max_sentences` are quoted from passages or from a resolved reply.
    """

    version = "extractive-5"

    def __init__(self, max_sentences: int = MAX_SENTENCES) -> None:
        self.max_sentences = max_sentences

    @staticmethod
    def read_ahead(question: str) -> None:
        """Do what a draft needs of the question alone, for who has to wait for its hits anyway."""
        read_question(question)

    def draft(self, request: DraftRequest) -> Drafted:
        """A reply of a few quoted sentences, begun with the record's when the question is about an order.

        `Draft.kind` is record, extractive or unknown.
        """
        question = request.question
        composition = Composition(request.language)
        composition.greet(question.customer_name)
        choice = choose_record(request)
        facts = record_lines(choice, request)
        answers, first = facts_answer(choice, request), asks_for_facts(request)
        stated = self._state_record(composition, choice, request, facts) if first else 0
        chosen = select(candidates(question.text, request.hits, request.language), self.max_sentences)
        lacking = lacks_record(choice, request)
        case = None if lacking else self._best_case(request.hits)
        quoted = 0
        found = features(question.text, request.language, request.hits, chosen, request.classification)
        if case is not None and not facts:  # what was true of another order says nothing of this one
            asked_before = features(question.text, request.language, request.hits, (), request.classification)
            # An article is the shop's word, a reply was one agent's: the case must have the better evidence.
            if confidence(asked_before) >= max(UNKNOWN_BELOW, confidence(found)):
                quoted = self._adapt_case(composition, case, choice, request)
                found = asked_before if quoted else found
        if not (quoted or lacking) and confidence(found) >= UNKNOWN_BELOW and (not stated or _adds(found)):
            limit = 1 if stated else BESIDE_RECORD if facts else self.max_sentences
            quoted = self._quote(composition, chosen, request, limit)
        if not first:
            stated = self._state_record(composition, choice, request, facts)
        if choice.ask:
            composition.courtesy(choice.ask)
        kind = "record" if stated and (first or not quoted) else "extractive" if quoted else "unknown"
        score = confidence(found)
        if stated and answers:
            score = RECORD_CONFIDENCE[choice.how]
        elif stated:  # as sure as the article that answers, and as that the order beside it is the one meant
            score = min(score, RECORD_CONFIDENCE[choice.how] if quoted and not first else STATE_ALONE)
        elif not quoted:
            score = min(score, UNKNOWN_BELOW)
            if not choice.ask:
                composition.courtesy("unknown")
                composition.courtesy("handover")
        if kind != "unknown":
            composition.courtesy("closing")
        draft = Draft(kind, request.language, tuple(composition.sentences), tuple(composition.citations), score)
        return Drafted(draft, _extras(found, choice, composition, answers, lacking))

    def _state_record(
        self, composition: Composition, choice: RecordChoice, request: DraftRequest, lines: Sequence[str]
    ) -> int:
        if choice.card is None:
            return 0
        source = record_citation(choice.card, request.language)
        return sum(composition.state(line, source) for line in lines)

    def _best_case(self, hits: Sequence[Hit]) -> Hit | None:
        """The first hit if it is a resolved ticket: its question was nearest to this one."""
        first = hits[0] if hits else None
        return first if first and first.passage.source_kind == "case" and first.passage.answer else None

    def _adapt_case(self, composition: Composition, hit: Hit, choice: RecordChoice, request: DraftRequest) -> int:
        source = passage_citation(hit)
        name = request.question.customer_name
        count = 0
        for sentence in adapt_reply(hit.passage.answer, hit.passage.language, choice.card, name):
            if count == self.max_sentences:
                break
            record = [record_citation(choice.card, request.language)] if choice.card and sentence.filled else []
            count += composition.state(sentence.text, source, *record)
        return count

    def _quote(self, composition: Composition, chosen: Sequence[Candidate], request: DraftRequest, limit: int) -> int:
        count = 0
        announced = None
        for candidate in chosen[:limit]:
            lead, several, rest = candidate.text.partition("\n")
            repeated = bool(several) and announced == (candidate.hit.passage.id, lead)
            announced = (candidate.hit.passage.id, lead) if several else None
            if count == 0 and candidate.hit.passage.language != request.language:
                composition.courtesy("other_language")
            count += composition.state(rest if repeated else candidate.text, passage_citation(candidate.hit))
        return count


def _adds(found: Features) -> bool:
    """Whether a quotation says more to this customer than the facts of the order that were just stated."""
    return found.sentence_coverage >= 0.6 and found.matched >= 0.6 and found.likely >= 0.5


def _extras(
    found: Features, choice: RecordChoice, composition: Composition, answers: bool, lacking: bool
) -> dict[str, object]:
    return {
        "features": found.as_dict(),
        "record_choice": choice.how,
        "lacks_record": lacking,
        "dropped": tuple(composition.dropped),
        "facts_alone": only_facts(composition.citations) and not answers,
    }
