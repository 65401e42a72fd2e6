"""The rows of each kind of file, checked one by one. Empty cells say nothing: they become None and change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, ValidationError

from records.imports import mapping as words
from records.imports.fields import (
    Cells,
    Count,
    Currency,
    Email,
    Instant,
    Json,
    Key64,
    Key128,
    Key512,
    LongText,
    MessageText,
    Moment,
    Money,
    Positive,
    Reading,
    Tags,
    Text8,
    Text16,
    Text32,
    Text48,
    Text64,
    Text128,
    Text255,
    Whole,
    known_word,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was not taken; `value` is the cell as it was written, `message` says what to do, `code` names it."""

    field: str
    value: str
    message: str
    code: str = ""


class ImportRow(Cells):
    """`key_fields` identify the record within the shop; their digits must not have been lost in a spreadsheet."""

    @classmethod
    def key_fields(cls) -> tuple[str, ...]:
        raise NotImplementedError

    def key(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.key_fields())


class CustomerRow(ImportRow):
    external_id: Key128
    name: Text128 = None
    email: Email = None
    phone: Text32 = None
    gender: Text16 = None
    country: Text64 = None
    province: Text64 = None
    city: Text64 = None
    address: LongText = None
    postal_code: Text16 = None
    language: Text8 = None
    tier: Text32 = None
    tags: Tags = Field(default_factory=list)

    @classmethod
    def key_fields(cls) -> tuple[str, ...]:
        return ("external_id",)


class ProductRow(ImportRow):
    sku: Key64
    name: Key512
    description: LongText = None
    price: Positive | None = None
    currency: Currency = ""
    status: Text32 = None
    options: Json = None

    @classmethod
    def key_fields(cls) -> tuple[str, ...]:
        return ("sku",)


class OrderRow(ImportRow):
    order_no: Key64
    customer_external_id: Key128
    status: Key64
    total: Positive
    currency: Currency = ""
    payment_method: Text64 = None
    recipient: Text128 = None
    phone: Text32 = None
    address: LongText = None
    placed_at: Moment = None

    @classmethod
    def key_fields(cls) -> tuple[str, ...]:
        return ("order_no",)


class OrderItemRow(ImportRow):
    """`line` numbers equal skus of an order; without it they are counted in the order of the file."""

    order_no: Key64
    sku: Key64
    line: Whole = None
    name: Key512
    quantity: Count
    unit_price: Money

    @classmethod
    def key_fields(cls) -> tuple[str, ...]:
        return ("order_no", "sku", "line")


class ShipmentRow(ImportRow):
    order_no: Key64
    tracking_no: Key64
    carrier: Text64 = None
    status: Text64 = None
    shipped_at: Moment = None
    estimated_at: Moment = None
    delivered_at: Moment = None

    @classmethod
    def key_fields(cls) -> tuple[str, ...]:
        return ("tracking_no", "order_no")


class ShipmentEventRow(ImportRow):
    """`order_no` may tell which parcel is meant when several orders share a tracking number."""

    tracking_no: Key64
    order_no: Text64 = None
    at: Instant
    status: Text64 = None
    location: Text255 = None
    description: LongText = None

    @classmethod
    def key_fields(cls) -> tuple[str, ...]:
        return ("tracking_no", "order_no", "at", "status", "location", "description")


class AfterSaleRow(ImportRow):
    external_id: Key64
    order_no: Key64
    kind: Annotated[str, known_word(words.AFTER_SALE_KIND, "kind")]
    status: Annotated[str, known_word(words.AFTER_SALE_STATUS)]
    reason: LongText = None
    amount: Positive | None = None
    currency: Currency = ""
    opened_at: Moment = None
    updated_at: Moment = None

    @classmethod
    def key_fields(cls) -> tuple[str, ...]:
        return ("external_id",)


class MessageRow(Cells):
    id: Text48 = None
    author: Annotated[str, known_word(words.AUTHOR, "author")]
    text: MessageText
    at: Moment = None
    visibility: Annotated[str, known_word(words.VISIBILITY, "visibility")] | None = None
    language: Text8 = None


class TicketRow(ImportRow):
    external_id: Key128
    customer_external_id: Key128
    subject: LongText = None
    channel: Text32 = None
    status: Annotated[str, known_word(words.TICKET_STATUS)]
    priority: Annotated[str, known_word(words.PRIORITY, "priority")] | None = None
    category: Text64 = None
    intent: Text64 = None
    language: Text8 = None
    created_at: Instant
    resolved_at: Moment = None
    messages: list[MessageRow] = Field(default_factory=list)

    @classmethod
    def key_fields(cls) -> tuple[str, ...]:
        return ("external_id",)


ROWS: dict[str, type[ImportRow]] = {
    "customers": CustomerRow,
    "products": ProductRow,
    "orders": OrderRow,
    "order-items": OrderItemRow,
    "shipments": ShipmentRow,
    "shipment-events": ShipmentEventRow,
    "after-sales": AfterSaleRow,
    "tickets": TicketRow,
}
# A ticket's messages may also come one to a row, in these columns.
MESSAGE_COLUMNS = {f"message_{name}": name for name in MessageRow.model_fields}
_IDENTIFIERS = frozenset(
    {"external_id", "customer_external_id", "order_no", "sku", "tracking_no", "phone", "postal_code"}
)
_WHAT = {
    "external_id": "give its id in your system",
    "customer_external_id": "give the customer's id as in the customers file",
    "order_no": "give the shop's order number",
    "sku": "give the product's sku",
    "tracking_no": "give the parcel's tracking number",
    "name": "give the product's name",
    "status": "give the status word",
    "total": "give the order's total",
    "quantity": "give how many",
    "unit_price": "give the price of one",
    "at": "give the time of the event",
    "created_at": "give when the ticket was opened",
    "kind": "give return, exchange or repair",
    "text": "give the message's text",
    "author": "give customer, agent, bot or system",
}


def fields_of(kind: str) -> frozenset[str]:
    fields = frozenset(ROWS[kind].model_fields)
    return fields | frozenset(MESSAGE_COLUMNS) if kind == "tickets" else fields


def required_fields(kind: str) -> list[str]:
    return [name for name, info in ROWS[kind].model_fields.items() if info.is_required()]


def check_row(
    model: type[ImportRow], values: Mapping[str, Any], reading: Reading, lossy: frozenset[str] = frozenset()
) -> ImportRow | list[Problem]:
    """The row, or everything that is wrong with it at once."""
    lost = [
        Problem(name, str(values[name]), f"{name} {values[name]!r} has lost its digits in a spreadsheet: format the "
                "column as text there and export it again", "lost_digits")
        for name in sorted(lossy & _IDENTIFIERS & set(model.model_fields))
    ]  # fmt: skip
    if lost:
        return lost
    known = {name: value for name, value in values.items() if name in model.model_fields}
    try:
        return model.model_validate(known, context=reading)
    except ValidationError as error:
        return [_problem(found, known) for found in error.errors()]


def _problem(found: Any, values: Mapping[str, Any]) -> Problem:
    path = [str(part) for part in found["loc"]]
    name, leaf = ".".join(path) or "row", path[-1] if path else "row"
    value = values.get(path[0]) if path else values
    for part in found["loc"][1:]:
        try:
            value = value[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            break
    shown = "" if value is None else str(value)[:500]
    context = found.get("ctx", {})
    if found["type"] == "missing" or not shown:
        code, message = "empty", f"{name} is empty: {_WHAT.get(leaf, 'fill it in')}"
    elif found["type"] == "value_error":
        code, message = getattr(context["error"], "code", ""), f"{name} {shown!r} {context['error']}"
    elif found["type"] == "string_too_long":
        code = "too_long"
        message = f"{name} has {len(str(value))} characters: shorten it to {context['max_length']}"
    elif found["type"] == "greater_than_equal":
        code, message = "negative", f"{name} {shown!r} is below {context['ge']}: check it"
    else:
        code, message = "", f"{name} {shown!r} is not right: {found['msg'].lower()}"
    return Problem(name, shown, message, code)
