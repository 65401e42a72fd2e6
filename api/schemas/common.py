from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer


class Row(BaseModel):
    """Read from a database row."""

    model_config = ConfigDict(from_attributes=True)


class Body(BaseModel):
    """A request body: a misspelt field is an error, not silence."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def plain_amount(value: Decimal) -> str:
    """At least two decimal places, more only when they say something: the same on every database."""
    text = f"{value:.4f}".rstrip("0")
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"


Amount = Annotated[Decimal, PlainSerializer(plain_amount, return_type=str)]
# A time in a request names its zone: whose clock would it be otherwise?
Time = AwareDatetime
Note = Annotated[str, Field(max_length=2_000)]


class Accepted(BaseModel):
    """A job will do it; its progress is under /api/v1/jobs."""

    status: str = "requested"
