"""Lexical side of hybrid search: our own tokenizer and BM25 weights, the same sparse vectors on every backend.

The vector of a passage holds the term-frequency half of BM25 (Robertson & Zaragoza, "The Probabilistic Relevance
Framework: BM25 and Beyond", 2009); the other half, IDF, is applied by the store (Qdrant's IDF modifier), which knows
the collection. The score of a query is then exactly BM25's sum with a fixed average length.
"""

from __future__ import annotations

import hashlib
import threading
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Final

import rjieba
import snowballstemmer

from retrieval.index.sparse_vector import SPARSE_VERSION, SparseVector

__all__ = ["SPARSE_VERSION", "SparseVector", "encode_passage", "encode_query", "term_index", "tokenize"]

K1: Final = 1.2  # Robertson's usual values, not tuned on our sets
B: Final = 0.75
AVERAGE_LENGTH: Final = 96.0  # tokens; fixed so that a passage's vector does not depend on its neighbours

_STOP_WORDS_TEXT: Final = """
的 了 吗 呢 吧 啊 呀 哦 嗯 是 我 你 您 他 她 它 我们 你们 他们 在 和 与 及 就 都 也 还 这 那 请 请问 一个
a an the of to in on at for and or is are was were be been am i me my you your we our it its this that with as
by do does did s t re ve ll d m please
"""  # what carries no topic; negations (不, 没, not, no) and question words stay
_STOP_WORDS: Final = frozenset(_STOP_WORDS_TEXT.split())
_MAX_TOKEN: Final = 64  # characters; longer runs are encoded blobs, not words
_stemmer = snowballstemmer.stemmer("english")
_stemmer_lock = threading.Lock()  # the stemmer keeps its cursor on the object


@lru_cache(maxsize=65536)
def _stem(token: str) -> str:
    if not token.isascii() or not token.isalpha():
        return token
    with _stemmer_lock:
        return str(_stemmer.stemWord(token))


@lru_cache(maxsize=65536)
def term_index(term: str) -> int:
    """uint32 of a term, the same in every process and on every machine (Python's own `hash` is salted)."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=4).digest(), "little")


def _trim(token: str) -> str:
    start, end = 0, len(token)
    while start < end and not token[start].isalnum():
        start += 1
    while end > start and not token[end - 1].isalnum():
        end -= 1
    return token[start:end]


def tokenize(text: str) -> list[str]:
    """Words of Chinese, stems of English, and numbers and order-number-like tokens as they are, in reading order.

    Long Chinese words also give their parts (订单号 → 订单, 单号, 订单号), so that a short query meets them.
    """
    tokens = []
    for piece in rjieba.cut_for_search(unicodedata.normalize("NFKC", text).lower()):
        token = _trim(piece)
        if token and len(token) <= _MAX_TOKEN and token not in _STOP_WORDS:
            tokens.append(_stem(token))
    return tokens


@lru_cache(maxsize=32768)
def stem(word: str) -> str:
    """The term of a single word; the word itself where it makes none."""
    return next(iter(tokenize(word)), word)


def encode_passage(text: str) -> SparseVector:
    """BM25 term-frequency weights: tf·(k1+1) / (tf + k1·(1 − b + b·length/average))."""
    tokens = tokenize(text)
    norm = K1 * (1 - B + B * len(tokens) / AVERAGE_LENGTH)
    weights: dict[int, float] = {}
    for token, tf in Counter(tokens).items():
        index = term_index(token)
        weights[index] = weights.get(index, 0.0) + tf * (K1 + 1) / (tf + norm)
    return _vector(weights)


def encode_query(text: str) -> SparseVector:
    """Weight 1 for each distinct term: the store multiplies by IDF."""
    return _vector({term_index(token): 1.0 for token in tokenize(text)})


def _vector(weights: dict[int, float]) -> SparseVector:
    indices = sorted(weights)
    return SparseVector(tuple(indices), tuple(weights[i] for i in indices))
