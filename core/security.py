"""Passwords, tokens and signatures."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import lru_cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

_passwords = PasswordHash((Argon2Hasher(),))


@lru_cache(maxsize=1)
def _decoy() -> str:
    """A hash of nothing anybody knows: verifying against it costs the same as a real one, so that a sign-in with an
    unknown name takes as long as one with a wrong password."""
    return _passwords.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """Argon2id with pwdlib's recommended parameters."""
    return _passwords.hash(password)


def verify_password(password: str, hashed: str | None) -> bool:
    """False for an unknown user (`hashed` None) too, in the same time."""
    matches = _passwords.verify(password, hashed or _decoy())
    return matches and hashed is not None


def new_token(prefix: str = "") -> str:
    """256 random bits, URL-safe; only its `token_digest` is ever stored."""
    return prefix + secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """SHA-256 hex: enough for a random 256-bit token, which cannot be guessed, unlike a password."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign(secret: str, purpose: str, message: bytes) -> str:
    """HMAC-SHA256 hex of `message` under a key of its own for each purpose."""
    key = hmac.new(secret.encode(), b"copilot:" + purpose.encode(), hashlib.sha256).digest()
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def signature_matches(secret: str, purpose: str, message: bytes, signature: str) -> bool:
    return hmac.compare_digest(sign(secret, purpose, message), signature)
