"""Cursor pagination: an opaque `next` that is signed, so that nobody comes to rely on what is in it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from api.deps import RuntimeDep
from core.errors import InvalidInput
from core.security import sign, signature_matches

T = TypeVar("T")
R = TypeVar("R")
Limit = Annotated[int, Query(ge=1, le=200, description="rows a page")]
_KINDS: dict[str, Callable[[str], Any]] = {
    "int": int, "float": float, "str": str, "datetime": datetime.fromisoformat, "Decimal": Decimal,
}  # fmt: skip
_SIGNATURE = 16  # hexadecimal digits, cut from an HMAC-SHA256: a tampered cursor is a mistake to catch, not a breach


class Page(BaseModel, Generic[T]):
    """`next` is null on the last page."""

    items: list[T]
    next: str | None = None


def encode_cursor(secret: str, listing: str, values: Sequence[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    body = json.dumps(plain, separators=(",", ":")).encode()
    signature = sign(secret, f"cursor:{listing}", body)[:_SIGNATURE]
    return base64.urlsafe_b64encode(signature.encode() + body).decode().rstrip("=")


def decode_cursor(secret: str, listing: str, cursor: str) -> list[Any]:
    """The values of a cursor that this installation gave for this listing. Raises InvalidInput for any other."""
    purpose = f"cursor:{listing}"
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        given, body = raw[:_SIGNATURE].decode("ascii"), raw[_SIGNATURE:]
        if not signature_matches(secret, purpose, body, given + sign(secret, purpose, body)[_SIGNATURE:]):
            raise ValueError("signature")
        values = json.loads(body)
    except ValueError as error:
        raise InvalidInput(
            "The cursor is not one that this list gave. Begin again without it.", field="cursor"
        ) from error
    assert isinstance(values, list)
    return values


@dataclass(frozen=True, slots=True)
class Paging:
    """The page that is asked for: `limit + 1` rows are read, the last one only tells that there is a next page."""

    limit: int
    _secret: str
    _listing: str
    _cursor: str | None

    @property
    def rows(self) -> int:
        return self.limit + 1

    @property
    def after_id(self) -> int | None:
        """Of a list by id."""
        return None if self._cursor is None else int(self._position()[0])

    @property
    def after_time(self) -> tuple[datetime, int] | None:
        """Of a list by (time, id)."""
        if self._cursor is None:
            return None
        at, row_id = self._position()
        return datetime.fromisoformat(at), int(row_id)

    def place(self, order: str) -> list[Any] | None:
        """Of a list with a choice of orders: where the page before ended. Raises InvalidInput for another order's."""
        if self._cursor is None:
            return None
        told, *values = self._position()
        if told != order:
            raise InvalidInput("The cursor is of a list in another order. Begin again without it.", field="cursor")
        return [_KINDS[kind](value) for kind, value in values]

    def page_of(self, rows: Sequence[tuple[R, Sequence[Any]]], show: Callable[[R], T], order: str) -> Page[T]:
        """Like `page`, of rows that come with their place in this order."""
        marked = [(row, [order, *([type(value).__name__, str(value)] for value in at)]) for row, at in rows]
        return self.page(marked, lambda pair: show(pair[0]), lambda pair: pair[1])

    def _position(self) -> list[Any]:
        assert self._cursor is not None
        return decode_cursor(self._secret, self._listing, self._cursor)

    def page(self, rows: Sequence[R], show: Callable[[R], T], key: Callable[[R], Sequence[Any]]) -> Page[T]:
        """`key` gives the values by which the list is sorted, of the last row shown."""
        shown = rows[: self.limit]
        more = encode_cursor(self._secret, self._listing, key(shown[-1])) if len(rows) > self.limit else None
        return Page(items=[show(row) for row in shown], next=more)


async def get_paging(
    request: Request,
    runtime: RuntimeDep,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=512, description="`next` of the page before")] = None,
) -> Paging:
    return Paging(limit, runtime.settings.secret_key.get_secret_value(), request.url.path, cursor)


Paged = Annotated[Paging, Depends(get_paging)]
