"""Import articles from folders of Markdown or HTML, and from JSONL, CSV or XLSX rows."""

from knowledge.imports.articles import ImportProblem, ImportReport, import_articles

__all__ = ["ImportProblem", "ImportReport", "import_articles"]
