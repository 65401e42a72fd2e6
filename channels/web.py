"""The shop's own page: the customer reads the conversation from us, so a stored reply has arrived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.protocol import Outgoing, Refused


class ImportedChannel:
    """A ticket that came from a file has no way back to its customer."""

    def send(self, config: Mapping[str, Any], secret: str, message: Outgoing) -> str:
        raise Refused(
            "This ticket was imported from a file, so there is no channel to its customer. Reply where it came from, "
            "then mark this reply as arrived."
        )


class WebChannel:
    def send(self, config: Mapping[str, Any], secret: str, message: Outgoing) -> str:
        return f"web-{message.message_id}"
