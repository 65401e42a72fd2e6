"""The promise guard: a sentence that says something has been or is being done for this customer, when nothing shows it.

"我已为您退款", "we have issued a refund", "will be refunded today": done, under way or about to be done, for this one.
How a shop works in general ("退款一般在 3 天内到账", "refunds are issued once we have the item") is no promise of that
kind; whether it is true is for the verification of sentences. Rules, no model.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from retrieval.types import Citation, Draft, DraftSentence, Verdict
from retrieval.verify.courtesy import COURTESIES

VERSION = "promises-2"
MARK = "promises an action that no record shows"  # how the reason of such a sentence begins
TRANSFER = "transfer"

# what is done → Chinese, English (participles and bare verbs with their things)
_KINDS: tuple[tuple[str, str, str], ...] = (
    ("reship", r"补发|补寄|重发|重新(?:发货|寄|发)|再(?:发|寄)一", r"resen[dt]|re-?ship(?:ped|ping)?|replacement"),
    ("exchange", r"换货|换新|更换|调换", r"exchang(?:e|ed|ing)|swapp?(?:ed|ing)?"),
    ("compensate", r"补偿|赔偿|赔付|优惠券|红包|代金券|积分|返现|退差价|补差价",
     r"compensat(?:e|ed|ion)|coupon|voucher|store credit|goodwill|points"),
    ("cancel", r"取消|撤销|关闭(?:订单|交易)", r"cancel(?:l?ed|l?ing|lation)?"),
    ("return", r"退货|上门取件|取件|退货单", r"return (?:label|request)|pick-?up|collect(?:ed|ion)"),
    ("refund", r"退款|退钱|退还|退回|原路退|打款|返还", r"refund(?:ed|ing)?|money back|reimburs(?:e|ed|ement)"),
    ("change_address", r"(?:修改|更改|改好|改成|变更|更新)[^，。；]{0,6}(?:地址|电话|信息|收货人|订单)"
     r"|(?:地址|电话)[^，。；]{0,4}(?:改|更新)",
     r"(?:chang|updat|correct)(?:e|ed|ing) (?:the|your) (?:delivery |shipping )?(?:address|order|details|phone)"
     r"|(?:address|order) (?:has been|was|is) (?:changed|updated|corrected)"),
    ("expedite", r"催促|催(?:了|过|一?下)|催单|催件|加急|优先(?:处理|发货|安排)|尽快安排发货|安排发货",
     r"expedit(?:e|ed|ing)|prioriti[sz](?:e|ed|ing)|rush(?:ed|ing)?|chas(?:e|ed|ing)|speed(?:ed)? up"),
    ("repair", r"维修|修理|返修|安排师傅|上门(?:服务|安装)", r"repair(?:ed|ing)?|technician"),
    (TRANSFER, r"转(?:接|给|交|到|至)?(?:了)?(?:人工|同事|专员|主管|客服|经理|相关部门)|(?:同事|专员|主管"
    r"|人工客服|经理)[^，。；]{0,8}"
     r"(?:联系|跟进|回复|回电|处理|核实)|升级处理|反馈给",
     r"(?:transfer|connect|pass|forward|escalat)(?:r?ed|r?ing|ed|ing|e)?\b[^.;]{0,40}"
     r"\b(?:agent|colleague|team|specialist|supervisor|manager|person|human|department)"
     r"|(?:colleague|agent|specialist|supervisor|manager|someone|team)\b[^.;]{0,20}\b(?:will|is going to) "
     r"(?:contact|call|follow|reach|get back|reply|review|handle|look)|escalated"),
    ("contact", r"联系(?:了)?(?:快递|物流|仓库|商家|卖家|厂家|您|你)|回电|致电|发(?:送)?(?:了)?(?:邮件|短信)",
     r"contact(?:ed|ing)? (?:the )?(?:carrier|courier|warehouse|seller|you)|call(?:ed|ing)? you"
     r"|e-?mail(?:ed|ing)? you|sent you"),
    ("other", r"登记|备注|提交|申请|处理(?:好|完)|办理|开(?:具|好)(?:了)?发票|注销|删除|解锁|重置|激活"
     r"|开通|预留|安排|核实|查询",
     r"submitt?(?:ed|ing)?|register(?:ed)?|process(?:ed|ing)|fil(?:ed|ing)|open(?:ed|ing) a (?:case|ticket|claim)"
     r"|appl(?:ied|ying)|delet(?:ed|ing)|unlock(?:ed)?|reset|activat(?:ed|ing)|reserv(?:ed|ing)|arrang(?:e|ed|ing)"
     r"|issued|credited|sent|booked|scheduled|taken care of|noted"),
)  # fmt: skip
_THINGS = tuple((kind, re.compile(rf"(?:{zh})|\b(?:{en})\b")) for kind, zh, en in _KINDS)

# somebody of ours does it for this customer: done, being done, or now
_ZH_DOING = re.compile(
    r"(?:我们?|本店|小二|客服|系统|这边|这里|商家|店铺)?\s*(?:都|就)?(?:已经?|刚刚?|刚才|正在|马上|这就"
    r"|立即|立刻|现在|稍后|稍等|今天|今晚|明天|尽快|会|将|可以马上)"
    r"[^，。；!！]{0,10}?(?:为|帮|给|替)(?:您|你|亲)|(?:我们?|这边|小二|本店)[^，。；!！]{0,4}?(?:为|帮"
    r"|给|替)(?:您|你|亲)"
    r"|(?:为|帮|给|替)(?:您|你|亲)[^，。；!！]{0,14}?(?:了(?:$|[，。；!！呢哦])|好了|完毕|成功)"
    r"|(?:您|你|亲)的[^，。；!！]{0,14}?(?:已经?|刚刚?|正在|马上|今天|今晚|明天|稍后|立即)"
    r"|(?:已经?|刚刚?)(?:安排|提交|登记|备注|转|反馈|联系|催|退|发|取消|修改|申请|通知|处理|核实|升级)"
    r"|(?:我们?|这边|小二)(?:会|将|马上|这就|立刻|立即|现在|来|去|已)"
)
_EN_DOING = re.compile(
    r"\b(?:i|we)(?: have|'ve|'ll| will|'m going to|'re going to| am going to| are going to| am| are|'m"
    r"|'re| just| already)\b"
    r"|\b(?:i|we) (?:issued|refunded|cancell?ed|sent|resent|shipped|escalated|contacted|submitted|arranged|processed"
    r"|updated|changed|credited|forwarded|passed|added|applied|opened|filed|asked|let me)\b"
    r"|\blet me (?:now )?\w+|\byour [\w ]{1,30}?(?:has been|have been|was|were|is being|are being|will be"
    r"|is going to be)\b"
    r"|\byou(?:'ll| will| are going to|'re going to| should)?(?: have)? (?:be |been )?(?:refunded"
    r"|credited|compensated|sent|contacted|receive)"
    r"|\b(?:a|an|the|one|another) [\w ]{1,30}?(?:has been|have been|is being|is on (?:its|the) way|will be)\b"
    r"|^\s*(?:done|all set)\b|\b(?:has|have) (?:now |just |already )?been (?:issued|submitted|cancell?ed"
    r"|arranged|processed)"
)
# how it goes in general or what the customer can do: not what is done for this one
_GENERAL = re.compile(
    r"如果|如需|若|的话|一般|通常|可以申请|您可以|你可以|请您?(?:先|在|点击|提供|联系|到)|需要您|(?:收到"
    r"|审核|签收|验收|确认|通过|提交|付款|下单)[^，。；]{0,16}(?:后|之后|之日起)"
    r"|支持|无法|不能|不会|暂不|尚未|还没|未能|没有|哪|吗|是否|\?|？"
    r"|\bif\b|\bonce\b|\bwhen\b|\bafter (?:we|you|the|your|inspection|it)\b|\bunless\b|\busually\b"
    r"|\bnormally\b|\btypically\b|\bgenerally\b"
    r"|\byou can\b|\byou may\b|\bplease\b|\bcannot\b|\bcan't\b|\bnot\b|\bn't\b|\bunable\b|\bno longer\b"
    r"|\bto get\b|\bin order to\b"
)
_DONE = re.compile(
    r"已|刚刚?(?:才)?|了(?:$|[，。；!！呢哦])|好了|完毕|成功|正在|马上|这就|立即|立刻|现在|今天|今晚|稍后|明天|尽快"
    r"|\b(?:have|has|had|'ve|just|already|today|tonight|tomorrow|now|shortly|immediately|right away|being"
    r"|was|were|been"
    r"|am|'m|are|'re|asap|soon|going to)\b|ed\b|\bsent\b"
)
_DEPENDS = re.compile(
    r"如果|如需|如有|若|只要|一旦|的话|后$|之后|(?:收到|审核|签收|验收|通过).{0,16}后|\b(?:if|once|when"
    r"|after|as soon as|unless)\b"
)
_PAST = re.compile(r"已|刚|了$|\b(?:have|has|'ve|just|already)\b")
_TRANSFERS = {text for texts in COURTESIES.values() for kind in ("handover",) for text in texts[kind]}
_ASKS = ("ask_verify", "ask_order", "no_orders", "not_your_order")
# what follows is up to the customer: "first prove who you are, then we look up your order"
_REQUESTS = {text for texts in COURTESIES.values() for kind in _ASKS for text in texts[kind]}
# what a request for an action counts as having been done, by the names of records.commerce
_SHOWN_BY: Mapping[str, tuple[str, ...]] = {
    "refund": ("refund", "退款"), "cancel": ("cancel", "取消"), "reship": ("reship", "补发", "resent"),
    "exchange": ("exchange", "换货"), "return": ("return", "退货", "取件"), "repair": ("repair", "维修"),
    "change_address": ("change_address", "地址"), "expedite": ("expedite", "加急", "催"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Promise:
    """`kind`: refund, cancel … transfer, other. `general`: in the future tense, as policies speak ("我们会…")."""

    kind: str
    general: bool


def promised(text: str) -> Promise | None:
    """What the sentence says is done for this customer; None when it only tells how things go."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'").strip()
    if text.strip() in _TRANSFERS:
        return Promise(TRANSFER, general=False)
    if text.strip() in _REQUESTS:
        return None
    for sentence in re.split(r"[。;；.!！\n]", folded):
        depends = False  # on something that is yet to happen: "once we have it, we will …"
        for clause in re.split(r"[，,]", sentence):
            found = _in_clause(clause)
            if found is not None and not (depends and not _PAST.search(clause)):
                return found
            depends = depends or bool(_DEPENDS.search(clause))
    return None


def _in_clause(clause: str) -> Promise | None:
    if not (_ZH_DOING.search(clause) or _EN_DOING.search(clause)) or _GENERAL.search(clause):
        return None
    for kind, thing in _THINGS:
        if thing.search(clause):
            return Promise(kind, general=kind != TRANSFER and not _DONE.search(clause))
    return None


def says_transfer(text: str) -> bool:
    """The text tells the customer that a person takes over."""
    pieces = re.split(r"(?<=[。！!？?；;.\n])", text)
    return any(found is not None and found.kind == TRANSFER for found in map(promised, pieces))


def guard(draft: Draft, taken: Collection[str] = ()) -> Draft:
    """`draft` with every promise that nothing shows marked unsupported, and why.

    `taken` are the kinds of actions that were approved or done for this customer ("refund", "cancel"). A sentence that
    a record of this customer supports, and whose record tells of the action, is no promise; neither is a published
    article's own "we will …", when it is supported. A case tells what was done for somebody else.
    """
    if not draft.answered:
        return draft  # it says that a person takes over, and one does
    citations = {citation.number: citation for citation in draft.citations}
    return replace(
        draft,
        sentences=tuple(
            _guarded(one, [citations[n] for n in one.citations if n in citations], taken) for one in draft.sentences
        ),
    )


def _guarded(sentence: DraftSentence, cited: Sequence[Citation], taken: Collection[str]) -> DraftSentence:
    found = promised(sentence.text)
    if found is None or found.kind in taken or _shown(sentence, found, cited):
        return sentence
    reason = f"{MARK}: {found.kind}"
    return replace(sentence, verdict=Verdict.UNSUPPORTED, reasons=(*sentence.reasons, reason))


def _shown(sentence: DraftSentence, found: Promise, cited: Sequence[Citation]) -> bool:
    if sentence.verdict is not Verdict.SUPPORTED:
        return False
    words = _SHOWN_BY.get(found.kind, ())
    if any(c.source_kind == "record" and (not words or any(word in c.text for word in words)) for c in cited):
        return True
    return found.general and any(c.source_kind == "article" for c in cited)
