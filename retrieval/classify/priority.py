"""How urgent a message is: the intent's own priority, raised by cues in the text, each named."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from retrieval.classify.taxonomy import Priority

LEVELS: tuple[Priority, ...] = ("low", "normal", "high", "urgent")

# (cue, level it raises to at least, Chinese, English). The text is NFKC and lower case; English cues match whole words;
# "not urgent" and 不急 are removed before the cues are looked for.
_WORDS: tuple[tuple[str, Priority, str, str], ...] = (
    (
        "safety",
        "urgent",
        "起火|着火|冒烟|爆炸|漏电|触电|烫伤|烧伤|受伤|流血|中毒|过敏|住院|送医|窒息",
        "caught fire|on fire|smoking|smoke coming|exploded?|explosion|electric shock|got shocked|injur(?:ed|y)|bleeding"
        "|burn(?:ed|t) (?:me|my|his|her)|poison(?:ed|ing)|allergic reaction|hospital|chok(?:ed|ing)",
    ),
    (
        "legal",
        "urgent",
        "12315|12345|消协|消费者协会|工商局|市场监管|市监局|起诉|法院|律师|报警|公安局?|仲裁|维权",
        "lawyer|attorney|lawsuit|sue you|legal action|small claims|take you to court|call the police|police report"
        "|chargeback|consumer protection|trading standards|better business bureau|bbb",
    ),
    (
        "media",
        "urgent",
        "曝光|媒体|记者|315晚会|黑猫投诉|发到?(?:微博|抖音|小红书)|挂到?网上",
        "go to the (?:press|media)|journalist|expose you"
        "|post (?:this|it) (?:on|all over) (?:twitter|facebook|social media|tiktok)",
    ),
    (
        "fraud",
        "urgent",
        "盗刷|被盗号|账号被盗|诈骗|骗子",
        "fraud|scam(?:med|mer)?|hacked|unauthori[sz]ed (?:charge|payment)",
    ),
    (
        "complaint",
        "high",
        "投诉|差评|太差|垃圾|恶心|气死|忍无可忍|什么态度|欺骗|欺诈|假货|赔偿|不像话|坑人",
        "complain(?:t|ing)?|unacceptable|ridiculous|terrible|awful|worst|disgusting|furious|outrageous|fed up"
        "|compensat(?:e|ion)|rip[- ]?off|counterfeit",
    ),
    (
        "urgent",
        "high",
        "着急|很急|急用|急需|紧急|加急|赶紧|马上|立刻|立即|尽快|急死|在线等|今天必须|等着用",
        "urgent(?:ly)?|asap|as soon as possible|immediately|emergency|right away|right now|hurry|time[- ]sensitive"
        "|by (?:today|tonight|tomorrow)",
    ),
    (
        "repeated",
        "high",
        r"第[三四五六七八九十\d]+次|好几次|(?:[三四五六七八九十]|[3-9])次(?:了|联系|问|打|反映|催)"
        "|一直没人(?:理|回|处理)|没人(?:理我|回复|处理)|到现在(?:还|都)没",
        r"(?:third|fourth|fifth|\d+th) time|several times|again and again|no one (?:replies|replied|answers|responded)"
        "|still no (?:reply|response|answer)",
    ),
)
_CUES = tuple((cue, level, re.compile(rf"{zh}|\b(?:{en})\b")) for cue, level, zh, en in _WORDS)
NEGATED = re.compile(
    r"(?:不是?(?:很|太|那么)?|没那么|别)(?:着急|急用|急|紧急)|不(?:想|是要|打算)投诉|"
    r"\b(?:not|isn't|no|nothing) (?:that |very |so |too )?(?:urgent|hurry|an emergency)\b|\bno (?:hurry|rush)\b"
)
_SHOUTING = re.compile(r"[!！]{3,}|[?？]{4,}")


@dataclass(frozen=True, slots=True)
class PriorityAssessment:
    """`level` and why: "intent: high", "legal: 12315". The first reason is the intent's own."""

    level: Priority
    reasons: tuple[str, ...]


def assess_priority(text: str, base: Priority = "normal") -> PriorityAssessment:
    """Raise `base` (the intent's priority) by the cues in `text`; a cue never lowers it.

    Two cues of level "high" of different kinds make it "urgent": an angry customer who also waits.
    """
    folded = NEGATED.sub(" ", unicodedata.normalize("NFKC", text).lower().replace("’", "'"))
    level, reasons = LEVELS.index(base), [f"intent: {base}"]
    high = 0
    for cue, raises_to, pattern in _CUES:
        found = pattern.search(folded)
        if found:
            reasons.append(f"{cue}: {found.group().strip()}")
            level = max(level, LEVELS.index(raises_to))
            high += raises_to == "high"
    if _SHOUTING.search(folded):
        reasons.append("shouting: !!!")
        level = max(level, LEVELS.index("normal"))
        high += high > 0
    if high >= 2:
        level = LEVELS.index("urgent")
    return PriorityAssessment(LEVELS[level], tuple(reasons))
