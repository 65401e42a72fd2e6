"""The sentences that claim nothing: greetings, thanks, questions and hand-overs, word for word.

The list is closed. A drafter takes its courtesies from here and verification recognises exactly these, so that
"Hello, your refund of 500 is on its way" is never mistaken for a greeting.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

COURTESIES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "zh": {
        "greeting": ("您好！", "您好，{name}！", "{name}您好！", "亲，您好！", "你好！"),
        "thanks": ("感谢您的咨询。", "感谢您的耐心等待。", "感谢您的理解与支持。", "谢谢您的反馈。", "谢谢！"),
        "apology": ("非常抱歉给您带来不便。", "很抱歉给您带来不便。", "给您带来不便，敬请谅解。", "抱歉让您久等了。"),
        "closing": (
            "如还有其他问题，欢迎随时联系我们。",
            "如有其他问题，请随时联系我们。",
            "祝您生活愉快！",
            "祝您购物愉快！",
            "希望以上信息对您有帮助。",
        ),
        "unknown": ("很抱歉，我暂时没有找到能够准确回答您问题的资料。", "这个问题我暂时无法确定。"),
        "handover": (
            "我会将您的问题转给人工客服，由同事为您核实后回复。",
            "这个问题需要人工客服为您核实。",
            "稍后由人工客服为您跟进。",
        ),
        "ask_verify": ("为了保护您的信息安全，请先完成身份验证，我们再为您查询订单信息。",),
        "ask_order": ("请问您想查询哪一笔订单？", "请提供您的订单号，以便为您查询。", "请问您的订单号是多少？"),
        "no_orders": ("我在本店没有查到您账户下的订单，请提供您的订单号，以便为您查询。",),
        "not_your_order": ("我在您账户的订单里没有查到这个单号，请核对后再告诉我们。",),
        "other_order": ("如果您问的是其他订单，请告诉我们订单号。",),
        "ask_more": ("请您补充更多细节，以便我们更好地帮助您。", "请问还有什么可以帮您？"),
        "offer": ("请问有什么可以帮您？",),
        "welcome": ("不客气！",),
        "goodbye": ("再见！", "祝您生活愉快！"),
        "other_language": ("以下内容引自英文资料：", "以下内容引自其他语言的资料："),
    },
    "en": {
        "greeting": ("Hello!", "Hello {name}!", "Hello,", "Hello {name},", "Hi,", "Hi {name},", "Dear {name},"),
        "thanks": (
            "Thank you for contacting us.",
            "Thank you for your patience.",
            "Thank you for your message.",
            "Thank you for reaching out.",
            "Thank you!",
            "Thanks!",
        ),
        "apology": (
            "We are sorry for the inconvenience.",
            "I'm sorry for the inconvenience.",
            "We apologize for the inconvenience.",
        ),
        "closing": (
            "Please let us know if you have any other questions.",
            "If you have any other questions, please let us know.",
            "We hope this helps.",
            "Have a great day!",
            "Best regards",
        ),
        "unknown": ("I'm sorry, I could not find information that answers your question reliably.",),
        "handover": (
            "I will pass your question to a colleague, who will check it and reply to you.",
            "A colleague will follow up with you.",
            "This question needs to be checked by a colleague.",
        ),
        "ask_verify": (
            "To protect your information, please verify your identity first, and we will then look up your order.",
        ),
        "ask_order": (
            "Which order do you mean?",
            "Could you please tell us your order number?",
            "Please tell us your order number so that we can look it up.",
        ),
        "no_orders": (
            "I could not find an order under your account in this shop; could you please tell us your order number?",
        ),
        "not_your_order": ("I could not find this number among your orders; could you please check it?",),
        "other_order": ("If you mean another order, please tell us its number.",),
        "ask_more": ("Could you please give us a few more details?", "Is there anything else we can help you with?"),
        "offer": ("How can we help you?",),
        "welcome": ("You're welcome!",),
        "goodbye": ("Goodbye!", "Have a great day!"),
        "other_language": ("The following is quoted from our Chinese documents:",
                           "The following is quoted from documents in another language:"),
    },
}  # fmt: skip


def phrase(language: str, kind: str, number: int = 0, **slots: str) -> str:
    """One courtesy sentence; languages other than zh are served in English."""
    return COURTESIES["zh" if language == "zh" else "en"][kind][number].format(**slots)


@lru_cache(maxsize=1024)
def _key(text: str) -> str:
    return re.sub(r"[\s!！。.,，、~～:：]+", " ", unicodedata.normalize("NFKC", text).lower()).strip()


_KNOWN = frozenset(
    _key(t) for kinds in COURTESIES.values() for texts in kinds.values() for t in texts if "{name}" not in t
)
_NAMED = tuple(t for kinds in COURTESIES.values() for t in kinds["greeting"] if "{name}" in t)


def is_courtesy(text: str, customer_name: str = "") -> bool:
    """Whether `text` is, but for punctuation, a sentence of the list; a greeting may hold this customer's name."""
    key = _key(text)
    if key in _KNOWN:
        return True
    return bool(customer_name) and key in {_key(t.format(name=customer_name)) for t in _NAMED}


def strip_greeting(text: str, customer_name: str = "") -> str:
    """`text` without a leading greeting of the list ("您好，我们支持…" is checked as "我们支持…")."""
    found = re.match(r"^(.{1,40}?[,，!！])\s*(?=\S)", text)
    return text[found.end() :] if found and is_courtesy(found.group(1), customer_name) else text
