"""What no reply to a customer may contain, whatever the sources say: markup, hidden characters, orders to a model."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_MARKUP = re.compile(
    r"<\s*[a-z!/?|][^>]*>?|!\[|\]\s*\(|\[[^\]]*\]\s*:|&(?:#\d+|#x[0-9a-f]+|lt|gt"
    r"|quot|amp);|javascript:|vbscript:|data:\s*[a-z]+/"
    r"|\{\{|\$\{|```|on(?:error|load|click)\s*=",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"\{[^{}\n]{1,40}\}|【(?!\d{1,3}】)[^【】\n]{1,20}】|\[(?!\d{1,3}\])[^\[\]\n]{2,30}\]"
    r"|<[A-Za-z一-鿿_ ]{2,30}>|_{3,}|[xX]{3,}|\*{3,}|某{2,}"
    r"|《(?:填写|请填)[^》]*》"
)
_INSTRUCTION = re.compile(
    r"(?:say|write|reply|respond|answer|reveal|output|print|回复|回答|写|说|输出|告诉\S{0,6})[:：]?\s*[\"“「'][^\"”」]{9,}[\"”」]|"
    r"(?:ignore|disregard|forget)\b.{0,40}\b(?:instruction|prompt"
    r"|rule|polic|guideline|previous|prior|above|earlier)"
    r"|system\s*prompt\b|\b(?:you are|act as|pretend to be|you're) (?:now |a |an "
    r"|the )?.{0,30}\b(?:ai|assistant|model|dan|chatbot|bot|jailbr)"
    r"|\b(?:ai(?: assistant| agent| model)?|chatbot|language model|llm)s?\b.{0,40}\b(?:must"
    r"|should|shall|has to|please)\b"
    r"|(?:new|updated|real|secret|hidden) (?:system )?instructions?\b"
    r"|<\|?(?:im_start|system|/?inst)|\[/?inst\]"
    r"|(?:^|[.!?\n:]\s*)(?:always )?(?:say|reply|respond|answer|tell (?:the |every "
    r"|all )?(?:customer|user|shopper)s?)\s*(?:that|with|:|\")"
    r"|(?:忽略|无视|忘记|忘掉|不要理会|绕过).{0,16}(?:指令|指示|提示|规则|规定|要求|设定|说明|内容|前面|之前|以上)"
    r"|系统提示词?|(?:现在(?:起|开始)?[,，]?(?:你|您)(?:就)?是|(?:你|您)现在(?:就)?是).{0,16}(?:助手|机器人|模型|管理员|开发者)|(?:ai"
    r"|人工智能|智能助手|机器人|大模型|模型).{0,12}(?:必须|应当|请|需要|务必)"
    r"|(?:请|务必|必须)(?:告诉|回复)(?:所有|每个|每位)(?:客户|顾客|用户|买家)"
    r"|开发者模式|新的?(?:系统)?指令",
    re.IGNORECASE,
)


def surface_problems(text: str) -> list[str]:
    """Why `text` must not be shown as it is: markup, hidden or deceptive characters. Empty when there is nothing."""
    return list(_problems(text))


@lru_cache(maxsize=4096)  # what is quoted is looked at when it is chosen and when it is verified, and quoted again
def _problems(text: str) -> tuple[str, ...]:
    problems = []
    if found := _MARKUP.search(text):
        problems.append(f"markup {found.group()[:20]!r}")
    hidden = [
        c
        for c in ("" if text.isprintable() else text)  # every such character is unprintable, and few texts hold any
        if unicodedata.category(c) in ("Cf", "Co", "Cn", "Cs")
        or (unicodedata.category(c) == "Cc" and c not in "\n\t\r")
    ]
    if hidden:
        problems.append(f"hidden character U+{ord(hidden[0]):04X}")
    for word in re.findall(r"[^\W\d_]+", text):
        scripts = {_script(c) for c in word} - {"other"}
        if len(scripts & {"latin", "cyrillic", "greek"}) > 1:
            problems.append(f"mixed alphabets in {word!r}")
            break
    return tuple(problems)


@lru_cache(maxsize=65536)  # looking a name up for every character was the dearest part of a draft
def _script(char: str) -> str:
    name = unicodedata.name(char, "")
    for script in ("LATIN", "CYRILLIC", "GREEK"):
        if name.startswith(script):
            return script.lower()
    return "other"


def has_placeholder(text: str) -> bool:
    """Whether a blank is left to fill: {order_no}, 【订单号】, [name], ____, XXX."""
    return _PLACEHOLDER.search(text) is not None


@lru_cache(maxsize=2048)
def carries_instruction(text: str) -> bool:
    """Whether a source speaks to a language model instead of stating something.

    Such a passage supports nothing without a person: it may have been planted (a customer's message that became a
    case, an article with hidden text). A pattern list finds the plain ones only; it is a second line of defence.
    """
    return _INSTRUCTION.search(unicodedata.normalize("NFKC", text)) is not None
