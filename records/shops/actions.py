"""Writes on shops and their channel accounts. Administrators only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Forbidden, InvalidInput, Taken
from records.people.actions import record_access
from records.principals import Principal, Role
from records.shops.chat import CHAT, new_public_key
from records.shops.models import PUBLISH_GATES, ChannelAccount, Shop
from records.shops.queries import get_account, get_shop

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_EDITABLE = frozenset(
    {"name", "platform", "currency", "timezone", "language", "business_hours", "active", "publish_gate"}
)


def create_shop(session: Session, principal: Principal, *, code: str, name: str, **values: Any) -> Shop:
    """`values`: platform, currency (ISO 4217), timezone (IANA), language (zh, en), business_hours, active.

    Raises InvalidInput, Taken when the code is in use, Forbidden.
    """
    _require_admin(principal)
    if not _CODE.fullmatch(code):
        raise InvalidInput(f"Shop code {code!r} must be 1 to 32 of a-z, 0-9, - and _.", field="code")
    _check({"name": name, **values})
    if session.scalar(select(Shop.id).where(Shop.code == code)) is not None:
        raise Taken(f"The shop code {code!r} is taken: choose another.", field="code")
    shop = Shop(code=code, name=name.strip(), **values)
    session.add(shop)
    session.flush()
    record_access(session, principal, "shop.create", "shop", shop.id)
    return shop


def update_shop(session: Session, principal: Principal, shop_id: int, **values: Any) -> Shop:
    """Change what is given. The code stays: imports and addresses name it."""
    _require_admin(principal)
    _check(values)
    shop = get_shop(session, principal, shop_id)
    for name, value in values.items():
        setattr(shop, name, value)
    session.flush()
    record_access(session, principal, "shop.update", "shop", shop.id)
    return shop


def find_or_create_account(
    session: Session,
    principal: Principal,
    shop_id: int,
    *,
    kind: str,
    name: str,
    config: dict[str, Any] | None = None,
    secret: str | None = None,
) -> ChannelAccount:
    """The shop's account of this kind and name; `config` and `secret` fill in a new one only."""
    _require_admin(principal)
    get_shop(session, principal, shop_id)
    account = session.scalar(
        select(ChannelAccount).where(
            ChannelAccount.shop_id == shop_id, ChannelAccount.kind == kind, ChannelAccount.name == name
        )
    )
    if account is None:
        account = ChannelAccount(shop_id=shop_id, kind=kind, name=name, config=config or {}, secret=secret)
        if kind == CHAT:
            account.public_key = new_public_key()
        session.add(account)
        session.flush()
        record_access(session, principal, "channel.create", "channel_account", account.id)
    return account


def update_account(
    session: Session,
    principal: Principal,
    account_id: int,
    *,
    config: dict[str, Any] | None = None,
    secret: str | None = None,
    active: bool | None = None,
) -> ChannelAccount:
    """Change what is given; a new `secret` ends the old one at once."""
    _require_admin(principal)
    account = get_account(session, account_id)
    get_shop(session, principal, account.shop_id)
    if account.kind == CHAT and account.public_key is None:  # of an account that is older than chats
        account.public_key = new_public_key()
    for name, value in (("config", config), ("secret", secret), ("active", active)):
        if value is not None:
            setattr(account, name, value)
    session.flush()
    record_access(session, principal, "channel.update", "channel_account", account.id)
    return account


def _require_admin(principal: Principal) -> None:
    if principal.role is not Role.ADMIN:
        raise Forbidden("Only an administrator changes shops and channels.")


def _check(values: Mapping[str, Any]) -> None:
    unknown = sorted(set(values) - _EDITABLE)
    if unknown:
        raise InvalidInput(f"A shop has no field {', '.join(unknown)}; known: {', '.join(sorted(_EDITABLE))}.")
    if "name" in values and not str(values["name"]).strip():
        raise InvalidInput("The shop's name is empty.", field="name")
    if "currency" in values and not _CURRENCY.fullmatch(values["currency"]):
        raise InvalidInput(f"Currency {values['currency']!r} is not an ISO 4217 code such as CNY.", field="currency")
    if "timezone" in values and values["timezone"] not in available_timezones():
        raise InvalidInput(f"Time zone {values['timezone']!r} is unknown: use e.g. Asia/Shanghai.", field="timezone")
    if "language" in values and values["language"] not in ("zh", "en"):
        raise InvalidInput(f"Language {values['language']!r} is not one of zh, en.", field="language")
    if "publish_gate" in values and values["publish_gate"] not in PUBLISH_GATES:
        raise InvalidInput(f"publish_gate is one of {', '.join(PUBLISH_GATES)}.", field="publish_gate")
    _check_hours(values.get("business_hours", {}))


def _check_hours(hours: Any) -> None:
    try:
        for day, (opens, closes) in hours.items():
            if day not in WEEKDAYS or time.fromisoformat(opens) >= time.fromisoformat(closes):
                raise ValueError(day)
    except (AttributeError, TypeError, ValueError):
        raise InvalidInput(
            'Business hours look like {"mon": ["09:00", "21:00"]}, days mon to sun, the opening time first.',
            field="business_hours",
        ) from None


def zone_of(shop: Shop) -> ZoneInfo:
    """The shop's clock: naive times of its files, and all times shown to its customers, are in it."""
    return ZoneInfo(shop.timezone)
