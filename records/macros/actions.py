"""Writes on macros. Supervisors for the shops they work for, administrators for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import Forbidden, InvalidInput, PreconditionFailed, UnknownVariable
from records.macros.models import Macro
from records.macros.queries import get_macro
from records.macros.rendering import VARIABLES, unknown
from records.people.actions import record_access
from records.principals import Principal, Role
from records.shops.queries import get_shop

MAX_BODY = 5_000
_EDITABLE = ("shop_id", "intent", "title_zh", "title_en", "body_zh", "body_en")


def create_macro(session: Session, principal: Principal, **values: Any) -> Macro:
    """`values`: shop_id, intent, title_zh, title_en, body_zh, body_en. Raises InvalidInput, Forbidden, NotFound."""
    _require_writer(session, principal, values.get("shop_id"))
    macro = Macro(created_by=principal.id if principal.kind == "staff" else None, **_checked(values))
    session.add(macro)
    session.flush()
    record_access(session, principal, "macro.create", "macro", macro.id)
    return macro


def update_macro(
    session: Session, principal: Principal, macro_id: int, *, expected_version: int, **values: Any
) -> Macro:
    """Change what is given. Raises as `create_macro`, and PreconditionFailed when somebody was first."""
    macro = _locked(session, principal, macro_id, expected_version)
    if "shop_id" in values:
        _require_writer(session, principal, values["shop_id"])
    whole = {name: getattr(macro, name) for name in _EDITABLE} | values
    for name, value in _checked(whole).items():
        setattr(macro, name, value)
    macro.updated_at = cast(Any, db_now())
    session.flush()
    session.refresh(macro)
    record_access(session, principal, "macro.update", "macro", macro.id)
    return macro


def delete_macro(session: Session, principal: Principal, macro_id: int, *, expected_version: int) -> None:
    """Replies that were made from it stay as they are."""
    macro = _locked(session, principal, macro_id, expected_version)
    session.delete(macro)
    record_access(session, principal, "macro.delete", "macro", macro_id)


def _locked(session: Session, principal: Principal, macro_id: int, expected_version: int) -> Macro:
    session.get(Macro, macro_id, with_for_update=True)
    macro = get_macro(session, principal, macro_id)
    _require_writer(session, principal, macro.shop_id)
    if macro.version != expected_version:
        raise PreconditionFailed(
            "The macro has changed since you read it. Read it again.", current_version=macro.version
        )
    return macro


def _require_writer(session: Session, principal: Principal, shop_id: int | None) -> None:
    if principal.role not in (Role.ADMIN, Role.SUPERVISOR):
        raise Forbidden("Only a supervisor or an administrator changes macros.")
    if shop_id is not None:
        get_shop(session, principal, shop_id)
    elif principal.shops is not None:
        raise Forbidden("You work for some shops only: choose the shop of this macro.", field="shop_id")


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    plain["intent"] = plain.get("intent") or None
    written = [lang for lang in ("zh", "en") if plain.get(f"body_{lang}")]
    if not written:
        raise InvalidInput("Write the text in at least one language.", field="body_zh")
    for lang in written:
        if not plain.get(f"title_{lang}"):
            raise InvalidInput("A text needs a title in its language: agents find it by that.", field=f"title_{lang}")
        if strange := unknown(plain[f"body_{lang}"]):
            known = ", ".join("{{" + name + "}}" for name in VARIABLES)
            raise UnknownVariable(
                f"{', '.join('{{' + name + '}}' for name in strange)} is no variable. Known: {known}.",
                field=f"body_{lang}",
                names=["{{" + name + "}}" for name in strange],
                known=known,
            )
        if len(plain[f"body_{lang}"]) > MAX_BODY:
            raise InvalidInput(f"A macro has at most {MAX_BODY} characters.", field=f"body_{lang}")
    return plain
