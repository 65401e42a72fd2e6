"""Shops and their connections to channels."""

from __future__ import annotations

import base64
import secrets
from typing import Annotated, Any

from fastapi import Depends, Response, status
from sqlalchemy.orm import Session

from api.deps import (
    IfMatch,
    Once,
    Reading,
    RuntimeDep,
    Writing,
    allowed,
    content_version,
    require_version,
    set_etag,
)
from api.schemas.settings import (
    AccountChanges,
    AccountIn,
    AccountOut,
    ChatSettings,
    NewAccountOut,
    ShopChanges,
    ShopIn,
    ShopOut,
)
from api.versioned import versioned
from channels.webhook import checked_url
from copilot.policies import Permission
from copilot.runtime import Runtime
from core.errors import Conflict, InvalidInput
from records.principals import Principal
from records.shops import actions, queries
from records.shops.chat import CHAT, checked_config, new_identity_secret
from records.shops.models import ChannelAccount, Shop

router = versioned("/shops", tags=["shops"])
accounts = versioned("/channel-accounts", tags=["shops"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_SHOPS))]
Writer = Annotated[Principal, Depends(allowed(Permission.WRITE_SETTINGS))]
SECRET_BYTES = 32  # Standard Webhooks asks for 24 to 64


@router.get("")
def list_shops(session: Reading, principal: Reader) -> list[ShopOut]:
    """The shops that you work for, by code."""
    return [ShopOut.model_validate(row) for row in queries.list_shops(session, principal)]


@router.post("", status_code=status.HTTP_201_CREATED, response_model=ShopOut)
def create_shop(
    body: ShopIn, session: Writing, principal: Writer, once: Once, response: Response
) -> ShopOut | Response:
    if (known := once.known(session)) is not None:
        return known
    shop = actions.create_shop(session, principal, **body.model_dump())
    shown = _shown(shop, response)
    response.headers["Location"] = f"/api/v1/shops/{shop.id}"
    once.keep(session, status.HTTP_201_CREATED, shown)
    return shown


@router.get("/{shop_id}")
def read_shop(shop_id: int, session: Reading, principal: Reader, response: Response) -> ShopOut:
    return _shown(queries.get_shop(session, principal, shop_id), response)


@router.patch("/{shop_id}")
def change_shop(
    shop_id: int, body: ShopChanges, session: Writing, principal: Writer, version: IfMatch, response: Response
) -> ShopOut:
    """Change what is given; the code stays."""
    session.get(Shop, shop_id, with_for_update=True)
    shop = queries.get_shop(session, principal, shop_id)
    require_version(content_version(ShopOut.model_validate(shop)), version)
    given = body.model_dump(exclude_unset=True, exclude_none=True)
    return _shown(actions.update_shop(session, principal, shop_id, **given), response)


@router.get("/{shop_id}/channel-accounts")
def list_accounts(shop_id: int, session: Reading, principal: Writer) -> list[AccountOut]:
    """By kind and name; secrets are never shown again."""
    queries.get_shop(session, principal, shop_id)
    return [AccountOut.of(row) for row in queries.list_accounts(session, shop_id)]


@router.post("/{shop_id}/channel-accounts", status_code=status.HTTP_201_CREATED, response_model=NewAccountOut)
def create_account(
    shop_id: int,
    body: AccountIn,
    session: Writing,
    principal: Writer,
    runtime: RuntimeDep,
    once: Once,
    response: Response,
) -> NewAccountOut | Response:
    """A signed webhook, or a chat on the shop's page. `secret` is shown in this answer and never again."""
    url = _checked(body.url, runtime)  # looks the host up: before the transaction begins
    if (known := once.known(session)) is not None:
        return known
    secret = _new_secret(body.kind)
    account = actions.find_or_create_account(
        session,
        principal,
        shop_id,
        kind=body.kind,
        name=body.name,
        config={**({"url": url} if url else {}), **_chat(body.kind, body.chat)},
        secret=secret,
    )
    if account.secret != secret:
        raise Conflict(f"The shop has a {body.kind} account named {body.name!r} already.", field="name")
    shown = NewAccountOut(**dict(_shown_account(account, response)), secret=secret)
    response.headers["Location"] = f"/api/v1/channel-accounts/{account.id}"
    once.keep(session, status.HTTP_201_CREATED, shown, hide=frozenset({"secret"}))
    return shown


@accounts.get("/{account_id}")
def read_account(account_id: int, session: Reading, principal: Writer, response: Response) -> AccountOut:
    return _shown_account(_account(session, principal, account_id), response)


@accounts.patch("/{account_id}")
def change_account(
    account_id: int,
    body: AccountChanges,
    session: Writing,
    principal: Writer,
    runtime: RuntimeDep,
    version: IfMatch,
    response: Response,
) -> NewAccountOut:
    """Change what is given. A new secret is shown in this answer and never again."""
    url = _checked(body.url, runtime)
    session.get(ChannelAccount, account_id, with_for_update=True)
    account = _account(session, principal, account_id)
    require_version(content_version(AccountOut.of(account)), version)
    secret = _new_secret(account.kind) if body.new_secret else None
    config = None
    if "url" in body.model_fields_set:
        config = {**account.config, "url": url}
    if body.chat is not None:
        config = {**(config or account.config), **_chat(account.kind, body.chat)}
    account = actions.update_account(session, principal, account_id, config=config, secret=secret, active=body.active)
    return NewAccountOut(**dict(_shown_account(account, response)), secret=secret)


def _account(session: Session, principal: Principal, account_id: int) -> ChannelAccount:
    account = queries.get_account(session, account_id)
    queries.get_shop(session, principal, account.shop_id)
    return account


def _shown(shop: Shop, response: Response) -> ShopOut:
    shown = ShopOut.model_validate(shop)
    set_etag(response, content_version(shown))
    return shown


def _shown_account(account: ChannelAccount, response: Response) -> AccountOut:
    shown = AccountOut.of(account)
    set_etag(response, content_version(shown))
    return shown


def _checked(url: str | None, runtime: Runtime) -> str | None:
    if url is None:
        return None
    if any(ord(character) <= 32 for character in url):
        raise InvalidInput("The URL holds a space or a control character.", field="url")
    return checked_url(url, allow_private=runtime.settings.embedded)


def _chat(kind: str, chat: ChatSettings | None) -> dict[str, Any]:
    """What the account stores of a chat's settings. Raises InvalidInput for those of no chat."""
    if chat is None:
        return {}
    if kind != CHAT:
        raise InvalidInput(f"An account of kind {kind} has no chat settings.", field="chat")
    return checked_config(chat.allowed_origins, chat.greeting, chat.quick_replies).stored()


def _new_secret(kind: str) -> str:
    if kind == CHAT:
        return new_identity_secret()
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
