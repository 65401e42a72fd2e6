"""What front matter and columns say of an article, as our own values. Errors name the field, the value and the fix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from knowledge.policies import check_audience
from records.people.models import Staff
from records.shops.models import Shop


@dataclass(frozen=True, slots=True)
class Names:
    """Shops and staff as an import file names them."""

    shops: Mapping[str, tuple[int, str]]  # code -> (id, time zone)
    staff: Mapping[str, int]

    @classmethod
    def load(cls, session: Session) -> Names:
        shops = {shop.code: (shop.id, shop.timezone) for shop in session.scalars(select(Shop))}
        staff = {row.username: row.id for row in session.scalars(select(Staff))}
        return cls(shops, staff)


@dataclass(frozen=True, slots=True)
class Metadata:
    """`scope` holds only what the source says, by the names of `ArticleScope`: the rest of an article stays."""

    scope: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None
    published_at: datetime | None = None
    retired_at: datetime | None = None


def read_metadata(meta: Mapping[str, Any], names: Names, *, shop: str | None, audience: str | None) -> Metadata:
    """`shop` (a code) and `audience` are the command's and win over the document's. A day without a time is the
    shop's day; `valid_to` and `retired_at` include it. Raises InvalidInput with `field` and `value`."""
    codes = [shop] if shop else _list(meta.get("shops", meta.get("shop")))
    if unknown := [code for code in codes if code not in names.shops]:
        raise InvalidInput(
            f"There is no shop {unknown[0]!r}. Known: {', '.join(sorted(names.shops)) or 'none'}.",
            field="shops",
            value=unknown[0],
        )
    zone = ZoneInfo(names.shops[codes[0]][1]) if codes else ZoneInfo("UTC")
    times = {
        name: _time(meta.get(name), name, zone, ends=name in ("valid_to", "retired_at"))
        for name in ("valid_from", "valid_to", "published_at", "retired_at")
    }
    scope: dict[str, Any] = {}
    if shop or "shops" in meta or "shop" in meta:
        scope["shop_ids"] = tuple(sorted(names.shops[code][0] for code in codes))
    if audience or meta.get("audience"):
        scope["audience"] = check_audience(audience or str(meta["audience"]).strip())
    scope |= {name: times[name] for name in ("valid_from", "valid_to") if name in meta}
    if "category" in meta:
        scope["category"] = str(meta["category"] or "").strip()[:128]
    if "intents" in meta or "intent" in meta:
        scope["intents"] = tuple(_list(meta.get("intents", meta.get("intent"))))
    if meta.get("owner"):
        owner = str(meta["owner"]).strip()
        if owner not in names.staff:
            raise InvalidInput(f"There is no member of staff {owner!r}. Use a user name.", field="owner", value=owner)
        scope["owner_id"] = names.staff[owner]
    published_at, retired_at, now = times["published_at"], times["retired_at"], datetime.now(UTC)
    if published_at and published_at > now:  # announced: published now, retrieved from then on
        scope["valid_from"] = max(published_at, scope.get("valid_from") or published_at)
        published_at = None
    if retired_at and retired_at > now:
        scope["valid_to"] = min(retired_at, scope.get("valid_to") or retired_at)
        retired_at = None
    return Metadata(scope, _language(meta), published_at, retired_at)


def _language(meta: Mapping[str, Any]) -> str | None:
    found = str(meta.get("language") or meta.get("lang") or "").strip().lower()
    if not found:
        return None
    short = found.replace("_", "-").split("-")[0]
    if short not in ("zh", "en"):
        raise InvalidInput(
            f"The language {found!r} is unknown: write zh or en, or leave it out.", field="language", value=found
        )
    return short


def _list(value: Any) -> list[str]:
    if value in (None, ""):
        return []
    parts = value if isinstance(value, list | tuple) else str(value).strip("[]").replace("，", ",").split(",")
    return [text for part in parts if (text := str(part).strip().strip("'\""))]


def _time(value: Any, name: str, zone: ZoneInfo, *, ends: bool) -> datetime | None:
    if value in (None, ""):
        return None
    found: date | datetime
    if isinstance(value, date):
        found = value
    else:
        text = str(value).strip()
        try:
            found = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
        except ValueError as error:
            raise InvalidInput(
                f"{name} is {text!r}: write a day as 2026-11-30 or a time as 2026-11-30T18:00:00+08:00.",
                field=name,
                value=text,
            ) from error
    if not isinstance(found, datetime):
        found = datetime.combine(found + timedelta(days=1 if ends else 0), time(), zone)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
