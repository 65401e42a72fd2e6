from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.common import Body, Row

Expectation = Literal["answer", "hand_over", "unknown"]
Documents = Annotated[list[Annotated[str, Field(max_length=32)]], Field(max_length=50)]


class EvalCaseOut(Row):
    """`weight`: how many questions as asked it stands for. `intent` is a label only when `intent_by_person`."""

    id: int
    kind: str
    status: str
    question: str
    language: str
    shop_id: int | None
    intent: str | None
    intent_by_person: bool
    expected: str
    sources: list[str]
    good_answer: str
    dangerous: bool
    weight: float
    seen: int
    created_at: datetime
    updated_at: datetime
    version: int


class EvalCaseVersionOut(Row):
    """`note_code` says what happened, `note_of` of which kind of case or which verdict; `note`: the author's words."""

    number: int
    content: dict[str, Any]
    author_id: int | None
    note: str
    note_code: Literal[
        "",
        "made",
        "merged",
        "news",
        "source_taken_back",
        "agents_answer",
        "verdict",
        "verdict_taken_back",
        "changed",
        "retired",
    ]
    note_of: str
    created_at: datetime


class EvalCaseCountsOut(Row):
    active: int
    review: int
    retired: int


class EvalCaseFaultOut(Row):
    """`place`: file and line, or the query."""

    place: str
    message: str


class EvalCasesImportedOut(Row):
    """`known` were there already; unknown sources and intents were left out of their cases; `faults` are the first of
    the `failed` rows."""

    created: int
    known: int
    unknown_sources: int
    unknown_intents: int
    failed: int
    faults: list[EvalCaseFaultOut]
    tried: bool = Field(False, description="only tried: nothing was written")


class EvalCaseIn(Body):
    question: str = Field(min_length=1, max_length=4_000)
    language: Literal["zh", "en"] | None = None
    shop_id: int | None = None
    intent: str | None = Field(None, max_length=64)
    expected: Expectation = "answer"
    sources: Documents = Field(default_factory=list, description='documents that answer it: "article:12", "case:7"')
    good_answer: str = Field("", max_length=8_000)
    dangerous: bool = False


class EvalCaseChanges(Body):
    """What is given is changed."""

    question: str | None = Field(None, min_length=1, max_length=4_000)
    language: Literal["zh", "en"] | None = None
    intent: str | None = Field(None, max_length=64)
    expected: Expectation | None = None
    sources: Documents | None = None
    good_answer: str | None = Field(None, max_length=8_000)
    dangerous: bool | None = None
    status: Literal["active", "review"] | None = None
    note: str = Field("", max_length=255)


class VerdictIn(Body):
    """right, wrong: of what the run said; source: `document_id` answers it; retire: the question teaches nothing."""

    verdict: Literal["right", "wrong", "source", "retire"]
    document_id: str | None = Field(None, max_length=32)


class EvalRunIn(Body):
    """None: no matter. `like`: the very cases and versions of another run."""

    name: str = Field("", max_length=128)
    like: int | None = None
    language: str | None = Field(None, max_length=8)
    shop_id: int | None = None
    intent: str | None = Field(None, max_length=64)
    kind: str | None = Field(None, max_length=16)


class EvalRunOut(Row):
    id: int
    name: str
    state: str
    cases: int
    computed: int = 0
    versions: dict[str, Any]
    summary: dict[str, Any]
    error: str
    created_at: datetime
    finished_at: datetime | None


class DifferenceOut(Row):
    metric: str
    before: float
    after: float
    difference: float
    low: float
    high: float
    cases: int
    better: bool
    worse: bool


class ComparisonOut(Row):
    """`level`: of each interval, raised so that all together hold with 95%. `passed`: no figure fell significantly.
    `better_cases` and `worse_cases` are among `changed`, by rightness, else by nDCG@10."""

    level: float
    cases: int
    left_out: int
    passed: bool
    differences: list[DifferenceOut]
    changed: list[int]
    better_cases: list[int]
    worse_cases: list[int]


class LabelOut(Row):
    """What a case version says to be right."""

    kind: str
    question: str
    language: str
    shop_id: int | None
    intent: str | None
    expected: str
    sources: list[str]
    good_answer: str
    dangerous: bool


class SaidOut(Row):
    """What a run found (document ids in order) and said."""

    retrieved: list[str]
    said: dict[str, Any]
    metrics: dict[str, float]


class ComparedCaseOut(Row):
    """One case before and after. `case_version` is the one that both runs measured."""

    case_id: int
    case_version: int
    effect: Literal["better", "worse", "changed"]
    expected: LabelOut
    before: SaidOut
    after: SaidOut


class QueueItemOut(Row):
    """What was expected, retrieved and said, side by side. `version` is the case's, for If-Match of the verdict."""

    case_id: int
    version: int
    badness: float
    expected: EvalCaseOut
    retrieved: list[str]
    said: dict[str, Any]
    metrics: dict[str, float]


class ChangedCaseOut(Row):
    """`effect`: better or worse by the rank of what is known to be relevant, else changed. Answers are null when they
    were not drafted."""

    case_id: int
    question: str
    effect: str
    top_before: str | None
    top_after: str | None
    top_changed: bool
    ndcg_before: float | None
    ndcg_after: float | None
    answer_before: str | None
    answer_after: str | None
    answer_changed: bool | None
    title_before: str
    title_after: str


class GainOut(Row):
    """A change of nDCG@10 with its 95% interval."""

    mean: float
    low: float
    high: float


class GatePreviewOut(Row):
    """What publishing would do. All of `cases` that are not `changed` find the very passages that they found. `falls`:
    `gain`, over the `labelled` cases, is below zero with all of its interval."""

    cases: int
    recomputed: int
    changed: int
    top_changed: int
    better: int
    worse: int
    shown: list[ChangedCaseOut]
    seconds: float
    labelled: int
    gain: GainOut | None
    falls: bool


class KeptPreviewOut(Row):
    """A preview that publishing can name. `gate`: what holds for the article's shops. A day after `created_at` it ends,
    and with any change of the draft or of who sees it."""

    id: int
    article_id: int
    article_version_id: int
    gate: Literal["off", "warn", "block"]
    created_at: datetime
    result: GatePreviewOut
