from pathlib import Path
from typing import Any

import pytest

from core.db import Database
from records.imports.report import ImportReport
from records.imports.run import import_file
from tests.factories import make_shop
from tests.records.imports.steps import Import


@pytest.fixture
def load(db: Database, tmp_path: Path) -> Import:
    """Imports text (or a file) of a kind into the shop "jd"."""
    with db.unit_of_work() as session:
        make_shop(session, code="jd", platform="jd")

    def load(kind: str, content: str | Path, *, name: str = "", **options: Any) -> ImportReport:
        path = content if isinstance(content, Path) else tmp_path / (name or f"{kind}.csv")
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        return import_file(db, kind, path, shop="jd", **options)

    return load
