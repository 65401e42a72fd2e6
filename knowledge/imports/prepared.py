"""Documents that can be taken: read, with their metadata understood and all checked that needs no writing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.errors import CopilotError, InvalidInput
from knowledge.articles.actions import ArticleScope, text_digest
from knowledge.imports.metadata import Metadata, Names, read_metadata
from knowledge.imports.report import ImportProblem, ImportReport
from knowledge.imports.sources import SourceDocument
from knowledge.passages import cut


@dataclass(frozen=True, slots=True)
class Prepared:
    source: SourceDocument
    external_id: str
    metadata: Metadata
    digest: str


def prepared(
    documents: Iterator[SourceDocument], names: Names, shop: str | None, audience: str | None, report: ImportReport
) -> Iterator[Prepared]:
    """Documents that can be taken; the others go to the report. All that can be checked without writing is checked."""
    seen: dict[str, str] = {}
    for source in documents:
        if source.problem:
            report.errors.append(ImportProblem(source.place, "", "", source.problem))
            continue
        external_id = f"{shop}:{source.external_id}" if shop else source.external_id
        try:
            metadata = read_metadata(source.meta, names, shop=shop, audience=audience)
            replace(ArticleScope(), **metadata.scope).check()
            if not source.title or len(source.title) > 512:
                raise InvalidInput("Give the document a title of 1 to 512 characters.", field="title")
            if len(external_id) > 255:
                raise InvalidInput("The id is longer than 255 characters: shorten it.", field="id", value=external_id)
            if external_id in seen:
                raise InvalidInput(f"The id is that of {seen[external_id]}, too.", field="id", value=external_id)
        except CopilotError as error:
            report.errors.append(problem_of(source.place, error))
            continue
        if not cut(source.title, source.body, metadata.language):
            report.skipped.append(ImportProblem(source.place, "text", "", "The document has no text.", "empty"))
            continue
        seen[external_id] = source.place
        yield Prepared(source, external_id, metadata, text_digest(source.title.strip(), source.body))


def problem_of(place: str, error: CopilotError) -> ImportProblem:
    return ImportProblem(place, str(error.details.get("field", "")), str(error.details.get("value", "")), error.message)


def shown_values(document: Prepared) -> dict[str, str]:
    scope = document.metadata.scope
    shown = {
        "title": document.source.title,
        "text": " ".join(document.source.body.split())[:200],
        "category": str(scope.get("category", "")),
        "audience": str(scope.get("audience", "")),
        "language": document.metadata.language or "",
        "id": document.external_id,
    }
    return {name: value for name, value in shown.items() if value}
