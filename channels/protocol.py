"""What a channel is: something that takes one outgoing message and says for certain what became of it, or that it
cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply on its way. `message_id` identifies it for ever: a receiver may use it to drop a repeated one."""

    message_id: int
    ticket_id: int
    address: str  # the customer's address on the channel
    text: str
    citations: tuple[Mapping[str, Any], ...]
    created_at: str  # ISO 8601, UTC
    author_kind: str
    in_reply_to: str | None  # the channel's id of the customer's last message


class NotSent(Exception):
    """The provider certainly does not have it: it may be tried again. `retry_after` in seconds, when known."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(Exception):
    """The provider refuses it for good: trying again would not help."""


class Uncertain(Exception):
    """The provider may or may not have it. It is never resent blindly; an agent decides."""


class Channel(Protocol):
    """Sends through one account. `config` and `secret` are the account's."""

    def send(self, config: Mapping[str, Any], secret: str, message: Outgoing) -> str:
        """Returns the provider's id. Raises NotSent, Refused or Uncertain, and nothing else."""
        ...
