"""How far a draft agrees with what the agent really replied. Every measure is a proxy: an agent may answer otherwise
and both be right, or be wrong. Nothing here is tuned on any labels."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from retrieval.encoder.base import Encoder
from retrieval.sparse import tokenize
from retrieval.types import Draft
from retrieval.verify import is_courtesy
from retrieval.verify.parse import parse

_NOT_COMPARED = ("id", "url", "email")
NEIGHBOURS = 200  # other replies that a draft is compared with
LEAST_NEIGHBOURS = 20
CLOSER_THAN = 0.95
SEED = 20240501


class Numbers(StrEnum):
    AGREE = "agree"  # every number of the draft whose kind and unit the reply speaks of is in the reply
    CONFLICT = "conflict"
    SILENT = "silent"  # nothing to compare


@dataclass(frozen=True, slots=True)
class Agreement:
    """`token_f1` and `cosine` in [0, 1]; `citations`: whether a source is shared, None when the reply cites none.

    `vectors`: draft and reply as base64 of float16 (2, dimension).
    """

    token_f1: float
    cosine: float
    numbers: Numbers
    citations: bool | None
    vectors: str


def claims(draft: Draft) -> str:
    """The draft without courtesies."""
    joiner = "" if draft.language == "zh" else " "
    return joiner.join(s.text for s in draft.sentences if not is_courtesy(s.text))


def agreement(encoder: Encoder, draft: Draft, reply: str, reply_documents: Sequence[str]) -> Agreement:
    said = claims(draft) or draft.text
    pair = encoder.encode_passages([said, reply])
    drafted = {c.document_id for c in draft.citations}
    return Agreement(
        token_f1=token_f1(said, reply),
        cosine=float(pair[0] @ pair[1]),
        numbers=compare_numbers(said, reply),
        citations=bool(drafted & set(reply_documents)) if reply_documents else None,
        vectors=base64.b64encode(np.asarray(pair, np.float16).tobytes()).decode("ascii"),
    )


def token_f1(left: str, right: str) -> float:
    """Of the words of the search's tokenizer, as in SQuAD's F1 (Rajpurkar et al. 2016)."""
    first, second = Counter(tokenize(left)), Counter(tokenize(right))
    shared = sum((first & second).values())
    return 2 * shared / (sum(first.values()) + sum(second.values())) if shared else 0.0


def compare_numbers(draft: str, reply: str) -> Numbers:
    """Quantities of the same kind and unit; a number that the other side does not speak of is no conflict."""
    stated: dict[tuple[str, str], set[str]] = {}
    for _, one in parse(reply).quantities:
        if one.kind not in _NOT_COMPARED:
            stated.setdefault((one.kind, one.unit), set()).add(one.value)
    compared = [
        one.value in stated[(one.kind, one.unit)]
        for _, one in parse(draft).quantities
        if (one.kind, one.unit) in stated
    ]
    if not compared:
        return Numbers.SILENT
    return Numbers.AGREE if all(compared) else Numbers.CONFLICT


def vectors_of(encoded: str) -> npt.NDArray[np.float32]:
    """(2, dimension): draft and reply."""
    return np.frombuffer(base64.b64decode(encoded), np.float16).astype(np.float32).reshape(2, -1)


def closeness(pairs: Sequence[npt.NDArray[np.float32]], groups: Sequence[str]) -> list[float | None]:
    """For each draft: the share of other tickets' replies of its group (language) that are less like it than its own
    ticket's reply, over at most `NEIGHBOURS` drawn with a fixed seed. None with fewer than `LEAST_NEIGHBOURS` others.

    What counts as alike thus follows from the shop's own replies and no threshold on a cosine is needed.
    """
    random = np.random.default_rng(SEED)
    found: list[float | None] = []
    members = {group: np.array([i for i, one in enumerate(groups) if one == group]) for group in set(groups)}
    replies = np.stack([pair[1] for pair in pairs]) if pairs else np.zeros((0, 1), np.float32)
    for number, pair in enumerate(pairs):
        others = members[groups[number]]
        others = others[others != number]
        if len(others) < LEAST_NEIGHBOURS:
            found.append(None)
            continue
        if len(others) > NEIGHBOURS:
            others = random.choice(others, NEIGHBOURS, replace=False)
        found.append(float((replies[others] @ pair[0] < pair[1] @ pair[0]).mean()))
    return found


def seems_right(numbers: Numbers, closer: float | None) -> bool | None:
    """The proxy of "right": no number conflicts, and the draft is nearer to its own ticket's reply than to 95% of
    others. None when it cannot be told."""
    if numbers == Numbers.CONFLICT:
        return False
    return None if closer is None else closer >= CLOSER_THAN
