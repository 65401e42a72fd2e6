"""An uploaded file, whatever it holds: what its columns are, and its rows or articles into the database."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.db import Database
from core.errors import InvalidInput
from knowledge.imports.archive import unpack
from knowledge.imports.articles import import_articles
from knowledge.imports.columns import FIELDS, REQUIRED, article_field
from knowledge.imports.sources import HTML, MARKDOWN, count_documents
from records.imports.preview import FileColumn, Inspection, OurField, inspect_file, survey
from records.imports.run import import_file
from records.principals import Principal

ARTICLES = "articles"
SHOWN_ERRORS = 200
SHOWN_ROWS = 20
PREVIEWED = 5_000  # rows that a preview checks: a few seconds; the import checks all
_AUDIENCES = ("public", "internal")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """`name` is what the person calls it; `shop` a code, None for articles of every shop."""

    kind: str
    path: Path
    name: str
    shop: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What an import did, or would do. `errors` and `sample` hold plain dictionaries, ready to be shown or stored."""

    run_id: int | None = None
    checked: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    unmapped: list[dict[str, Any]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    sample: list[dict[str, Any]] = field(default_factory=list)


def inspect_upload(file: UploadedFile) -> Inspection:
    """Columns, and fields to map them to; none of both for a folder or a page. Raises InvalidInput for no such file."""
    with _laid_out(file) as path:
        if file.kind != ARTICLES:
            return inspect_file(file.kind, path)
        if path.is_dir() or path.suffix.lower() in MARKDOWN + HTML:
            return Inspection(count_documents(path), [], [])
        total, samples = survey(path)
        columns = [FileColumn(name, cells, article_field(name)) for name, cells in samples.items()]
        words = {"audience": list(_AUDIENCES), "language": ["zh", "en"]}
        return Inspection(total, columns, [OurField(n, n in REQUIRED, words.get(n, [])) for n in FIELDS])


def import_upload(
    db: Database,
    principal: Principal,
    file: UploadedFile,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    keep_errors: Callable[[Path], None] | None = None,
) -> Outcome:
    """Take the rows; `keep_errors` is given the file of those that were not taken. A dry run looks at PREVIEWED rows.

    Raises what `import_file` and `import_articles` raise.
    """
    with _laid_out(file) as path:
        if file.kind == ARTICLES:
            return _import_articles(db, principal, file, path, dry_run, progress)
        mapping = path.with_name("mapping.yaml")  # JSON is YAML
        chosen = {name: file.options.get(name) or {} for name in ("columns", "values", "defaults")}
        mapping.write_text(json.dumps(chosen, ensure_ascii=False), encoding="utf-8")
        errors = path.with_name(f"errors{'.jsonl' if path.suffix.lower() in ('.jsonl', '.ndjson') else '.csv'}")
        report = import_file(
            db, file.kind, path, shop=file.shop or "", mapping=mapping, dry_run=dry_run, progress=progress,
            error_file=errors, principal=principal, limit=PREVIEWED, sample=SHOWN_ROWS if dry_run else 0,
            shown_errors=SHOWN_ERRORS,
        )  # fmt: skip
        if keep_errors is not None and report.error_file is not None:
            keep_errors(report.error_file)
    return Outcome(
        run_id=report.run_id,
        checked=report.rows,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        failed=report.failed,
        errors=[_told(str(e.row), e) for e in report.errors],
        unmapped=[
            {"field": name, "word": word, "rows": rows} for (name, word), rows in sorted(report.unmapped.items())
        ],
        ignored=report.ignored_columns,
        warnings=report.warnings,
        sample=[{"place": str(row.row), "outcome": row.outcome, "values": row.values} for row in report.sample],
    )


def _import_articles(
    db: Database, principal: Principal, file: UploadedFile, path: Path, dry_run: bool, progress: Progress | None
) -> Outcome:
    report = import_articles(
        db, path, principal, shop=file.shop, audience=file.options.get("audience") or None,
        draft=bool(file.options.get("draft")), dry_run=dry_run, progress=progress,
        columns=file.options.get("columns") or {}, limit=PREVIEWED, sample=SHOWN_ROWS if dry_run else 0,
    )  # fmt: skip
    told = [*report.errors, *report.skipped][:SHOWN_ERRORS]
    return Outcome(
        run_id=report.run_id,
        checked=report.done,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        skipped=len(report.skipped),
        failed=report.failed,
        errors=[_told(e.place.removeprefix("row "), e) for e in told],
        sample=[{"place": a.place.removeprefix("row "), "outcome": a.outcome, "values": a.values,
                 "passages": a.passages, "alike": [asdict(one) for one in a.alike]}
                for a in report.sample],
    )  # fmt: skip


def _told(place: str, error: Any) -> dict[str, Any]:
    return {
        "place": place, "field": error.field, "value": error.value, "message": error.message, "code": error.code,
    }  # fmt: skip


@contextmanager
def _laid_out(file: UploadedFile) -> Iterator[Path]:
    """The file under its own name (readers go by it), or the folder that it packs, for as long as the body runs."""
    with tempfile.TemporaryDirectory(prefix="copilot-import-") as folder:
        path = Path(folder) / "file" / file.name
        path.parent.mkdir()
        shutil.copyfile(file.path, path)
        if path.suffix.lower() == ".zip":
            if file.kind != ARTICLES:
                raise InvalidInput("Send the file itself: only folders of articles come as ZIP.", field="file")
            yield unpack(path, Path(folder) / "unpacked")
        else:
            yield path
