"""An editor's verdict on what a run said: a label, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput, NotFound
from evals.cases.actions import DOCUMENT, check_case, locked_case, staff_of
from evals.cases.models import EvalCase, EvalCaseStatus, EvalCaseVersion, EvalLabel, Expected, Note
from evals.cases.versions import CONTENT, keep_version
from knowledge.cases.redaction import redact
from records.principals import Principal

VERDICTS: Final = ("right", "wrong", "source", "retire")


def give_verdict(
    session: Session,
    principal: Principal,
    case_id: int,
    verdict: str,
    *,
    expected_version: int,
    run_id: int | None = None,
    said: str = "",
    cited: Sequence[str] = (),
    document_id: str | None = None,
) -> EvalCase:
    """An editor's word on what a run said (`said`, citing `cited`), kept as a label.

    right: it is a good answer, so its text and sources become the label where there was none. wrong: it is none; the
    sources that it cites are relevant no longer. source: `document_id` answers it. retire: the question teaches
    nothing. Raises InvalidInput for another verdict or a missing source, PreconditionFailed when somebody was first.
    """
    case = locked_case(session, principal, case_id, expected_version)
    session.add(
        EvalLabel(
            case_id=case_id, case_version=case.version, run_id=run_id, staff_id=staff_of(principal), verdict=verdict,
            document_id=document_id,
        )
    )  # fmt: skip
    match verdict:
        case "right":
            if said:
                case.expected, case.good_answer = Expected.ANSWER, case.good_answer or redact(said).text
                case.sources = sorted({*case.sources, *(one for one in cited if DOCUMENT.fullmatch(one))})
            else:  # that nothing was said is right: a person is to answer
                case.expected, case.sources = Expected.HAND_OVER, []
        case "wrong":
            case.sources = [one for one in case.sources if one not in set(cited)]
        case "source":
            if document_id is None:
                raise InvalidInput("Name the document that answers it.", field="document_id")
            case.expected, case.sources = Expected.ANSWER, [document_id]
        case "retire":
            case.status = EvalCaseStatus.RETIRED
        case _:
            raise InvalidInput(f"A verdict is one of {', '.join(VERDICTS)}.", field="verdict")
    check_case(case)
    if case.status != EvalCaseStatus.RETIRED:
        known = case.expected != Expected.UNKNOWN or case.intent_by_person
        case.status = EvalCaseStatus.ACTIVE if known else EvalCaseStatus.REVIEW
    keep_version(session, case, Note.VERDICT, verdict, author_id=staff_of(principal))
    return case


def take_back_verdict(
    session: Session, principal: Principal, case_id: int, *, run_id: int, expected_version: int
) -> EvalCase:
    """The case as it was before the newest verdict on this run, and the verdict gone: it waits in the queue again.

    Raises NotFound without a verdict, Conflict when the case was changed after it, PreconditionFailed when somebody
    was first.
    """
    case = locked_case(session, principal, case_id, expected_version)
    label = session.scalar(
        select(EvalLabel)
        .where(EvalLabel.case_id == case_id, EvalLabel.run_id == run_id)
        .order_by(EvalLabel.id.desc())
        .limit(1)
    )
    if label is None:
        raise NotFound(f"Run {run_id} has no verdict on case {case_id}.")
    if case.version > label.case_version + 1:
        raise Conflict("The case was changed after the verdict. Correct it instead.")
    before = session.scalars(
        select(EvalCaseVersion).where(EvalCaseVersion.case_id == case_id, EvalCaseVersion.number == label.case_version)
    ).one()
    for name in CONTENT:
        setattr(case, name, before.content[name])
    session.delete(label)
    keep_version(session, case, Note.VERDICT_TAKEN_BACK, author_id=staff_of(principal))
    return case
