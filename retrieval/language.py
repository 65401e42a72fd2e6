"""Which language to answer in: Chinese or English. Counts evidence, needs no model, takes microseconds."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Detected = Literal["zh", "en"]

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_KANA = re.compile(r"[\u3041-\u30ff]")
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1fff\uac00-\ud7af]")  # Greek … Hangul: "anything else is answered in English"
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.-]+", re.ASCII)
# A word that carries a digit is an order number, a SKU or a model; it has no language.
_LATIN_WORD = re.compile(r"(?<![\w-])[a-z]+(?:'[a-z]+)?(?![\w-])", re.ASCII)

# Words of grammar say in which language a sentence is built; names and products are borrowed freely.
_ENGLISH_GRAMMAR = re.compile(
    r"(?:an?|am|and|are|can|can't|cannot|could|did|do|does|doesn't|don't|for|from|had|has|have|how|i|i'd|i'm|i've|if|in|is|"
    r"isn't|it|it's|me|my|not|of|on|or|please|should|that|the|them|there|they|this|to|want|was|wasn't|we|what|when|where|"
    r"which|who|why|will|with|would|you|your)"
)
_CHINESE_GRAMMAR = re.compile(r"[的了吗是我你您们请在不没有这那哪就也都和吧呢么怎给把被还能会要到为谁几]")

_HAN_PER_WORD = 1.6  # mean length of a Chinese word in characters
_GRAMMAR_WEIGHT = 2.0


def detect(text: str, default: Detected = "zh") -> Detected:
    """The language of `text`; `default` when it holds no words at all (an order number, an emoji).

    Han characters, counted in words, are weighed against Latin words; a word of grammar ("is", "的") counts three
    times. So "Is the 小米手环 waterproof?" is English and "我的iPhone 15 Pro Max到哪了" is Chinese.
    """
    folded = _ADDRESS.sub(" ", unicodedata.normalize("NFKC", text).lower().replace("’", "'"))
    han = len(_HAN.findall(folded))
    words = _LATIN_WORD.findall(folded)
    other = len(_OTHER_SCRIPT.findall(folded)) + len(_KANA.findall(folded))
    if not han and not words:
        return "en" if other else default
    if other > han and not words:
        return "en"
    chinese = han / _HAN_PER_WORD + _GRAMMAR_WEIGHT * len(_CHINESE_GRAMMAR.findall(folded))
    english = len(words) + _GRAMMAR_WEIGHT * sum(bool(_ENGLISH_GRAMMAR.fullmatch(word)) for word in words)
    return "zh" if chinese >= english else "en"
