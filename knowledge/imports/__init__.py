"""Import articles from folders of Markdown or HTML, and from JSONL, CSV or XLSX rows."""

from knowledge.imports.articles import import_articles
from knowledge.imports.report import ImportProblem, ImportReport

__all__ = ["ImportProblem", "ImportReport", "import_articles"]
