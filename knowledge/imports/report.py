"""What an import of articles did."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """Why a document was not taken, and what to do. `place` is its file, or its row as "row 12"."""

    place: str
    field: str
    value: str
    message: str


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

    @property
    def failed(self) -> int:
        return len(self.errors)

    @property
    def done(self) -> int:
        return self.created + self.updated + self.unchanged + len(self.skipped) + self.failed
