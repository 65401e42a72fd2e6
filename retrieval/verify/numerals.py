"""One way of writing for numbers: full-width and Chinese numerals, number words and thousands separators."""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3}
_PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_UNIT_AHEAD = (
    r"(?=\s*(?:个?(?:工作日|自然日|小时|钟头|星期|季度|月)|天|日内|分钟|秒|周(?![一二三四五六日末])|年|元|块|件|次|台|双|套|张"
    r"|瓶|盒|份|公斤|斤|折|倍|位|名|人以|条|笔|单|点|号|月|个))"
)
_ZH = re.compile(rf"(?<![第统唯之万同])(?P<zh>[零〇一二两三四五六七八九十百千万]+){_UNIT_AHEAD}")
_ZH_RANGE = re.compile(
    r"(?P<a>[一二两三四五六七八九十]+)(?P<sep>至|到|-|~)(?=\s*(?:\d|[一二两三四五六七八九十]+\s*(?:个|天|日|小时|周|月|年|元|件)))"
)
_ARTICLE = re.compile(
    r"(?:个(?!工作日|自然日|小时|钟头|星期|季度|月)|件|次|条|位|名|份|张|点|人|笔|单|般)"
)  # "一个" is "a"
_PERCENT = re.compile(r"百分之(?P<n>[零〇一二两三四五六七八九十百\d.]+)")
_HALF = re.compile(r"半(?=\s*(?:个?月|个?小时|年|天))")
_UP_TO_TWENTY = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_WORDS = {word: number for number, word in enumerate(_UP_TO_TWENTY)}
_WORDS |= {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_TENS = "|".join(w for w, n in _WORDS.items() if n >= 20)
_ONES = "|".join(w for w, n in _WORDS.items() if 0 < n < 10)
_EN = re.compile(rf"\b(?:(?P<tens>{_TENS})-(?P<ones>{_ONES})|(?P<word>{'|'.join(_WORDS)}))\b(?P<hundred> hundred)?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_HYPHEN_UNIT = re.compile(r"(?<=\d)-(?=(?:business|working|calendar|day|hour|minute|week|month|year)s?\b)")
_ONE_PRONOUN = re.compile(
    r"one(?![ -](?:business|working|calendar|day|hour|minute|week|month|year|item|order|time|free)\b)"
)


def chinese_number(text: str) -> int:
    """The value of a Chinese numeral below 100 million: 十五 is 15, 二百零三 is 203, 一二三 is 123."""
    if not any(c in _PLACES for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total = section = digit = 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char == "万":
            total, section, digit = (total + section + digit) * 10000, 0, 0
        else:
            section, digit = section + (digit or 1) * _PLACES[char], 0
    return total + section + digit


def _english(found: re.Match[str]) -> str:
    if found["word"]:
        if found["word"] == "one" and _ONE_PRONOUN.match(found.string, found.start()):
            return found.group()
        value = _WORDS[found["word"]]
    else:
        value = _WORDS[found["tens"]] + _WORDS[found["ones"]]
    return str(value * 100 if found["hundred"] else value)


def _chinese(found: re.Match[str]) -> str:
    numeral = found["zh"]
    if numeral in "千万百" or (numeral == "一" and _ARTICLE.match(found.string, found.end())):
        return numeral
    return str(chinese_number(numeral))


def normalize_numerals(text: str) -> str:
    """NFKC, lower case, ASCII digits: "七个工作日" becomes "7个工作日", "thirty days" "30 days", "1,299" "1299"."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    text = _THOUSANDS.sub("", text)
    if any(c in "零〇一二两三四五六七八九十百千万半" for c in text):
        text = _PERCENT.sub(lambda m: f"{m['n'] if m['n'][0].isdigit() else chinese_number(m['n'])}%", text)
        text = _ZH_RANGE.sub(lambda m: f"{chinese_number(m['a'])}{m['sep']}", text)
        text = _ZH.sub(_chinese, text)
        text = _HALF.sub("0.5", text)
    if text.isascii() or any(c.isascii() and c.isalpha() for c in text):
        text = _HYPHEN_UNIT.sub(" ", _EN.sub(_english, text))
    return text
