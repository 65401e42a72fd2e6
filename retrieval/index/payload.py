"""How a passage and a search scope look inside the engine; the same for Edge and for a Qdrant server.

The whole passage is one JSON string (`doc`): the engine hands it back untouched and cheaply. The few fields that
filters read are stored beside it, with open ends and "all shops" as values of their own, so that every condition is a
plain index look-up.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import lru_cache
from time import time_ns
from typing import Any, Final

import orjson

from core.errors import InvalidInput
from retrieval.types import PassageDoc, SearchScope

DOC: Final = "doc"
OPEN: Final = "open"  # scope keys of a passage that is always valid: the usual case takes one look-up a candidate
DATED: Final = "dated"  # scope keys of a passage with an end of validity; only these compare times
KIND: Final = "kind"
DOCUMENT: Final = "document_id"
VALID_FROM: Final = "valid_from"  # microseconds since 1970, UTC
VALID_TO: Final = "valid_to"
KEYWORD_FIELDS: Final = (OPEN, DATED, KIND, DOCUMENT)
INTEGER_FIELDS: Final = (VALID_FROM, VALID_TO)

_ALL_SHOPS: Final = "*"
OPEN_FROM: Final = -(2**52)  # the engine compares ranges as float64: exact up to 2^53
OPEN_TO: Final = 2**52
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS: Final = frozenset(f.name for f in fields(PassageDoc))


def microseconds(at: datetime) -> int:
    """Raises InvalidInput for a time without a zone: guessing one would show a promotion on the wrong day."""
    if at.tzinfo is None:
        raise InvalidInput(f"The time {at.isoformat()} has no time zone. Give UTC times (datetime with tzinfo).")
    delta = at - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def encode_passage(doc: PassageDoc) -> dict[str, Any]:
    """Payload of a point. Raises InvalidInput for an id or a time that cannot be stored."""
    if not 0 < doc.id < 2**63:
        raise InvalidInput(f"Passage id {doc.id} is not a positive 64-bit integer: use the passage row's id.")
    if any(shop <= 0 for shop in doc.shops):
        raise InvalidInput(f"Passage {doc.id} names shop {min(doc.shops)}: shop ids are positive; () means all shops.")
    payload: dict[str, Any] = {
        DOC: encode_stored(doc).decode(),
        KIND: doc.source_kind,
        DOCUMENT: doc.document_id,
    }
    keys = [_key(doc.audience), *(_key(doc.audience, shop) for shop in doc.shops or (_ALL_SHOPS,))]
    if doc.valid_from is None and doc.valid_to is None:
        return {**payload, OPEN: keys}
    payload[DATED] = keys
    payload[VALID_FROM] = OPEN_FROM if doc.valid_from is None else microseconds(doc.valid_from)
    payload[VALID_TO] = OPEN_TO if doc.valid_to is None else microseconds(doc.valid_to)
    return payload


def _key(audience: str, shop: int | str | None = None) -> str:
    """Audience, or audience in a shop. The JSON of a list: no audience's name can look like another's key."""
    return orjson.dumps([audience] if shop is None else [audience, shop]).decode()


def encode_stored(doc: PassageDoc) -> bytes:
    return orjson.dumps(doc)


def decode_passage(stored: bytes | str) -> PassageDoc:
    """Back from the `doc` string. Fields that this version does not know are left out."""
    raw: dict[str, Any] = orjson.loads(stored)
    if not raw.keys() <= _FIELDS:
        raw = {name: value for name, value in raw.items() if name in _FIELDS}
    raw["span"] = tuple(raw["span"])
    raw["shops"] = tuple(raw.get("shops", ()))
    for name in ("valid_from", "valid_to", "published_at"):
        if raw.get(name) is not None:
            raw[name] = datetime.fromisoformat(raw[name])
    return PassageDoc(**raw)


@dataclass(frozen=True, slots=True)
class ScopeFilter:
    """A SearchScope as conditions, all of which must hold. None: no condition on that field."""

    keys: tuple[str, ...]  # any of them
    at: int
    kinds: tuple[str, ...] | None

    @property
    def nothing(self) -> bool:
        """True when no passage can match, so that the engine need not be asked."""
        return not self.keys or self.kinds == ()


def scope_filter(scope: SearchScope) -> ScopeFilter:
    """`scope.shop` None does not limit by shop; `scope.at` None is now."""
    return ScopeFilter(
        keys=_keys(scope.audiences, scope.shop),
        at=time_ns() // 1000 if scope.at is None else microseconds(scope.at),
        kinds=None if scope.source_kinds is None else tuple(sorted(scope.source_kinds)),
    )


@lru_cache(maxsize=256)  # few scopes, asked for with every search
def _keys(audiences: frozenset[str], shop: int | None) -> tuple[str, ...]:
    if shop is None:
        return tuple(_key(audience) for audience in sorted(audiences))
    return tuple(_key(audience, where) for audience in sorted(audiences) for where in (shop, _ALL_SHOPS))
