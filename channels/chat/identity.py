"""Who a shopper is, by a JSON Web Token (RFC 7519) that the shop's server signed with the chat's secret (HS256)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

from channels.inbound import GUEST_PREFIX
from core.errors import NotAuthenticated

ALGORITHM = "HS256"
LEEWAY = 10  # seconds that two clocks may differ
MAX_SUBJECT = 128  # characters
MAX_TOKEN = 4096


class IdentityRefused(NotAuthenticated):
    """The shop's page has to get a new token from its server."""

    code = "identity_refused"


@dataclass(frozen=True, slots=True)
class ShopIdentity:
    """`subject` is the shop's own id of the customer; `expires_at` is when the shop stops vouching."""

    subject: str
    name: str
    email: str | None
    expires_at: datetime


def verify_identity(token: str, secret: str | None) -> ShopIdentity:
    """Raises IdentityRefused for a token that is forged, unsigned, expired, without `exp` or `sub`, or no token."""
    if not secret:
        raise IdentityRefused("This chat has no identity secret yet. An administrator makes one in the settings.")
    if len(token) > MAX_TOKEN:
        raise IdentityRefused(f"The identity token is longer than {MAX_TOKEN} characters.")
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            leeway=LEEWAY,
            options={"require": ["exp", "sub"], "verify_aud": False},
        )
    except jwt.ExpiredSignatureError:
        raise IdentityRefused(
            "The identity token has expired. Sign a new one for this page.", reason="expired"
        ) from None
    except jwt.MissingRequiredClaimError as missing:
        raise IdentityRefused(f"The identity token has no {missing.claim!r} claim.", reason="incomplete") from None
    except (jwt.PyJWTError, OverflowError):
        raise IdentityRefused(
            "The identity token is not one that this shop signed (HS256 with the chat's secret).", reason="forged"
        ) from None
    subject = _text(claims.get("sub")).strip()
    if not subject or len(subject) > MAX_SUBJECT or subject.startswith(GUEST_PREFIX):
        raise IdentityRefused(
            f"`sub` must be your id of the customer, 1 to {MAX_SUBJECT} characters.", reason="subject"
        )
    return ShopIdentity(
        subject,
        _text(claims.get("name")).strip()[:128],
        _text(claims.get("email")).strip()[:255] or None,
        datetime.fromtimestamp(_seconds(claims["exp"]), UTC),
    )


def sign_identity(secret: str, subject: str, expires_at: datetime, *, name: str = "", email: str = "") -> str:
    """What a shop's server does; the demo shop is one."""
    claims: dict[str, Any] = {"sub": subject, "exp": expires_at}
    claims |= {key: value for key, value in (("name", name), ("email", email)) if value}
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def _text(value: Any) -> str:
    return value.replace("\x00", "") if isinstance(value, str) else ""


def _seconds(value: Any) -> float:
    return min(float(value), 253_402_300_799.0)  # the last second of the year 9999
