"""What personal data looks like when nothing is known of the person: Chinese and English contact and account numbers.

Order matters: the longer and more certain pattern goes first. Every pattern has a group `value` for what is replaced
when only a part of the match is personal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_SEPARATED = r"(?:[ \-]?\d)"
_LEFT, _RIGHT = r"(?<![\dA-Za-z])", r"(?![\dA-Za-z])"

# The hundred most frequent surnames and the common double ones (Ministry of Public Security, name report 2020).
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常温康施洪"
)
_SURNAME = rf"(?:欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|令狐|慕容|夏侯|[{SURNAMES}])"
_HONORIFIC = r"(?:先生|女士|小姐|太太|同学|老师|阿姨|叔叔)"
_HAN = r"[\u4e00-\u9fff]"
_STREET = r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Terrace|Way|Parkway|Pkwy)"
_NOT_A_NAME = (
    r"(?!(?:there|all|team|everyone|everybody|folks|friend|customer|client|sir|madam|again|support|service|dear|and|"
    r"how|what|when|where|why|who|can|could|do|is|i|we|you|my|our|your|the|this|thanks|thank|please|sorry)\b)"
)


def luhn(digits: str) -> bool:
    """The check of bank card numbers (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_card(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return 13 <= len(digits) <= 19 and luhn(digits)


def _is_birth_date(text: str) -> bool:
    """Characters 7 to 14 of an 18-digit identity number (GB 11643) are a date."""
    year, month, day = int(text[6:10]), int(text[10:12]), int(text[12:14])
    return 1900 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _not_a_date(text: str) -> bool:
    return not re.fullmatch(r"(?:19|20)\d{2}-?\d{1,2}-?\d{1,2}", text)


def _not_a_hotline(text: str) -> bool:
    """400/800/95xxx numbers belong to shops and carriers: they are part of the answer."""
    return not re.match(r"(?:400|800|95\d{3})", re.sub(r"\D", "", text))


@dataclass(frozen=True, slots=True)
class Pattern:
    placeholder: str
    expression: re.Pattern[str]
    accept: Callable[[str], bool] | None = None


def _pattern(
    placeholder: str, expression: str, accept: Callable[[str], bool] | None = None, flags: re.RegexFlag = re.I
) -> Pattern:
    return Pattern(placeholder, re.compile(expression, flags), accept)


PATTERNS: tuple[Pattern, ...] = (
    _pattern("email", r"(?P<value>[\w.+%-]+@[\w-]+(?:\.[\w-]+)+)"),
    _pattern("id_card", rf"{_LEFT}(?P<value>\d{{17}}[\dX]){_RIGHT}", _is_birth_date),
    _pattern("id_card", r"(?:身份证|护照|证件)(?:号码|号)?\s*(?:是|为|[:：])?\s*(?P<value>[A-Z]?\d[\dX]{6,17})"),
    _pattern("id_card", rf"{_LEFT}(?P<value>\d{{3}}-\d{{2}}-\d{{4}}){_RIGHT}"),
    _pattern("id_card", r"\b(?:SSN|passport|national id|licen[cs]e)\b[^.\n\d]{0,25}(?P<value>[A-Z]{0,2}\d[\d-]{4,})"),
    _pattern("card_no", rf"{_LEFT}(?P<value>\d{_SEPARATED}{{12,18}}){_RIGHT}", _is_card),
    _pattern("card_no", r"\b(?P<value>[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)\b", _has_digit),
    _pattern(
        "card_no", r"(?:银行卡|卡号|账号|帐号|信用卡|卡尾号)(?:号)?\s*(?:是|为|[:：])?\s*(?P<value>\d[\d *\-]{2,24}\d)"
    ),
    _pattern("card_no", r"\b(?:card|account|IBAN)\b[^.\n\d]{0,20}(?P<value>\d[\d -]{6,24}\d)"),
    _pattern("tracking_no", r"(?:快递|运|物流|包裹)单号?\s*(?:是|为|[:：#])?\s*(?P<value>[A-Z]{0,5}\d[A-Z0-9-]{7,29})"),
    _pattern("tracking_no", r"\btracking\b[^.\n\d]{0,20}?(?P<value>[A-Z]{0,5}\d[A-Z0-9]{7,29})"),
    _pattern(
        "tracking_no", r"(?<![A-Z0-9])(?P<value>(?:SF|JDV?[A-Z]?|YT|ZTO|STO|JT|DPK|EMS|1Z|YD|LP)\d[A-Z0-9]{8,20})"
    ),
    _pattern(
        "order_no",
        r"(?<![下买菜账名清简])(?:订单|单)(?:编号|号码|号)?\s*(?:是|为|[:：#])?\s*(?P<value>[A-Z]{0,4}[#\-]?\d[A-Z0-9-]{5,29})",
        _not_a_date,
    ),
    _pattern(
        "order_no",
        r"\border\b(?:\s+(?:number|no\.?|id))?[\s:#]{0,3}(?P<value>#?[A-Z]{0,4}-?\d[A-Z0-9-]{3,29})",
        _not_a_date,
    ),
    _pattern("order_no", r"(?P<value>#[A-Z]{0,3}\d{5,})", _not_a_date),
    _pattern("phone", rf"{_LEFT}(?P<value>(?:\+?86[ \-]?)?1[3-9]\d[ \-]?\d{{4}}[ \-]?\d{{4}}){_RIGHT}"),
    _pattern("phone", rf"{_LEFT}(?P<value>0\d{{2,3}}[ \-]\d{{7,8}}(?:[ \-]\d{{1,5}})?){_RIGHT}"),
    _pattern("phone", r"(?P<value>\+\d{1,3}[ .\-]?\(?\d(?:[ .()\-]{0,2}\d){5,13})"),
    _pattern(
        "phone",
        rf"{_LEFT}(?P<value>\(?[2-9]\d{{2}}\)?[ .\-]\d{{3}}[ .\-]\d{{4}}(?:\s?x\d{{1,5}})?){_RIGHT}",
        _not_a_hotline,
    ),
    _pattern("phone", r"(?:电话|手机|号码|联系方式)\s*(?:是|为|[:：])\s*(?P<value>\d[\d \-]{5,14}\d)", _not_a_hotline),
    _pattern(
        "phone",
        r"\b(?:phone|mobile|cell|call me|reach me|whatsapp)\b[^.\n\d+(]{0,25}(?P<value>[+(]?\d[\d ().\-]{5,18}\d)",
        _not_a_hotline,
    ),
    _pattern(
        "address",
        r"(?P<value>(?:[\u4e00-\u9fff]{2,8}(?:省|自治区))?[\u4e00-\u9fff]{2,6}(?:市|自治州)(?:[\u4e00-\u9fff]{1,6}[区县])?"
        r"[\u4e00-\u9fff\d]{2,20}(?:路|街|道|巷|弄|村|镇)[\u4e00-\u9fffA-Z\d\-]{0,30}?\d+(?:号楼|号|栋|幢|室|单元|楼|层)"
        r"(?:[A-Z\d\-]{1,6}(?:号楼|号|栋|幢|室|单元|楼|层))*)",
    ),
    _pattern(
        "address",
        r"(?P<value>[\u4e00-\u9fff]{1,10}(?:路|街|大道|巷|弄|小区|花园|公寓)\s?\d+(?:号楼|号|弄|栋|幢)"
        r"(?:[A-Z\d\-]{1,6}(?:号楼|号|栋|幢|室|单元|楼|层))*)",
    ),
    _pattern(
        "address",
        r"(?:收货|收件|寄送|家庭|我的)?地址\s*(?:是|为|改成|改为|[:：])\s*(?P<value>[\u4e00-\u9fffA-Z\d\-()（）]{6,60})",
    ),
    _pattern(
        "address",
        rf"(?P<value>\b\d{{1,6}}(?:[A-Za-z]|-\d+)?\s+(?:[NSEW]\.?\s+)?(?:[A-Z][\w'.]*\s+){{1,4}}{_STREET}\b\.?"
        r"(?:,?\s+(?:Apt|Suite|Ste|Unit|#)\.?\s*\w+)?(?:,\s*[A-Z][A-Za-z.' ]{2,25})?(?:,?\s*[A-Z]{2})?"
        r"(?:,?\s+\d{5}(?:-\d{4})?)?)",
        flags=re.RegexFlag(0),
    ),
    _pattern("address", r"(?P<value>\bP\.?\s?O\.?\s?Box\s+\d+)"),
    _pattern(
        "name",
        rf"(?:我叫|姓名|收件人|收货人|联系人)(?:是|为|[:：])?\s*(?P<value>{_SURNAME}{_HAN}{{1,2}})(?!{_HAN})",
    ),
    _pattern("name", rf"(?P<value>{_SURNAME}{_HAN}{{0,2}}?)(?={_HONORIFIC})"),
    _pattern("agent", rf"(?:客服|专员|顾问)\s*(?P<value>(?:小(?![时姐])|阿){_HAN})"),
    _pattern(
        "name",
        r"\b(?:my name is|(?:i am|i'm|this is) (?:mr|mrs|ms|dr)\.?|name:)\s+"
        r"(?P<value>(?-i:[A-Z][\w'’-]+(?: [A-Z][\w'’.-]+){0,2}))",
    ),
    _pattern(
        "name", r"\b(?:Mr|Mrs|Ms|Miss|Dr)\.?\s+(?P<value>[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?)", flags=re.RegexFlag(0)
    ),
    _pattern(
        "name",
        rf"\b(?:dear|hi|hello|hey)\s+{_NOT_A_NAME}(?P<value>(?-i:[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?))(?=\s*[,!.\n]|$)",
    ),
    _pattern(
        "agent",
        r"(?:regards|best|cheers|sincerely|thanks)\s*,\s*\n?\s*(?P<value>(?-i:[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?))\s*$",
    ),
    _pattern("agent", r"\b(?:my name is|this is)\s+(?P<value>(?-i:[A-Z][\w'’-]+))(?=,? (?:from|with|and I))"),
    _pattern(
        "amount",
        r"(?:已|为您|给您)[^。！!\n，,]{0,12}(?:退款|退还|退回|返还|补偿|赔付)[^。！!\n，,]{0,6}?(?P<value>[¥￥]?\s?\d[\d,]*(?:\.\d{1,2})?\s?(?:元|块))",
    ),
    _pattern(
        "amount",
        r"\b(?:refunded|credited|charged|returned|paid)\b[^.\n]{0,12}?(?P<value>[$€£¥]\s?\d[\d,]*(?:\.\d{1,2})?)",
    ),
    # What is left of long numbers belongs to somebody: no policy has eight digits in a row.
    _pattern("number", rf"{_LEFT}(?P<value>[A-Z]{{0,4}}\d{{8,}}){_RIGHT}", _not_a_hotline),
)
