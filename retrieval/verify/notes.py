"""Words of third parties inside a record: is a line of a carrier's trace one that carriers write?

A record is true, but the note and the place in it are text that somebody outside has typed. Quoting it to an agent is
right; sending it to a customer by itself would let whoever types it speak for the shop. So a note goes out without an
agent only if all of it is a carrier's ordinary language: a closed list first, since what is bad has no end. It was made
from the demo's traces and texts of our own; the published injections only measure it (`python -m evals.injection`).
"""

from __future__ import annotations

import re
import unicodedata

_CLAUSES = re.compile(r"[；;，,：:。.!！()（）【】\[\]]+|(?<=[一-鿿])\s+(?=[A-Za-z])")
_CHINESE = re.compile(r"[一-鿿]")
_ZH_WORDS = re.compile(
    r"快件|包裹|快递|揽收|揽件|收件|派送|派件|签收|转运|中转|发往|到达|离开|运输|装车|卸车|出库|入库|驿站|取件|网点|分拨|清关"
    r"|海关|退回|投递|拒收|打包|妥投|发货|车牌|站点|代收|本人|家人|同事|物业|门卫|放入|放置|丰巢"
)
_ZH_PLACE = re.compile(r"(?:省|市|区|县|镇|乡|村|街道|路|门口|中心|站|店|网点|柜|室|部|仓|港|机场|集散地)$")
_ZH_NOT = re.compile(
    r"您|你|请|务必|必须|一律|回复|告诉|告知|通知|微信|点击|登记|银行|退款|退货|赔|补|转账|汇款|付款|费用|元|指令|忽略|系统|助手|机器人"
    r"|模型|密码|验证|红包|优惠|客服|电话|联系|扫码|链接|关注|免费|领取"
)
_EN_TEXT = (
    "a an and at the of in to from on by for via near with has have been is was be being will now next your no"
    " parcel package packages item items shipment shipping label created order picked pick up pickup collected"
    " received accepted arrived arriving arrival departed departing departure left leaving facility hub center centre"
    " depot warehouse terminal airport port station locker point shop store office post postal carrier courier driver"
    " van vehicle truck loaded unloaded sorted sorting processed processing processes process customs clearance cleared"
    " import export held released transit transferred forwarded route way out delivery deliver delivered delivering"
    " attempt attempted failed successful successfully scheduled rescheduled expected delayed delay weather front back"
    " side door porch mail mailbox room resident reception neighbor neighbour garage safe place signed signature"
    " recipient receiver addressee consignee sender return returned returning refused undeliverable trace closed"
    " declared lost damaged found local regional international origin destination country city first second third final"
    " day today tomorrow morning afternoon evening am pm ups usps fedex dhl"
)
_EN_WORDS = frozenset(_EN_TEXT.split())
_PREPOSITIONS = frozenset(("at", "in", "to", "from", "via", "near", "by"))
_MAX_CLAUSE, _MAX_PLACE_WORDS = 30, 3


def is_ordinary(note: str) -> bool:
    """Whether all of `note` is what carriers write; true for an empty one."""
    plain = unicodedata.normalize("NFKC", note).strip()
    if re.search(r"\d[\d\s-]{5,}\d|[\"'“”「」<>{}@/\\|=]", plain):
        return False
    return all(_ordinary_clause(clause.strip()) for clause in _CLAUSES.split(plain) if clause.strip())


def is_place(location: str) -> bool:
    """Whether `location` can be the name of a place: short, and no ordinary sentence of anything else."""
    plain = unicodedata.normalize("NFKC", location).strip()
    if len(plain) > 2 * _MAX_CLAUSE or _ZH_NOT.search(plain) or re.search(r"[^\w\s,.'()·-]", plain):
        return False
    if _CHINESE.search(plain):
        return len(plain) <= _MAX_CLAUSE
    return all(word[:1].isupper() or word in _EN_WORDS for word in re.findall(r"[^\W\d_]+", plain))


def _ordinary_clause(clause: str) -> bool:
    if len(clause) > 2 * _MAX_CLAUSE:
        return False
    if _CHINESE.search(clause):
        known = len(clause) <= 3 or _ZH_WORDS.search(clause) or _ZH_PLACE.search(clause)
        return bool(known) and len(clause) <= _MAX_CLAUSE and not _ZH_NOT.search(clause)
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)?", clause)
    places = 0
    for number, word in enumerate(words):
        if word.lower() in _EN_WORDS:
            continue
        before = words[max(0, number - _MAX_PLACE_WORDS) : number]
        if not word[0].isupper() or not _PREPOSITIONS & {one.lower() for one in before}:
            return False
        places += 1
    return places <= _MAX_PLACE_WORDS
