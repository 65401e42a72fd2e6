"""Who may do what with knowledge: one typed table of roles, and the two rules that need the row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from core.errors import Forbidden, InvalidInput
from records.principals import STAFF_ROLES, Principal, Role
from retrieval.types import INTERNAL, PUBLIC


class Act(StrEnum):
    """What somebody wants to do; the words stand in the error message."""

    READ_ALL = "read knowledge of every audience"
    PROPOSE = "propose a draft"
    EDIT = "edit another's draft"
    PUBLISH = "publish, archive or roll back an article"
    SCOPE = "change who sees an article"
    CURATE = "decide on cases"


_EDITORS = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.EDITOR})
MAY: Mapping[Act, frozenset[Role]] = {
    Act.READ_ALL: _EDITORS,
    Act.PROPOSE: frozenset(STAFF_ROLES),
    Act.EDIT: _EDITORS,
    Act.PUBLISH: _EDITORS,
    Act.SCOPE: _EDITORS,
    Act.CURATE: _EDITORS,
}

AUDIENCES = frozenset({PUBLIC, INTERNAL, *(f"role:{role}" for role in Role)})


def may(principal: Principal, act: Act) -> bool:
    """By role alone; a customer has none and may nothing here."""
    return principal.kind != "customer" and principal.role is not None and principal.role in MAY[act]


def require(principal: Principal, act: Act, shop_ids: Sequence[int] | None = None) -> None:
    """Raises Forbidden when the role does not allow `act`, or when it reaches shops the principal does not work for.

    `shop_ids` is the article's or case's scope ([] means every shop, which only those not limited to shops may
    touch); None when no shop is concerned yet.
    """
    if not may(principal, act):
        raise Forbidden(f"Your role may not {act.value}. Ask an editor or a supervisor.", act=act.name.lower())
    if shop_ids is None or principal.shops is None:
        return
    if not shop_ids:
        raise Forbidden("This concerns every shop, and you are limited to some. Ask somebody who works for all shops.")
    for shop_id in shop_ids:
        principal.require_shop(shop_id)


def may_read(principal: Principal, audience: str, shop_ids: Sequence[int]) -> bool:
    """Whether the principal may see an article or case with this scope."""
    if audience not in principal.audiences and not may(principal, Act.READ_ALL):
        return False
    return principal.shops is None or not shop_ids or any(shop in principal.shops for shop in shop_ids)


def check_audience(audience: str) -> str:
    """Raises InvalidInput for an audience that no principal could have."""
    if audience not in AUDIENCES:
        raise InvalidInput(
            f"There is no audience {audience!r}. Use one of: {', '.join(sorted(AUDIENCES))}.", field="audience"
        )
    return audience
