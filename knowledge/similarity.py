"""Near duplicates of short and long texts: MinHash of character n-grams, banded so that a database can look them up.

Broder 1997, "On the resemblance and containment of documents"; bands as in Leskovec, Rajaraman and Ullman, "Mining of
Massive Datasets", 3.4. With 16 bands of 4 rows, two texts of Jaccard similarity 0.8 share a band with probability
0.9998, of 0.5 with 0.64: candidates are always compared exactly afterwards.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from sqlalchemy import and_, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from knowledge.models import SimilarityBand

BANDS, ROWS = 16, 4
NGRAM = 3
CANDIDATES = 200  # at most so many rows are compared exactly

_IGNORED = re.compile(r"[\W_]+")
_PRIME = (1 << 31) - 1  # products of two 31-bit numbers stay inside 64 bits
_random = np.random.default_rng(20240601)  # fixed: signatures are stored
_A = _random.integers(1, _PRIME, size=(BANDS * ROWS, 1), dtype=np.uint64)
_B = _random.integers(0, _PRIME, size=(BANDS * ROWS, 1), dtype=np.uint64)


def normalise(text: str) -> str:
    """NFKC, case-folded, without white space and punctuation: what is left is what was said."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold())


def shingles(text: str) -> frozenset[str]:
    """Character 3-grams of the normalised text; a shorter text is its only shingle."""
    plain = normalise(text)
    if len(plain) <= NGRAM:
        return frozenset({plain} if plain else ())
    return frozenset(plain[at : at + NGRAM] for at in range(len(plain) - NGRAM + 1))


def jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    """|A ∩ B| / |A ∪ B|; 0 when either is empty."""
    if not left or not right:
        return 0.0
    common = len(left & right)
    return common / (len(left) + len(right) - common)


def bands(found: frozenset[str]) -> list[int]:
    """The signature's bands as signed 64-bit numbers; [] for an empty text."""
    if not found:
        return []
    hashes = np.fromiter((crc32(s.encode()) for s in found), dtype=np.uint64, count=len(found)) % _PRIME
    smallest = np.full((BANDS * ROWS, 1), _PRIME, dtype=np.uint64)
    for part in range(0, len(hashes), 4096):  # keeps a long law's matrix at 2 MB
        values = (hashes[None, part : part + 4096] * _A + _B) % _PRIME
        smallest = np.minimum(smallest, values.min(axis=1, keepdims=True))
    signature = smallest.reshape(BANDS, ROWS)
    return [_fold(row) for row in signature]


def _fold(row: np.ndarray[tuple[int, ...], np.dtype[np.uint64]]) -> int:
    raw = row.astype("<u4").tobytes()
    return int.from_bytes(crc32(raw).to_bytes(4, "big") + crc32(raw, 0x5EED).to_bytes(4, "big"), "big", signed=True)


def store_bands(session: Session, owner: str, text: str) -> None:
    """Replace the bands of `owner` ("article:12", "case:7") by those of `text`."""
    forget_bands(session, owner)
    rows = [{"owner": owner, "band": band, "value": value} for band, value in enumerate(bands(shingles(text)))]
    if rows:
        session.execute(insert(SimilarityBand), rows)


def forget_bands(session: Session, owner: str) -> None:
    session.execute(delete(SimilarityBand).where(SimilarityBand.owner == owner))


def candidates(session: Session, kind: str, found: frozenset[str]) -> Sequence[int]:
    """Ids of the `kind` ("article" or "case") that share a band with the text, those with most bands first."""
    wanted = bands(found)
    if not wanted:
        return []
    same = or_(*(and_(SimilarityBand.value == v, SimilarityBand.band == b) for b, v in enumerate(wanted)))
    query = (
        select(SimilarityBand.owner)
        .where(same, SimilarityBand.owner.startswith(f"{kind}:"))
        .group_by(SimilarityBand.owner)
        .order_by(func.count().desc(), SimilarityBand.owner)
        .limit(CANDIDATES)
    )
    return [int(owner.split(":", 1)[1]) for owner in session.scalars(query)]
