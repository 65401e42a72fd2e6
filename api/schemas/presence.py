from __future__ import annotations

from datetime import datetime
from typing import Literal

from api.schemas.common import Body, Row


class PresenceIn(Body):
    """`gone` ends it at once; without a further heartbeat it ends by itself after 20 seconds."""

    state: Literal["viewing", "typing", "gone"]


class PresentOut(Row):
    kind: Literal["staff", "customer"]
    id: int
    name: str
    state: Literal["viewing", "typing"]
    since: datetime
