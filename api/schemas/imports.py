from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.common import Body, Row
from knowledge.imports.uploads import Outcome
from records.imports.models import ImportUpload
from records.imports.preview import Inspection

UploadKind = Literal[
    "customers", "products", "orders", "order-items", "shipments", "shipment-events", "after-sales", "tickets",
    "articles",
]  # fmt: skip
Name = Annotated[str, Field(max_length=255)]


class ChoicesIn(Body):
    """How to read the file. `columns`: their column → our field, "" leaves it out; what is not named is guessed.

    `values`: field → their word → ours; `defaults`: field → value of empty cells. The rest is for articles only.
    """

    columns: dict[Name, Annotated[str, Field(max_length=64)]] = Field(default_factory=dict, max_length=500)
    values: dict[Name, dict[Name, Annotated[str, Field(max_length=64)]]] = Field(default_factory=dict, max_length=50)
    defaults: dict[Name, Name] = Field(default_factory=dict, max_length=50)
    audience: Literal["public", "internal"] | None = None
    draft: bool = False


class FileColumnOut(Row):
    """A column of the file; `suggested` is our field for it."""

    name: str
    samples: list[str]
    suggested: str | None


class OurFieldOut(Row):
    """`words`: the values that it may have; empty: any."""

    name: str
    required: bool
    words: list[str]


class RowProblemOut(Row):
    """`place`: the row's number, the header being row 1, or the file of a folder. `code` names the mistake."""

    place: str
    field: str
    value: str
    message: str
    code: str


class UnmappedOut(Row):
    """A word of the file that we do not know: it is kept as it is, with the status unknown."""

    field: str
    word: str
    rows: int


class AlikeOut(Row):
    """What an article nearly repeats: an article of ours, or (null) another document of the same file."""

    article_id: int | None
    title: str
    similarity: float


class ParsedRowOut(Row):
    """`passages` (what search would find it by) and `alike` are of articles only."""

    place: str
    outcome: Literal["created", "updated", "unchanged", "archived", "failed"]
    values: dict[str, str]
    passages: int = 0
    alike: list[AlikeOut] = Field(default_factory=list)


class OutcomeOut(Row):
    """What an import did, or would do with the first `checked` rows. `errors` are the first ones."""

    checked: int
    created: int
    updated: int
    unchanged: int
    skipped: int
    failed: int
    errors: list[RowProblemOut]
    unmapped: list[UnmappedOut]
    ignored: list[str]
    warnings: list[str]

    @classmethod
    def told(cls, outcome: Outcome) -> OutcomeOut:
        return cls.model_validate(outcome)


class PreviewOut(OutcomeOut):
    """Nothing is written. `sample`: the first rows as they were understood, by our field names."""

    sample: list[ParsedRowOut]

    @classmethod
    def told(cls, outcome: Outcome) -> PreviewOut:
        return cls.model_validate(outcome)


class UploadOut(Row):
    """A file on its way into the records. `report` is there when it is done, `error` when it has failed as a whole."""

    id: int
    kind: UploadKind
    shop_id: int | None
    file_name: str
    size: int
    state: Literal["uploaded", "queued", "running", "done", "failed"]
    rows_total: int
    rows_done: int
    run_id: int | None
    report: OutcomeOut | None
    error: str | None
    has_errors_file: bool
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, upload: ImportUpload) -> UploadOut:
        computed = {"report", "has_errors_file"}
        plain = {name: getattr(upload, name) for name in cls.model_fields if name not in computed}
        report = OutcomeOut(**upload.report) if upload.report else None
        return cls(**plain, report=report, has_errors_file=upload.errors_key is not None)


class InspectedOut(Row):
    """The file and what it holds: `columns` are none for pages and folders of articles."""

    upload: UploadOut
    rows: int
    columns: list[FileColumnOut]
    fields: list[OurFieldOut]

    @classmethod
    def of(cls, upload: ImportUpload, found: Inspection) -> InspectedOut:
        return cls(
            upload=UploadOut.of(upload),
            rows=found.rows,
            columns=[FileColumnOut.model_validate(column) for column in found.columns],
            fields=[OurFieldOut.model_validate(name) for name in found.fields],
        )
