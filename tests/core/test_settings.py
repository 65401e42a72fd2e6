from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.settings import Settings

GOOD = "k" * 40


def test_the_default_secret_is_for_the_embedded_mode_only(tmp_path: Path) -> None:
    assert Settings(_env_file=None, data_dir=tmp_path).embedded
    for served in (
        {"database_url": "postgresql+psycopg://h/d"},
        {"host": "0.0.0.0"},
        {"qdrant_url": "http://qdrant:6333"},
    ):
        with pytest.raises(ValidationError, match="COPILOT_SECRET_KEY"):
            Settings(_env_file=None, data_dir=tmp_path, **served)
        with pytest.raises(ValidationError, match="COPILOT_SECRET_KEY"):
            Settings(_env_file=None, data_dir=tmp_path, secret_key="short", **served)
        assert not Settings(_env_file=None, data_dir=tmp_path, secret_key=GOOD, **served).embedded


def test_celery_needs_postgresql(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="COPILOT_DATABASE_URL"):
        Settings(_env_file=None, data_dir=tmp_path, redis_url="redis://h/0", secret_key=GOOD)


def test_a_model_needs_its_endpoint(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="COPILOT_LLM_MODEL"):
        Settings(_env_file=None, data_dir=tmp_path, llm_url="http://127.0.0.1:1/v1")


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
