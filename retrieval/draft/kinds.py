"""The kinds of value that questions ask for (how long: a duration), and whether a sentence gives one of a kind.

Lexical: what a question asks for is read from its question words, what a sentence gives from its units.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBER = r"[\d一二两三四五六七八九十百千万亿半]+"
_KINDS: tuple[tuple[str, str, str], ...] = (
    (
        "duration",
        r"多久|多长时间|几天|几个(?:小时|月|工作日|星期)|什么时候|何时|多少天|期限|时效"
        r"|how long|how (?:many days|soon)|when\b|deadline",
        rf"{_NUMBER}\s*(?:-|到|至|~|to)?\s*\d*\s*(?:个?工作日|个?自然日|天|日|个?小时|分钟|个?月|周|年|business|working"
        r"|calendar|days?|hours?|minutes?|weeks?|months?|years?)|当[天日]|次日(?!零点|起)|隔[天日]|随时|立即|immediately"
        r"|\b(?:same|next)[ -](?:business |working )?day",
    ),
    (
        "date",
        r"什么时候|何时|哪一?[年天月日]|时间|几[月年号]|几点|when\b|what (?:year|date|day|time)",
        rf"{_NUMBER}\s*(?:年|月|日|号|点|世纪|年代)|\d{{1,2}}[:：]\d\d|\b(?:1[0-9]|20)\d\d\b",
    ),
    (
        "amount",
        r"多少钱|费用|运费|邮费|价格|几块|收费|how much|cost|fee|price|charge",
        r"\d+(?:\.\d+)?\s*(?:元|块|%|万)|[¥$€£]\s?\d|免费|包邮|不收|\bfree\b",
    ),
    (
        "number",
        r"多少|几[个种次只条名届位座家部张所岁]|多[大高长重远深宽]|how (?:many|old|far|large|big|tall)|which number",
        rf"\d|{_NUMBER}[个种次只条名届位座家部张所岁余多]|\b(?:one|two|three|four|five|six|seven|ten)\b",
    ),
    (
        "person",
        r"谁|哪方|何人|哪位|who\b|whose",
        r"卖家|买家|商家|平台|消费者|经营者|由.{1,8}[承负提]|先生|女士|导演|作者|演员|主演|饰|教授|总统|皇帝|seller|buyer|customer|we\b"
        r"|you\b",
    ),
    (
        "place",
        r"哪里|哪儿|何处|什么地方|地[点址]|哪个?[国省市县区]|位于|属于哪|where\b|which (?:page|country|city|menu)",
        r"位于|在.{1,12}[省市县区镇村路街国州洲岛]|[省市县区]|坐落|地处|来自|page|menu|sidebar|section|\bin the\b",
    ),
    (
        "permission",
        r"能不能|可以|可不可以|能否|能.{0,12}[吗么]|是否|是不是|有没有|吗[?？]?$|\bcan\b|\bmay\b"
        r"|\bdo(?:es)? |\bis it\b|\bare \b|allowed|able to",
        r"可以|可|能|不能|支持|不支持|无法|不得|应当|需要|不需|\bcan\b|cannot|may\b|eligible|accept|allow|only\b|not\b|must",
    ),
    (
        "steps",
        r"怎么|如何|怎样|流程|步骤|how (?:do|can|to|should|would)\b",
        r"请|点击|进入|打开|选择|提交|登录|首先|先|然后|步骤|→|>|[、.．]|可以"
        r"|click|go to|open|select|choose|log in|submit|send|enter",
    ),
    (
        "reason",
        r"为什么|为何|原因|怎么回事|why\b|reason",
        r"因为|由于|因|原因|所以|为了|导致|引起|because|due to|since|in order|so that|caused",
    ),
    (
        "definition",
        r"是什么|什么是|什么意思|指什么|叫什么|何为|what (?:is|are|does)\b|mean\b",
        r"是指|指的?是|意思|又称|又名|简称|即|就是|称为|叫做|是一|refers? to|means?\b|is an?\b|are\b",
    ),
    ("contact", r"电话|联系方式|客服|邮箱|phone|contact|e-?mail", r"\d{3,4}-?\d{4,}|@|热线|hotline"),
)
_NAMES = tuple(name for name, *_ in _KINDS)
_ASKED = tuple(re.compile(asked, re.IGNORECASE) for _, asked, _ in _KINDS)
_GIVEN = tuple(re.compile(given, re.IGNORECASE) for *_, given in _KINDS)
_DURATION, _AMOUNT = _NAMES.index("duration"), _NAMES.index("amount")
_QUANTITIES = frozenset(map(_NAMES.index, ("duration", "date", "amount", "number")))
_HOW_LONG = re.compile(
    r"多久|多长时间|(?:多少|几)个?(?:天|日|小时|分钟|工作日|自然日|星期|礼拜|周|月|年)|期限|时限"
    r"|\bhow (?:long|soon)\b|\bhow many (?:[a-z]+ )?(?:days|hours|minutes|weeks|months|years)\b"
    r"|\bby when\b|\bdeadline\b",
    re.IGNORECASE,
)
_HOW_MUCH = re.compile(r"多少钱|几[块元]|\bhow much\b(?! (?:time|longer))", re.IGNORECASE)
_HOW_MANY = re.compile(r"多少|\bhow many\b", re.IGNORECASE)


def asks_quantity(question: str) -> bool:
    """Whether it asks for a number with a unit: how long, how many days, how much, by when."""
    return any(form.search(question) for form in (_HOW_LONG, _HOW_MUCH, _HOW_MANY))


def asks_time(question: str) -> bool:
    """Whether it asks how long something takes, or when it is."""
    return _ASKED[_DURATION].search(question) is not None


def asked_kinds(question: str) -> list[int]:
    """The kinds of value that the question asks for.

    Whoever asks how long something may be done ("几天内可以退", "how many days do I have") asks for that, and neither
    whether it may be nor for just any number.
    """
    forms = ((_DURATION, _HOW_LONG), (_AMOUNT, _HOW_MUCH))
    if measures := [kind for kind, form in forms if form.search(question)]:
        return measures
    kinds = [kind for kind, asked in enumerate(_ASKED) if asked.search(question)]
    return [kind for kind in kinds if kind in _QUANTITIES] if asks_quantity(question) else kinds


@lru_cache(maxsize=16384)  # popular passages come again and again
def gives(kind: int, text: str) -> bool:
    return _GIVEN[kind].search(text) is not None
