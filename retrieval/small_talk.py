"""Messages of a customer that are only a courtesy: greetings, thanks, assent and farewells, and the words for them.

A message counts when nothing but such words, forms of address, particles, punctuation and friendly emoji stand in it,
so that a question is never taken for a greeting ("你好，我的快递呢"). The lists are closed: irony ("谢谢你们的垃圾
服务"), a refusal ("不用了谢谢") and a plain yes or no, which answers something, are none of them.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from string import ascii_lowercase
from typing import Final

INTENT: Final = "greeting_thanks"  # what the taxonomy calls such a message
LONGEST: Final = 64  # characters; what is longer is not looked at


class Courtesy(StrEnum):
    """What is to be said back."""

    GREETING = "greeting"  # also a look whether somebody is there
    THANKS = "thanks"
    FAREWELL = "farewell"
    ASSENT = "assent"


# Regular expressions over folded text (NFKC, lower case); these may also be looked for within a longer text.
GREETING: Final = (
    r"[你您]们?好[吗嘛]?|(?:大家|各位)好|哈[喽啰罗]|早上好|早安|上午好|中午好|下午好|晚上好"
    r"|(?<![a-z])(?:hello+|hi+|hey+|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)"
    r"|how are you(?: doing)?(?: today)?)(?![a-z])"
)
PRESENCE: Final = (
    r"还?在(?:不在|[吗么嘛])|有人在?[吗么嘛]|有没有人在?[吗么嘛]?"
    r"|(?<![a-z])(?:(?:is )?any ?(?:one|body) (?:there|here)|(?:are )?(?:you|u) (?:still )?(?:there|here))(?![a-z])"
)
THANKS: Final = (
    r"(?:非常|十分|万分|真的?|太|很)?(?:谢谢|感谢|多谢)(?:[你您]们?)?[了啦]?(?:的?(?:耐心)?(?:帮助|帮忙|解答|回复))?"
    r"|(?<![a-z])(?:thank(?:s| you| u)(?: so much| very much| a lot)?(?: again)?"
    r"(?: for (?:(?:all )?(?:your|the) )?(?:help|time|assistance|support|patience|(?:quick )?(?:reply|response)))?"
    r"|many thanks|thx|tks|tysm|much appreciated|i (?:really )?appreciate (?:it|that|your help))(?![a-z])"
)
ASSENT: Final = (
    r"好[的哒滴嘞]|知道[了啦]|明白[了啦]?|(?<![没未])收到(?!了)"
    r"|(?<![a-z])(?:ok|okay|got it|i see|understood|noted|sounds good|no problem|sure|great|perfect)(?![a-z])"
)
FAREWELL: Final = (
    r"再见|拜拜|晚安|祝(?:[你您]们?|大家)?(?:生意兴隆|(?:生活|工作|购物)?愉快|工作顺利|一切顺利)"
    r"|(?<![a-z])(?:bye(?:[ -]bye)?|good ?bye|see (?:you|ya)(?: later| soon)?|good ?night"
    r"|have a (?:nice|great|good|wonderful|lovely) (?:day|one|weekend|evening))(?![a-z])"
)
# These only where nothing else is said: within a longer text they mean something else ("太麻烦了", "现在不能").
_GREETING_ALONE = r"嗨|嘿(?!嘿)|早|打扰(?:一?下|[你您]?了)?"
_PRESENCE_ALONE = r"还?在(?:线[吗么嘛]|不)"
_THANKS_ALONE = r"谢[了啦]|(?:辛苦|麻烦)(?:[你您]们?)?[了啦]|辛苦|有劳[了您]?|(?:3q|ty|cheers)(?![a-z])"
_ASSENT_ALONE = (
    r"好吧?|行[的吧]?|可以的?|嗯+|恩+|[哦噢喔]+|懂了|了解[了啦]?|没问题|[👌👍🆗]"
    r"|(?:k+|i understand|all ?right|cool|awesome)(?![a-z])"
)
_FAREWELL_ALONE = r"拜|回[见聊]|(?:take care|you too|same to you)(?![a-z])"
_NOTHING = (
    r"亲(?:亲|爱的)*|宝[子贝]?|客服|小姐姐|小哥哥|老板娘?|店[家主]|掌柜的?|小二|卖家|商家|老师|美女|帅哥|请问"
    r"|[呀啊啦哈呢哒哟咯喽]|(?:there|dear|team|guys|sir|madam|ma'am|everyone|everybody|folks|all|support"
    r"|customer service|again|and)(?![a-z])"
    r"|\[(?:微笑|玫瑰|抱拳|ok|强|爱心|愉快|可爱|太阳|鼓掌|握手|憨笑|呲牙|害羞|送花|鲜花|飞吻|拥抱|赞|比心)\]"
    r"|\s?(?:[:;]-?[)d]|\^[_.]?\^)|[\s,.!~、。…·;:—-]+"
    r"|[😊🙂😀😁😃😄😆😂😉😘😍🥰🤗☺😌🙏🙇🤝👏💪❤♥💛💚💙💜💕💖💗🌹🌷🌸🌺💐🎉✨⭐🌟☀🌞🍀]|[\ufe0f\u200d🏻🏼🏽🏾🏿]"
)
_PATTERN = (
    rf"(?P<presence>{PRESENCE}|{_PRESENCE_ALONE})|(?P<greeting>{GREETING}|{_GREETING_ALONE})"
    rf"|(?P<thanks>{THANKS}|{_THANKS_ALONE})|(?P<farewell>{FAREWELL}|{_FAREWELL_ALONE})"
    rf"|(?P<assent>{ASSENT}|{_ASSENT_ALONE})|(?P<asks>\?)|(?P<nothing>{_NOTHING})"
)
_PIECE = re.compile(_PATTERN)
_CHARACTERS = frozenset(_PATTERN + ascii_lowercase + "\ufe0f\u200d")  # a message with any other is done with at once
# A look whether somebody is there wants an answer whatever else is said; a thank-you goes before a mere greeting.
_WEIGHT = ("presence", "thanks", "farewell", "greeting", "assent")


def small_talk(text: str) -> Courtesy | None:
    """What kind of courtesy `text` is, None when there is anything else in it. Takes microseconds."""
    if len(text) > LONGEST:
        return None
    folded = " ".join(unicodedata.normalize("NFKC", text).lower().replace("’", "'").split())
    if not _CHARACTERS.issuperset(folded):
        return None
    found: set[str] = set()
    at, last = 0, ""
    while at < len(folded):
        piece = _PIECE.match(folded, at)
        if piece is None:
            return None
        kind = piece.lastgroup or ""
        if kind == "asks" and last not in ("greeting", "presence"):
            return None  # "好的？" asks
        if kind not in ("nothing", "asks"):
            found.add(kind)
            last = kind
        at = piece.end()
    kind = next((one for one in _WEIGHT if one in found), "")
    return Courtesy("greeting" if kind == "presence" else kind) if kind else None
