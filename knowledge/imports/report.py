"""What an import of articles did."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """Why a document was not taken, and what to do. `place` is its file, or its row as "row 12"; `code` names it."""

    place: str
    field: str
    value: str
    message: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Alike:
    """Something that says nearly the same: an article, or (id None) another document of the same import."""

    article_id: int | None
    title: str
    similarity: float


@dataclass(frozen=True, slots=True)
class ParsedArticle:
    """A document as it was understood; `outcome` is created, updated, unchanged or archived.

    `passages` is how many pieces search would find it by, `alike` what it nearly repeats.
    """

    place: str
    outcome: str
    values: dict[str, str]
    passages: int = 0
    alike: tuple[Alike, ...] = ()


@dataclass(slots=True)
class ImportReport:
    """What an import did. `skipped` are documents without any text, and articles archived here."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: list[ImportProblem] = field(default_factory=list)
    errors: list[ImportProblem] = field(default_factory=list)
    dry_run: bool = False
    run_id: int | None = None
    sample: list[ParsedArticle] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return len(self.errors)

    @property
    def done(self) -> int:
        return self.created + self.updated + self.unchanged + len(self.skipped) + self.failed
