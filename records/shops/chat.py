"""What a shop decides about the chat on its page: who may embed it, how it greets, what it offers to ask."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from core.errors import InvalidInput

CHAT = "web"  # the kind of a chat's channel account
LANGUAGES = ("zh", "en")
MAX_ORIGINS = 50
MAX_GREETING = 300  # characters
MAX_REPLIES = 6
MAX_REPLY = 60  # characters
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]")


@dataclass(frozen=True, slots=True)
class ChatConfig:
    """`allowed_origins`: "https://shop.example" and so on, other pages cannot use the chat; texts are by language."""

    allowed_origins: tuple[str, ...] = ()
    greeting: Mapping[str, str] = field(default_factory=dict)
    quick_replies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> ChatConfig:
        """From what an account stores."""
        return cls(
            tuple(config.get("allowed_origins", ())),
            dict(config.get("greeting", {})),
            {language: tuple(replies) for language, replies in config.get("quick_replies", {}).items()},
        )

    def stored(self) -> dict[str, Any]:
        plain = asdict(self)
        plain["allowed_origins"] = list(self.allowed_origins)
        plain["quick_replies"] = {language: list(replies) for language, replies in self.quick_replies.items()}
        return plain


def checked_config(
    allowed_origins: list[str], greeting: Mapping[str, str], quick_replies: Mapping[str, list[str]]
) -> ChatConfig:
    """Raises InvalidInput, naming the field, for what cannot work."""
    if len(allowed_origins) > MAX_ORIGINS:
        raise InvalidInput(f"At most {MAX_ORIGINS} origins are taken.", field="allowed_origins")
    for name, texts in (("greeting", greeting), ("quick_replies", quick_replies)):
        if unknown := sorted(set(texts) - set(LANGUAGES)):
            raise InvalidInput(f"Language {unknown[0]!r} is not one of {', '.join(LANGUAGES)}.", field=name)
    greetings = {language: text.strip() for language, text in greeting.items() if text.strip()}
    if any(len(text) > MAX_GREETING for text in greetings.values()):
        raise InvalidInput(f"A greeting has at most {MAX_GREETING} characters.", field="greeting")
    replies = {
        language: tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
        for language, texts in quick_replies.items()
    }
    if any(len(texts) > MAX_REPLIES or any(len(text) > MAX_REPLY for text in texts) for texts in replies.values()):
        raise InvalidInput(
            f"At most {MAX_REPLIES} quick replies of at most {MAX_REPLY} characters are taken.", field="quick_replies"
        )
    origins = tuple(dict.fromkeys(checked_origin(origin) for origin in allowed_origins))
    return ChatConfig(origins, greetings, {language: texts for language, texts in replies.items() if texts})


def checked_origin(text: str) -> str:
    """As a browser sends it: "https://shop.example", "http://localhost:5173". Raises InvalidInput for anything else."""
    plain = text.strip().lower().rstrip("/")
    try:
        parts = urlsplit(plain)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    rest = parts.path or parts.query or parts.fragment or parts.username or "@" in parts.netloc
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    if parts.scheme not in ("http", "https") or rest or not _HOST.fullmatch(host):
        raise InvalidInput(
            f"Origin {text!r} is not one: write scheme and host, such as https://shop.example.",
            field="allowed_origins",
        )
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, default) else "")


def new_public_key() -> str:
    """Names a chat in public pages; it opens nothing by itself."""
    return "chat_" + secrets.token_hex(12)


def new_identity_secret() -> str:
    """Signs the identities of a chat's shoppers (HS256); 384 random bits."""
    return "cid_" + secrets.token_urlsafe(48)
