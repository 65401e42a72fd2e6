"""A macro's text with a ticket's own values put in. What has no value stays a visible `{{variable}}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import InvalidInput

VARIABLES = (
    "customer.name",
    "order.external_id",
    "order.tracking_no",
    "order.carrier",
    "shop.name",
    "agent.name",
    "ticket.id",
)
_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """`unfilled`: the variables that this ticket has no value for, in their order; they stand in `text` as written."""

    text: str
    unfilled: tuple[str, ...]


def render(body: str, values: Mapping[str, str]) -> Rendered:
    """`body` with `values` by variable; an empty value counts as none."""
    unfilled: list[str] = []

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if value := values.get(name, "").strip():
            return value
        if name not in unfilled:
            unfilled.append(name)
        return "{{" + name + "}}"

    return Rendered(_VARIABLE.sub(fill, body), tuple(unfilled))


def unfilled(text: str) -> list[str]:
    """The variables of ours that a text still shows, in their order."""
    return list(dict.fromkeys(name for name in _VARIABLE.findall(text) if name in VARIABLES))


def require_filled(text: str) -> None:
    """Raises InvalidInput when a reply still shows a variable: a customer must not read it."""
    if blank := unfilled(text):
        raise InvalidInput(
            f"{', '.join('{{' + name + '}}' for name in blank)} is not filled in. Write the value, or take it out.",
            field="text",
            unfilled=blank,
        )


def unknown(body: str) -> list[str]:
    """What is written as a variable and is none of `VARIABLES`."""
    return [name for name in dict.fromkeys(_VARIABLE.findall(body)) if name not in VARIABLES]
