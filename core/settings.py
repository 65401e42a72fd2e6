"""Every setting of the product, in one class. Environment variables begin with `COPILOT_`; `.env` is read too."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_SECRET = "embedded-mode-only-secret"


class Settings(BaseSettings):
    """Empty URLs mean the embedded mode: SQLite, the Qdrant Edge index process and jobs on the server's own threads."""

    model_config = SettingsConfigDict(env_prefix="COPILOT_", env_file=".env", extra="ignore")

    data_dir: Path = Field(Path("var"), description="Where the embedded mode keeps database, index, models and files.")
    database_url: str = Field(
        "", description="SQLAlchemy URL. Empty: SQLite in data_dir. Served: postgresql+psycopg://…"
    )
    redis_url: str = Field("", description="Celery broker. Empty: jobs run on the server's own threads.")
    qdrant_url: str = Field("", description="A Qdrant server. Empty: the index process with Qdrant Edge.")
    qdrant_api_key: SecretStr = Field(SecretStr(""), description="API key of the Qdrant server.")
    index_address: str = Field(
        "", description="host:port of an index process that others run. Empty: started on demand in data_dir."
    )
    collection: str = Field("passages", description="Name of the Qdrant collection (an alias on a server).")

    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the server listens on.")
    public_url: str = Field("", description="URL under which people reach the server. Empty: http://host:port.")
    secret_key: SecretStr = Field(SecretStr(DEFAULT_SECRET), description="Signs cursors and tokens; 32+ characters.")
    session_hours: float = Field(12, gt=0, description="How long a sign-in lasts, in hours.")
    cookie_secure: bool = Field(False, description="Send the session cookie over HTTPS only.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    embedding_model: str = Field("", description="A sentence-transformers id or path. Empty: the packaged e5-small.")
    classifier_model: str = Field(
        "",
        description="A second embedding model, asked by the trained intent classifier alone: english (packaged; for "
        "customers who write English), or an id or path. Empty: none.",
    )
    reranker_model: str = Field("", description="A cross-encoder id or path. Empty: no reranking.")
    encoder_threads: int = Field(1, ge=1, description="onnxruntime threads a process.")

    llm_url: str = Field("", description="OpenAI-compatible endpoint, e.g. http://127.0.0.1:11434/v1. Empty: no LLM.")
    llm_model: str = Field("", description="Model name at that endpoint.")
    llm_api_key: SecretStr = Field(SecretStr(""), description="Key of that endpoint.")
    llm_timeout: float = Field(60, gt=0, description="Seconds to wait for the LLM.")

    job_threads: int = Field(2, ge=0, description="Threads that run jobs in the embedded mode.")
    sweep_seconds: float = Field(1.0, gt=0, description="How often missed wake-ups are looked for.")
    job_lease_seconds: float = Field(60, gt=0, description="How long a job may be silent before another takes it over.")
    send_timeout: float = Field(15, gt=0, description="Seconds that a channel's provider may take to answer.")
    undo_send_seconds: float = Field(5, ge=0, description="How long an agent can take a reply back before it is sent.")
    attachment_max_bytes: int = Field(
        10_000_000, gt=0, le=19_900_000, description="How large an attached file may be, in bytes."
    )
    attachment_types: str = Field(
        "image/png,image/jpeg,image/gif,image/webp,application/pdf,text/plain,video/mp4",
        description="Media types of files that are taken, by their content and not by their name.",
    )
    keep_jobs_days: float = Field(
        14, gt=0, description="How long finished jobs, and events that only said that it was time, are kept, in days."
    )
    keep_idempotency_days: float = Field(7, gt=0, description="How long answers to an Idempotency-Key stay, in days.")
    keep_draft_chunks_days: float = Field(2, gt=0, description="How long a draft's streamed sentences stay, in days.")
    keep_events_days: float = Field(
        0, ge=0, description="How long events (timelines, reports) are kept, in days. 0: for ever."
    )
    help_title: str = Field("", description="What the help centre is called. Empty: the shop's name.")
    help_contact: str = Field(
        "", description="How readers of the help centre reach a person besides the chat: an e-mail address or a URL."
    )
    publish_cases: bool = Field(False, description="Publish cases from resolved tickets without an editor.")
    eval_ordinary_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Share of accepted and lightly edited drafts that become evaluation cases; rejected, corrected and "
        "risky ones all do.",
    )

    @model_validator(mode="after")
    def _check(self) -> Settings:
        self.data_dir = self.data_dir.expanduser().resolve()
        if not self.embedded and (
            self.secret_key.get_secret_value() == DEFAULT_SECRET or len(self.secret_key.get_secret_value()) < 32
        ):
            raise ValueError(
                "COPILOT_SECRET_KEY is the default or shorter than 32 characters. Outside the embedded mode set your "
                "own, for example the output of: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        if self.redis_url and self.is_sqlite:
            raise ValueError(
                "COPILOT_REDIS_URL is set while the database is SQLite. Celery workers need PostgreSQL: set "
                "COPILOT_DATABASE_URL=postgresql+psycopg://user:password@host/name, or unset COPILOT_REDIS_URL."
            )
        if bool(self.llm_url) != bool(self.llm_model):
            raise ValueError("Set both COPILOT_LLM_URL and COPILOT_LLM_MODEL, or neither.")
        return self

    @property
    def embedded(self) -> bool:
        """True when the product listens on loopback only and every part is its own."""
        loopback = self.host in ("127.0.0.1", "localhost", "::1")
        return loopback and not (self.database_url or self.redis_url or self.qdrant_url)

    @property
    def sqlalchemy_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'copilot.db'}"

    @property
    def is_sqlite(self) -> bool:
        return urlsplit(self.sqlalchemy_url).scheme.startswith("sqlite")

    @property
    def base_url(self) -> str:
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def send_lease_seconds(self) -> float:
        """Longer than any call of a channel: connecting, writing and reading may each take `send_timeout`."""
        return 3 * self.send_timeout + 5

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @property
    def accepted_types(self) -> tuple[str, ...]:
        return tuple(word.strip() for word in self.attachment_types.split(",") if word.strip())

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @property
    def imports_dir(self) -> Path:
        return self.data_dir / "imports"

    @property
    def index_dir(self) -> Path:
        return self.data_dir / "index"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings, read once. Tests build `Settings(...)` of their own instead."""
    return Settings()
