"""How a customer feels: complaint level (普通 / 严重 / 紧急), sentiment and urgency. Named rules, then prototypes.

The rules are the cues of `retrieval.classify.priority` and milder words of discontent. Where no word tells, the
message's embedding may: it is compared with example messages (nearest prototypes as in Snell, Swersky and Zemel,
"Prototypical Networks", 2017, with the encoder as it is). Prototypes only ever find a complaint of the lowest level.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.classify.priority import LEVELS, NEGATED, assess_priority
from retrieval.classify.taxonomy import Priority
from retrieval.classify.zero_label import cached_vectors
from retrieval.encoder.base import Encoder

Floats = NDArray[np.float32]
VERSION = "mood-1"
# Similarity to complaints less similarity to plain questions from which on a message is one: the largest F1 on the
# development half of evals/data/moods.jsonl (`python -m evals.guards --fit`).
MARGIN = 0.012
_NEAREST = 3


class Complaint(StrEnum):
    NONE = "none"
    NORMAL = "normal"  # 普通
    SERIOUS = "serious"  # 严重
    URGENT = "urgent"  # 紧急


class Sentiment(StrEnum):
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


_LEVEL = {"legal": "urgent", "media": "urgent", "fraud": "urgent", "safety": "urgent", "repeated": "serious"}
_PRIORITY: Mapping[Complaint, Priority] = {
    Complaint.NONE: "low", Complaint.NORMAL: "normal", Complaint.SERIOUS: "high", Complaint.URGENT: "urgent",
}  # fmt: skip
_STRONG = re.compile(
    r"投诉|垃圾|恶心|气死|忍无可忍|什么态度|欺骗|欺诈|假货|赔偿|不像话|坑人|骗人|黑店|无良|态度恶劣|离谱"
    r"|太过分|一肚子火|火大|愤怒"
    r"|\b(?:complain(?:t|ing)?|unacceptable|disgust(?:ing|ed)|furious|outrageous|fed up|compensat(?:e"
    r"|ion)|rip[- ]?off"
    r"|counterfeit|fake|appalling|disgrace(?:ful)?|livid|sick of|liars?|pathetic|useless)\b"
)
_MILD = re.compile(
    r"差评|太差|很差|真差|差劲|失望|不满|生气|糟糕|敷衍|不负责|太慢|慢死|无语|后悔|受够|服了|烦死|不专业"
    r"|被坑|没法用|太烂|很烂|差得远"
    r"|\b(?:disappoint(?:ed|ing|ment)?|unhappy|not happy|annoy(?:ed|ing)|frustrat(?:ed|ing)|terrible"
    r"|awful|worst|ridiculous"
    r"|poor (?:service|quality)|dissatisfied|upset|let down|way too (?:slow|long)|joke|horrible|rude"
    r"|bad experience|angry)\b"
)
_GLAD = re.compile(
    r"谢谢|感谢|多谢|很好|不错|满意|喜欢|太棒|赞|好评|给力|辛苦了|开心"
    r"|\b(?:thanks?|thank you|great|love|perfect|awesome|excellent|happy with|appreciate|wonderful)\b"
)
_NOT_SO = re.compile(
    r"(?:不是?|没有?|不会|别)(?:很|太|那么|觉得|感到)?(?:失望|生气|不满|投诉|差)|(?:赔偿|投诉)(?:标准"
    r"|流程|政策|渠道|电话|方式)|假一赔"
    r"|\bcomplaints? (?:procedure|policy|department|process)\b|\bnot? (?:at all )?(?:disappointed|angry"
    r"|upset|complaining|a complaint)\b|\bno complaints?\b"
    r"|\b(?:fake|artificial) (?:fur|leather|plants?|flowers?)\b|\bnot (?:great|perfect|happy)\b|不(?:太"
    r"|怎么|是很)?(?:满意|喜欢|好|开心)"
)
_NOT_GLAD = re.compile(
    r"不(?:太|怎么|是很)?(?:满意|喜欢|开心)|很不满|\bnot (?:happy|satisfied|great|good enough)\b|\bunhappy\b"
)


@dataclass(frozen=True, slots=True)
class Mood:
    """`urgency`: low, normal, high, urgent. `priority` is the least that the complaint's level asks for.

    `reasons` name what told: "legal: 12315", "strong: 垃圾", "like a complaint: 0.03".
    """

    complaint: Complaint
    sentiment: Sentiment
    urgency: Priority
    reasons: tuple[str, ...] = ()

    @property
    def priority(self) -> Priority:
        return max(_PRIORITY[self.complaint], self.urgency, key=LEVELS.index)

    @property
    def forbids_auto(self) -> bool:
        """A complaint of any level, and anger without one, are answered by a person."""
        return self.complaint is not Complaint.NONE or self.sentiment is Sentiment.NEGATIVE

    def to_json(self) -> dict[str, Any]:
        return {
            "complaint": str(self.complaint),
            "sentiment": str(self.sentiment),
            "urgency": str(self.urgency),
            "reasons": list(self.reasons),
        }


def mood_from_json(data: Mapping[str, Any] | None) -> Mood:
    """The inverse of `Mood.to_json`; a calm one for an answer that was made before there were moods."""
    if not data:
        return Mood(Complaint.NONE, Sentiment.NEUTRAL, "low")
    urgency = next(level for level in LEVELS if level == data["urgency"])
    return Mood(Complaint(data["complaint"]), Sentiment(data["sentiment"]), urgency, tuple(data["reasons"]))


@dataclass(frozen=True, slots=True)
class MoodPrototypes:
    """Unit vectors (m, d) of example messages: complaints without a telling word, and plain questions."""

    complaints: Floats
    plain: Floats

    def margin(self, vector: Floats) -> float:
        """Mean cosine to the nearest complaints less that to the nearest plain questions, of one embedding (d)."""
        return _near(self.complaints, vector) - _near(self.plain, vector)


def _near(prototypes: Floats, vector: Floats) -> float:
    found = np.sort(prototypes @ (vector / max(float(np.linalg.norm(vector)), 1e-9)))
    return float(found[-_NEAREST:].mean())


def load_prototypes(encoder: Encoder, cache_dir: Path | None = None) -> MoodPrototypes:
    """Embed the examples, once an encoder version when there is a `cache_dir`."""
    texts = [*COMPLAINTS, *PLAIN]
    name = f"moods-{VERSION}-{encoder.model_version.replace(':', '-').replace('/', '_')}.npz"
    vectors = cached_vectors(encoder, texts, cache_dir / name if cache_dir else None)
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return MoodPrototypes(vectors[: len(COMPLAINTS)], vectors[len(COMPLAINTS) :])


def read_mood(
    text: str, vector: Floats | None = None, prototypes: MoodPrototypes | None = None, margin: float = MARGIN
) -> Mood:
    """The mood of one message; `vector` (d) is its query embedding, without which only the rules tell."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    plain = NEGATED.sub(" ", _NOT_SO.sub(" ", folded))
    assessed = assess_priority(plain)
    cues = dict(reason.split(": ", 1) for reason in assessed.reasons if not reason.startswith("intent"))
    reasons = [f"{cue}: {word}" for cue, word in cues.items()]
    strong, mild = _STRONG.search(plain), _MILD.search(plain)
    if strong:
        reasons.append(f"strong: {strong.group()}")
    if mild or _NOT_GLAD.search(folded):
        reasons.append(f"mild: {mild.group() if mild else 'not satisfied'}")
    angry = bool(strong or mild or _NOT_GLAD.search(folded))
    levels = {_LEVEL[cue] for cue in cues if cue in _LEVEL}
    if "urgent" in levels:
        complaint = Complaint.URGENT
    elif "serious" in levels or strong:
        complaint = Complaint.SERIOUS
    elif angry or "complaint" in cues:
        complaint = Complaint.NORMAL
    else:
        complaint = Complaint.NONE
    if complaint is Complaint.NONE and vector is not None and prototypes is not None:
        closeness = prototypes.margin(vector)
        if closeness > margin:
            complaint = Complaint.NORMAL
            reasons.append(f"like a complaint: {closeness:.3f}")
    negative = complaint is not Complaint.NONE
    glad = not negative and bool(_GLAD.search(_NOT_SO.sub(" ", folded)))
    sentiment = Sentiment.NEGATIVE if negative else Sentiment.POSITIVE if glad else Sentiment.NEUTRAL
    urgency: Priority = "urgent" if "safety" in cues else "high" if {"urgent", "repeated"} & set(cues) else "low"
    return Mood(complaint, sentiment, urgency, tuple(reasons))


COMPLAINTS = (
    "收到的东西跟图片完全是两码事",
    "等了一个星期了连个动静都没有",
    "你们客服说话前后不一，到底听谁的",
    "说好的昨天到，今天还没影子",
    "用了两天就坏了，这是什么质量",
    "每次问都说在处理，什么时候是个头",
    "以后再也不会在你们家买了",
    "退个货怎么这么难",
    "钱扣了货也没有，你们就这样做生意",
    "一直踢皮球，没有人给我解决",
    "包装都烂了就这么寄给我",
    "刚买完就降价，把顾客当什么",
    "this is not what was shown in the pictures at all",
    "it broke after two days, what kind of quality is this",
    "I have been waiting for weeks and nothing happens",
    "every time I ask I get a different answer from you",
    "I will never order from your shop again",
    "you took my money and I have got nothing",
    "why is it so hard to return something here",
    "nobody takes responsibility for my order",
    "the parcel arrived torn open and you do not care",
    "you promised it for yesterday and it is still not here",
)
PLAIN = (
    "这件衣服有几种颜色",
    "请问什么时候发货",
    "我的快递到哪里了",
    "退货流程是怎样的",
    "怎么申请退款",
    "收到的商品坏了，怎么换货",
    "可以开发票吗",
    "优惠券怎么用不了",
    "想改一下收货地址",
    "买多了想退一件可以吗",
    "订单显示已签收但我没收到，请帮忙查一下",
    "尺码偏大还是偏小",
    "保修多久",
    "降价了可以退差价吗",
    "what sizes do you have",
    "when will my order ship",
    "where is my parcel",
    "how do I return an item",
    "how can I get a refund",
    "the item arrived damaged, how do I exchange it",
    "can I change my delivery address",
    "my coupon does not work, what should I do",
    "the tracking says delivered but I cannot find it, can you check",
    "is there a warranty on this",
)
