"""Cursor pagination: an opaque `next` that is signed, so that nobody comes to rely on what is in it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from core.errors import InvalidInput
from core.security import sign, signature_matches

T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=200, description="rows a page")]
CursorParam = Annotated[str | None, Query(alias="cursor", description="`next` of the page before")]


class Page(BaseModel, Generic[T]):
    """`next` is null on the last page."""

    items: list[T]
    next: str | None = None


def encode_cursor(secret: str, values: Sequence[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    body = json.dumps(plain, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(sign(secret, "cursor", body)[:16].encode() + body).decode().rstrip("=")


def decode_cursor(secret: str, cursor: str) -> list[Any]:
    """The values of a cursor that this installation gave. Raises InvalidInput for any other."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        given, body = raw[:16].decode(), raw[16:]
        if not signature_matches(secret, "cursor", body, given + sign(secret, "cursor", body)[16:]):
            raise ValueError("signature")
        values = json.loads(body)
    except (ValueError, binascii.Error) as error:
        raise InvalidInput("The cursor is not one of ours. Begin again without it.", field="cursor") from error
    assert isinstance(values, list)
    return values
