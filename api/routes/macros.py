"""Macros: texts that agents insert, with the ticket's values put in by the server."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Response, status

from api.deps import IfMatch, Once, Reading, Writing, allowed, set_etag
from api.routes.learning import taxonomy
from api.schemas.macros import MacroChanges, MacroIn, MacroOut, RenderedMacroOut
from api.versioned import versioned
from copilot.policies import Permission
from core.errors import InvalidInput
from records.macros import actions, queries
from records.macros.models import Macro
from records.macros.rendering import VARIABLES, render
from records.principals import Principal
from records.tickets import queries as tickets
from records.tickets.models import Ticket

router = versioned("/macros", tags=["macros"])
of_ticket = versioned(tags=["macros"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_TICKETS))]
Writer = Annotated[Principal, Depends(allowed(Permission.WRITE_MACROS))]


@router.get("")
def list_macros(session: Reading, principal: Reader, shop_id: int | None = None) -> list[MacroOut]:
    """Those of all shops and of yours; with `shop_id` those that agents can use there."""
    return [MacroOut.model_validate(row) for row in queries.list_macros(session, principal, shop_id=shop_id)]


@router.get("/variables")
def list_variables(principal: Reader) -> list[str]:
    """What may stand in a body as `{{…}}`."""
    return list(VARIABLES)


@router.post("", status_code=status.HTTP_201_CREATED, response_model=MacroOut)
def create_macro(
    body: MacroIn, session: Writing, principal: Writer, once: Once, response: Response
) -> MacroOut | Response:
    if (known := once.known(session)) is not None:
        return known
    _require_intent(body.intent)
    shown = _shown(actions.create_macro(session, principal, **body.model_dump()), response)
    response.headers["Location"] = f"/api/v1/macros/{shown.id}"
    once.keep(session, status.HTTP_201_CREATED, shown)
    return shown


@router.get("/{macro_id}")
def read_macro(macro_id: int, session: Reading, principal: Reader, response: Response) -> MacroOut:
    return _shown(queries.get_macro(session, principal, macro_id), response)


@router.patch("/{macro_id}")
def change_macro(
    macro_id: int, body: MacroChanges, session: Writing, principal: Writer, version: IfMatch, response: Response
) -> MacroOut:
    """Change what is given. 412 when somebody was first."""
    given = body.model_dump(exclude_unset=True)
    given = {name: value for name, value in given.items() if value is not None or name in ("shop_id", "intent")}
    _require_intent(given.get("intent"))
    return _shown(actions.update_macro(session, principal, macro_id, expected_version=version, **given), response)


@router.delete("/{macro_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_macro(macro_id: int, session: Writing, principal: Writer, version: IfMatch) -> None:
    """Replies that were made from it stay."""
    actions.delete_macro(session, principal, macro_id, expected_version=version)


@of_ticket.get("/tickets/{ticket_id}/macros")
def list_rendered(ticket_id: int, session: Reading, principal: Reader) -> list[RenderedMacroOut]:
    """The macros for this ticket with its values put in, those for its intent first; in the customer's language."""
    ticket = tickets.get_ticket(session, principal, ticket_id)
    values = queries.values_for(session, principal, ticket)
    macros = queries.list_macros(session, principal, shop_id=ticket.shop_id)
    shown = [_rendered(macro, ticket, values) for macro in macros]
    return sorted(shown, key=lambda one: (not one.for_intent, one.title))


def _rendered(macro: Macro, ticket: Ticket, values: dict[str, str]) -> RenderedMacroOut:
    language = _language(macro, ticket)
    title, body = (macro.title_zh, macro.body_zh) if language == "zh" else (macro.title_en, macro.body_en)
    rendered = render(body, values)
    return RenderedMacroOut(
        id=macro.id,
        title=title,
        text=rendered.text,
        language=language,
        unfilled=list(rendered.unfilled),
        for_intent=macro.intent is not None and macro.intent == ticket.intent,
    )


def _language(macro: Macro, ticket: Ticket) -> Literal["zh", "en"]:
    """The customer's when the macro is written in it, else the other."""
    if (ticket.language or ticket.shop.language) == "zh":
        return "zh" if macro.body_zh else "en"
    return "en" if macro.body_en else "zh"


def _require_intent(intent: str | None) -> None:
    if intent and intent not in taxonomy().intents:
        raise InvalidInput(f"There is no intent {intent!r}. They are under /api/v1/intents.", field="intent")


def _shown(macro: Macro, response: Response) -> MacroOut:
    shown = MacroOut.model_validate(macro)
    set_etag(response, shown.version)
    return shown
