"""Events become cases: drawn, merged, kept in versions; the same event twice changes nothing.

Of ordinary evidence only a share is taken, of dangerous evidence all; `EvalCase.weight` sums one over the probability
of each that was taken (Horvitz & Thompson 1952), so that weighted means speak of the questions as they were asked.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import insert_into
from core.events import Event
from evals.cases.evidence import Evidence, automatic_answers, read_evidence, reply_after
from evals.cases.merging import find_same
from evals.cases.models import EvalCase, EvalCaseSource, EvalCaseStatus, Expected, Kind, Note
from evals.cases.versions import keep_version


def collect(session: Session, event_id: int, *, ordinary_share: float) -> EvalCase | None:
    """Take one event into the cases. None when it brings nothing: not about a question, not drawn, or known already.

    Events about the same thing (a review, its tags, its withdrawal) may come in any order and more than once: the
    newest decides.
    """
    event = session.get(Event, event_id)
    if event is None:
        return None
    if event.name == "TicketResolved":
        for one in automatic_answers(session, event):
            _take(session, one, event_id, ordinary_share)
        _take_answers(session, event)
        return None
    evidence = read_evidence(session, event)
    return None if evidence is None else _take(session, evidence, event_id, ordinary_share)


def draw(key: str) -> float:
    """A number in [0, 1) that is the same each time: a repeated job must not draw again."""
    return int.from_bytes(hashlib.sha256(f"eval-case:{key}".encode()).digest()[:7], "big") / 2**56


def _take(session: Session, evidence: Evidence, event_id: int, ordinary_share: float) -> EvalCase | None:
    source = _claim(session, evidence, event_id)
    if source is None:
        return None
    if evidence.withdrawn:
        _withdraw(session, source)
        return None
    if source.case_id is not None:
        return _relabel(session, session.get_one(EvalCase, source.case_id), evidence)
    chance = 1.0 if evidence.dangerous else ordinary_share
    if draw(evidence.key) >= chance:
        return None
    case = _add(session, evidence, 1 / chance)
    source.case_id, source.weight = case.id, 1 / chance
    session.flush()
    return case


def _claim(session: Session, evidence: Evidence, event_id: int) -> EvalCaseSource | None:
    """The locked row of this source, if the event is newer than what is known of it."""
    session.execute(
        insert_into(session, EvalCaseSource)
        .values(key=evidence.key, event_id=0, ticket_id=evidence.ticket_id, message_id=evidence.message_id, weight=0.0)
        .on_conflict_do_nothing(index_elements=["key"])
    )
    source = session.scalars(select(EvalCaseSource).where(EvalCaseSource.key == evidence.key).with_for_update()).one()
    if source.event_id >= event_id:
        return None
    source.event_id = event_id
    if not evidence.withdrawn:
        source.ticket_id, source.message_id = evidence.ticket_id, evidence.message_id
    session.flush()
    return source


def _add(session: Session, evidence: Evidence, weight: float) -> EvalCase:
    same = find_same(session, evidence.question, evidence.language, evidence.shop_id)
    if same is not None:
        return _merge(session, same, evidence, weight)
    case = EvalCase(
        kind=evidence.kind,
        status=EvalCaseStatus.ACTIVE if evidence.settled else EvalCaseStatus.REVIEW,
        question=evidence.question,
        language=evidence.language,
        shop_id=evidence.shop_id,
        intent=evidence.intent,
        intent_by_person=evidence.intent_by_person,
        expected=evidence.expected,
        sources=list(evidence.sources),
        good_answer=evidence.good_answer,
        dangerous=evidence.dangerous,
        weight=weight,
        seen=1,
    )
    session.add(case)
    session.flush()
    keep_version(session, case, Note.MADE, evidence.kind)
    return case


def _merge(session: Session, case: EvalCase, evidence: Evidence, weight: float) -> EvalCase:
    """It stands for one more question. What contradicts the label is left to an editor; what adds to it is taken."""
    case.weight, case.seen = case.weight + weight, case.seen + 1
    case.dangerous = case.dangerous or evidence.dangerous
    if evidence.intent_by_person and not case.intent_by_person:
        case.intent, case.intent_by_person = evidence.intent, True
    if evidence.expected != Expected.UNKNOWN:
        if case.expected == Expected.UNKNOWN:
            case.expected, case.sources = evidence.expected, list(evidence.sources)
            case.good_answer, case.kind = evidence.good_answer or case.good_answer, evidence.kind
            case.status = EvalCaseStatus.ACTIVE if evidence.settled else case.status
        elif case.expected == evidence.expected:
            if evidence.settled:
                case.sources = sorted({*case.sources, *evidence.sources})
        else:
            case.status = EvalCaseStatus.REVIEW
    elif evidence.kind in (Kind.REJECTED, Kind.THUMBS_DOWN):
        case.status = EvalCaseStatus.REVIEW
        case.kind = evidence.kind if case.kind == Kind.AUTO_SENT else case.kind
    keep_version(session, case, Note.MERGED, evidence.kind)
    return case


def _relabel(session: Session, case: EvalCase, evidence: Evidence) -> EvalCase:
    """News about the only source of a case; one with several sources keeps what they agreed on."""
    if case.seen > 1:
        case.status = case.status if evidence.settled else EvalCaseStatus.REVIEW
    else:
        case.kind, case.expected, case.sources = evidence.kind, evidence.expected, list(evidence.sources)
        case.good_answer = evidence.good_answer or case.good_answer
        case.dangerous = case.dangerous or evidence.dangerous
        case.status = EvalCaseStatus.ACTIVE if evidence.settled else EvalCaseStatus.REVIEW
        if evidence.intent_by_person:
            case.intent, case.intent_by_person = evidence.intent, True
    keep_version(session, case, Note.NEWS, evidence.kind)
    return case


def _withdraw(session: Session, source: EvalCaseSource) -> None:
    if source.case_id is None:
        return
    case = session.get_one(EvalCase, source.case_id)
    if case.seen > 1:
        case.seen, case.weight = case.seen - 1, max(case.weight - source.weight, 1.0)
        source.case_id = None
    else:
        case.status = EvalCaseStatus.RETIRED
    keep_version(session, case, Note.SOURCE_TAKEN_BACK)


def _take_answers(session: Session, event: Event) -> None:
    """The ticket is resolved: what an agent answered is the good answer of its cases that have none."""
    rows = session.execute(
        select(EvalCase, EvalCaseSource.message_id)
        .join(EvalCaseSource, EvalCaseSource.case_id == EvalCase.id)
        .where(EvalCaseSource.ticket_id == event.ticket_id, EvalCase.good_answer == "")
        .where(EvalCase.status != EvalCaseStatus.RETIRED)
        .order_by(EvalCase.id)
    ).all()
    for case, message_id in rows:
        if event.ticket_id is None or message_id is None or case.good_answer:
            continue
        text, sources = reply_after(session, event.ticket_id, message_id)
        if text:
            case.good_answer = text
            case.sources = case.sources or list(sources)
            keep_version(session, case, Note.AGENTS_ANSWER)
