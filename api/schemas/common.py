from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Row(BaseModel):
    """Read from a database row."""

    model_config = ConfigDict(from_attributes=True)


class Body(BaseModel):
    """A request body: a misspelt field is an error, not silence."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
