from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.common import Body, Row
from records.imports.models import ImportRun
from records.shops.chat import CHAT, ChatConfig
from records.shops.models import ChannelAccount
from retrieval.classify.taxonomy import Intent

Hours = dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], tuple[str, str]]


GateWord = Literal["off", "warn", "block"]


class ShopOut(Row):
    """`business_hours`: {"mon": ["09:00", "21:00"]} in the shop's time zone. `publish_gate`: what a significant fall in
    a preview does to publishing; block also asks for a preview, and a supervisor may override it with a reason."""

    id: int
    code: str
    name: str
    platform: str
    currency: str
    timezone: str
    language: str
    business_hours: dict[str, tuple[str, str]]
    active: bool
    publish_gate: GateWord


class ShopIn(Body):
    code: str = Field(max_length=32, pattern=r"^[a-z0-9][a-z0-9_-]*$")
    name: str = Field(min_length=1, max_length=128)
    platform: str = Field("web", min_length=1, max_length=32)
    currency: str = Field("CNY", max_length=3)
    timezone: str = Field("Asia/Shanghai", max_length=64)
    language: Literal["zh", "en"] = "zh"
    business_hours: Hours = Field(default_factory=dict)


class ShopChanges(Body):
    """Fields that are left out stay as they are."""

    name: str | None = Field(None, min_length=1, max_length=128)
    platform: str | None = Field(None, min_length=1, max_length=32)
    currency: str | None = Field(None, max_length=3)
    timezone: str | None = Field(None, max_length=64)
    language: Literal["zh", "en"] | None = None
    business_hours: Hours | None = None
    active: bool | None = None
    publish_gate: GateWord | None = None


class ChatSettings(Body):
    """The chat on the shop's page. Texts are by language (zh, en)."""

    allowed_origins: list[str] = Field(
        default_factory=list, description='pages that may use it: "https://shop.example"; our own always may'
    )
    greeting: dict[str, str] = Field(default_factory=dict)
    quick_replies: dict[str, list[str]] = Field(default_factory=dict, description="questions that are one press away")


class AccountOut(Row):
    """A connection of a shop to a channel; `url` is where replies go. A chat (kind web) has `public_key` and `chat`."""

    id: int
    shop_id: int
    kind: str
    name: str
    url: str | None
    public_key: str | None
    chat: ChatSettings | None
    active: bool

    @classmethod
    def of(cls, account: ChannelAccount) -> AccountOut:
        return cls(
            id=account.id,
            shop_id=account.shop_id,
            kind=account.kind,
            name=account.name,
            url=account.config.get("url"),
            public_key=account.public_key,
            chat=ChatSettings(**ChatConfig.of(account.config).stored()) if account.kind == CHAT else None,
            active=account.active,
        )


class NewAccountOut(AccountOut):
    """`secret` signs both ways (Standard Webhooks), or the shoppers' identities (HS256) of a chat. It is shown this
    once; null when nothing new was made."""

    secret: str | None


class AccountIn(Body):
    kind: Literal["webhook", "web"] = "webhook"
    name: str = Field(min_length=1, max_length=64)
    url: str | None = Field(None, max_length=2_000, description="where replies are posted (webhook)")
    chat: ChatSettings | None = Field(None, description="of the chat (web)")


class AccountChanges(Body):
    """`new_secret` true: the old secret is worth nothing from now on."""

    url: str | None = Field(None, max_length=2_000)
    chat: ChatSettings | None = Field(None, description="replaces the chat's settings as a whole")
    active: bool | None = None
    new_secret: bool = False


class ImportErrorOut(Row):
    """A row that was not taken, the header being row 1, and what to do about it. `code` names the mistake."""

    row: int
    field: str
    value: str
    message: str
    code: str = ""


class ImportOut(Row):
    id: int
    kind: str
    shop_id: int | None
    file_name: str
    state: Literal["running", "done"]
    rows_done: int
    created: int
    updated: int
    unchanged: int
    failed: int
    started_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, run: ImportRun) -> ImportOut:
        return cls.model_validate(run)


class ImportReportOut(Row):
    """What an import did, or with `dry_run` would do. `errors` are the first ones; all are under the run.

    `hints`: words and columns of the file that we do not know, and how to map them.
    """

    run_id: int | None
    kind: str
    dry_run: bool
    created: int
    updated: int
    unchanged: int
    failed: int
    errors: list[ImportErrorOut]
    hints: list[str]


Names = Annotated[dict[str, str], Field(description='by language: {"zh": "退货", "en": "Return"}')]


class IntentOut(Row):
    """`risk`: never answered without an agent."""

    id: str
    names: Names
    descriptions: Names
    category: str
    priority: str
    risk: bool
    topic: str

    @classmethod
    def of(cls, intent: Intent) -> IntentOut:
        return cls(
            id=intent.id,
            names=dict(intent.names),
            descriptions=dict(intent.descriptions or {}),
            category=intent.category,
            priority=intent.priority,
            risk=intent.risk,
            topic=intent.topic,
        )
