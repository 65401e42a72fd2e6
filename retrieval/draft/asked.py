"""What is asked of an order: its state, which its facts state, or anything else, which only an article can answer.

A question is read by taking away what asks for a state ("where is it", "退款到账了吗"). Facts answer by themselves when
something was taken away and neither a claim, nor a request, nor another question is left; or, where the words decide
nothing, when the classifier is sure of an intent whose answer is the record (`Intent.stated`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

TOPICS = ("logistics", "refund", "order")

WRITTEN_NUMBER = re.compile(  # bounded: looked for from every letter on, a long line of letters takes minutes
    r"#?(?<![A-Za-z0-9])(?=[A-Za-z0-9-]{0,60}\d{4})[A-Za-z0-9][A-Za-z0-9-]{5,63}"
)
_DID = r"(?:了没有?|了吗|了么|没有?|吗|么|了)?"
_TAKEN = "¤"  # stands where a question for a state was
_STATE = {
    "refund": re.compile(
        r"(?:申请的?)?(?:退款|退货|换货|退换货?|售后|维修|返修)(?:的?(?:申请|请求|单|处理))?[^，,。？?！!]{0,8}?(?:有?进[度展]|到哪(?:里|儿)?(?:一步)?"
        rf"|到账|哪一?步|怎么?样|通过|批准?|状态|情况|处理(?:好|完|到哪))(?:了多少)?{_DID}"
        r"|(?:the |my )?\b(?:refund|return|exchange|repair|replacement)\b(?: (?:request|case|claim))?(?: (?:for"
        r"|of) .{0,20}?)?"
        r".{0,12}?\b(?:status|progress|update|approved|processed|issued|arrived?|received|gone through|come through"
        r"|yet)\b"
        r"|\b(?:status|progress|update|news)\b.{0,16}\b(?:refund|return|exchange|repair)(?: (?:request|case|claim))?\b"
        r"|\bwhere(?:'s| is) (?:my|the) (?:refund|money)|\bwhen (?:will|do|does|can) .{0,16}\b(?:refund|money)\b",
        re.IGNORECASE,
    ),
    "order": re.compile(
        r"(?:订单|单子|这单)[^，,。？?！!]{0,16}?(?:状态|情况|进度|信息|详情)|(?:是|现在|目前)?(?:什么|啥)状态|#(?:是|现在|目前)?(?:什么情况|怎么样了)"
        rf"|下单(?:有没有)?成功{_DID}|[买订拍]了?(?:些|的)?(?:都)?[是有]?(?:什么|啥|哪些)|(?:付|花|支付)了?(?:多少钱?)"
        r"|(?:哪天|几号|什么时候|何时)[下买拍订]的单?"
        rf"|付款成功{_DID}|(?:总共|一共|实际)[^，,。？?！!]{{0,4}}(?:付|花)了?我?(?:多少钱?)|(?:是|有)?几件(?:东西|商品)?"
        r"|(?:what(?:'s| is) )?(?:the )?\b(?:status|details?)\b(?: of)?|\bany (?:update|news)\b(?: on)?"
        r"|\bwhat(?:'s| is| was) in\b|\bwhat did i (?:order|buy)|\bhow many items\b(?: are)?|\bwhat(?:'s| is"
        r"| was) the total\b"
        r"|\bwhat(?:'s| is) (?:going on|happening|up) with\b|\b(?:is|are)\b[^.?!]{0,20}?\b(?:still )?(?:processing"
        r"|pending|on hold)\b|\bhow much did i (?:pay|spend)"
        r"|\bwhen did i (?:place|order|buy)|\b(?:did|has) .{0,25}?(?:go|gone) through|\b(?:paid|confirmed) (?:yet"
        r"|already)",
        re.IGNORECASE,
    ),
    "logistics": re.compile(
        r"(?:走|送)?到(?:了)?哪(?:里|儿|一站)?了?|在哪(?:里|儿)?了?(?=[？?。，,！!\s]|$)|(?:快递|物流|运)?单号(?:是)?(?:多少|什么|给我)?"
        r"|(?:查|看)(?:一?下|询|查)?[^，,。？?！!]{0,16}?(?:物流|快递|包裹)|(?:物流|快递|包裹|订单)[^，,。？?！!]{0,8}查(?:一?下|询)?"
        r"|[发用走]的?(?:是)?(?:什么|哪家|哪个|啥)(?:快递|物流)"
        r"|(?:发货|寄出|发出|出库|揽收|签收|送到|到货|配送|派送|送达|寄|发)(?:出?来|出去)?(?:了没有?|了吗|了么|没有)"
        r"|(?:怎么|为什么|为啥)?还?[没不未](?:有|见)?(?:发货|发出|寄出|收到|送到|到货|动静)|(?:怎么|为什么|为啥)?还[没不未]有?[发寄到送]"
        r"|(?:什么时候|几时|何时|多久|几天|几号|哪天)[^，,。？?！!]{0,8}?(?:发货|发出|寄出|送到|送达|到货|收到|收货|签收|能?到)"
        r"|(?:今天|明天|这周|周末)?(?:能不能|能否|会不会|可以)?(?:今天|明天)?(?:能)?(?:送?到|来)(?:不到|吗|呀|啊|了?没有?)(?!付款)"
        r"|(?:还要|还得|要)(?:多久|几天)(?:才能?|能)?(?:收到|到|送到)|是?(?:顺丰|中通|圆通|京东|韵达|申通|邮政|极兔)还是[^，,。？?！!]{0,6}[送发寄]的?"
        r"|卡在哪(?:里|儿|一站)?了?|(?:几|好几|多)天没(?:动|更新)了?"
        r"|预计[^，,。？?！!]{0,4}(?:送达|到达|到货|送到)(?:时间)?(?:是)?(?:什么时候|哪天|几号|何时)?"
        r"|\bwhere(?:'s| is| are)\b|(?:the )?\btrack(?:ing)?\b(?: (?:number|code|info\w*))?"
        r"|(?:\b(?:has|have|did|is|was)\b[^.?!]{0,30}?)?\b(?:shipped|dispatched|been delivered|on its way"
        r"|out for delivery|arrived)\b"
        r"(?: yet| already)?"
        r"|\bwhere (?:has|have|did)\b[^.?!]{0,24}?\b(?:got|gone|go|get)(?: to)?\b|\bwho(?:'s| is) delivering\b"
        r"|\b(?:left|leave) the warehouse"
        r"|\b(?:did|have) you (?:sen[dt]|ship|shipped) (?:it|them|#)|\bwhen\b[^.?!]{0,20}?\b(?:gets?|arrives?"
        r"|comes?)\b(?: here)?"
        r"|\bwhen (?:will|is|does|do|can|should)\b[^.?!]{0,30}?\b(?:arriv\w*|come|be delivered|get here|here|due"
        r"|ship\w*|expect)\b"
        r"|(?:still )?\b(?:has|have)(?:n't| not)(?: been)? (?:arrived|shipped|delivered|come|moved)|\b(?:which"
        r"|what) (?:carrier|courier)"
        r"(?: is)?|\bdelivery (?:status|date)",
        re.IGNORECASE,
    ),
}
_POLITE = re.compile(
    rf"(?:帮(?:我|忙)|\b(?:(?:can|could|would|will) you(?: please)?|please|what(?:'s| is))(?: the)?)\s*{_TAKEN}"
    r"|什么情况|怎么回事|请问|(?:请|麻烦|劳烦)?(?:你们?|您)?(?:帮(?:我|忙))?(?:查|看|问)(?:一?下|询|看)?|想(?:问|知道|了解)(?:一?下)?|告诉我"
    r"|\b(?:can|could|would|will) (?:you|i|someone) (?:please )?(?:tell me|check|look up|track|let me know|find out"
    r"|see|know|get an? update)\b"
    r"|\bplease (?:tell me|check|look up|track|let me know)\b|\bi(?:'d| would)? (?:like|want|need) to know\b"
    r"|\bdo you know\b"
    r"|\b(?:tell me|let me know)\b|\bthank(?:s| you)\b.*",
    re.IGNORECASE,
)
_ELSE = re.compile(
    # asks for something
    r"能不能|能否|可以|可不可以|可否|是否|有没有|能|怎么|如何|怎样|为什么|为何|为啥|谁|什么|哪|多少|多久|几[天个次]|吗|我想|我要|帮我|给我"
    r"|要求|申请"
    r"|\b(?:how|why|who|whose)\b|\b(?:can|could|may|would|will|do|does|should) (?:i|we|you|it|they)\b|\bi(?:'d"
    r"| would) like\b|\bi want\b"
    r"|\bi need (?!it\b|this\b|them\b)|\bplease\b|(?:^|[.,;!?]|\band|\bbut)\s*(?:can|could|may|would|will|do|does"
    r"|should|what|which|is|are)\b"
    # claims something, or says what went wrong
    r"|差价|价保|保价|降价|便宜|补差|赔|补[偿发]|发票|抬头|税号|专票|收据|[改换](?!过)|取消|不想要|不要了|拦截|投诉|举报|保修|质保|维修|返修|退"
    r"|少[发寄了]|漏|错|坏|破|碎|裂|划痕|瑕疵|质量|假货|正品|丢|不见了|赠品|优惠|券|积分|红包|安装|拒收|重复|两次|扣[了款]|运费|指定|态度"
    r"|\b(?:difference|cheaper|price|compensat\w*|invoices?|receipts?|vat|chang(?:e|ed|ing)|cancel\w*|complain\w*"
    r"|warranty|guarantee"
    r"|exchang\w*|swap|replac\w*|missing|wrong|broken?|damaged?|defect\w*|faulty|scratch\w*|stopped|return\w*"
    r"|send .{0,8}back|refund\w*"
    r"|charged|promo\w*|coupons?|vouchers?|discounts?|gifts?|points|install\w*|assembl\w*|instead|never|lost|stolen|"
    r"did(?:n't| not) (?:get|receive))\b",
    re.IGNORECASE,
)
_SAID_TO_BE_THERE = re.compile(
    r"(?:签收|送达|已送|妥投|放门口|放驿站).{0,14}[没未](?:有)?.{0,3}[收拿见]|[没未].{0,3}[收拿见]到?.{0,14}(?:显示|说)?(?:已签收|签收了|已送达)"
    r"|\b(?:says?|shows?|marked|shown|supposedly)\b.{0,24}\bdelivered\b",
    re.IGNORECASE,
)
_CUES = (
    (
        "refund",
        re.compile(
            r"退款.{0,8}(?:进度|到账|到了|没到|没收到|什么时候|多久|几天|查|状态|哪)|(?:钱"
            r"|款).{0,6}(?:退|到账)|退.{0,3}钱"
            r"|\b(?:my|the) refund\b|\brefund\b.{0,30}\b(?:status|arriv|receiv|yet|when"
            r"|where|how long|progress)|money back",
            re.IGNORECASE,
        ),
    ),
    (
        "logistics",
        re.compile(
            r"到哪|物流|快递(?!费)|包裹|派送|运单|单号.{0,4}查|(?:没|未)(?:有)?(?:收到"
            r"|发货|送到)|(?:什么时候|几时|何时|多久|几天).{0,4}(?:发货|送到|到货|能到)"
            r"|发货了[吗没]"
            r"|\btrack(?:ing)?\b|\b(?:parcel|package|shipment)\b|where(?:'s| is| are)? my"
            r"|\b(?:shipped|arrive[ds]?|deliver(?:y|ed)) ?(?:yet|when|status)?",
            re.IGNORECASE,
        ),
    ),
    (
        "order",
        re.compile(
            r"我的?订单|订单.{0,6}(?:状态|情况|进度|信息|查)|\bmy order\b|\border (?:status|number|#)", re.IGNORECASE
        ),
    ),
)
_OWN = re.compile(
    r"我的?(?:订单|包裹|快递|退款|钱|货|东西|商品|件|单|物流|买|下)|我.{0,6}(?:买"
    r"|下单|订|退)|到哪|没收到|还没|单号|订单号|发货了|\d{6,}"
    r"|到账了[吗没么]|\bmy (?:order|parcel|package|refund|shipment|money|item|delivery)|\bi (?:bought"
    r"|ordered|returned|paid)|\bwhere(?:'s| is| are) (?:my|our|it\b|they\b|order\b"
    r"|the (?:status\b|(?:order|parcel|package|shipment|delivery|goods|items?|refund|money)\b"
    r"(?! \w*(?:page|form|address))))"
    r"|\b(?:has|have) (?:it|they|you) (?:been )?"
    r"(?:shipped|sent|dispatched|arrived|delivered)\b|#\w+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """`topics`: the states of an order that the words ask for; `more`: they say or ask something else too."""

    topics: tuple[str, ...]
    more: bool


@lru_cache(maxsize=16)  # asked for by the engine and by the drafter
def read_asked(text: str) -> Asked:
    """What the words of a customer ask for."""
    rest = WRITTEN_NUMBER.sub("#", text)
    more = _SAID_TO_BE_THERE.search(rest) is not None
    topics = []
    for topic in ("refund", "logistics", "order"):
        rest, found = _STATE[topic].subn(_TAKEN, rest)
        if found:
            topics.append(topic)
    return Asked(tuple(topics), more or _ELSE.search(_POLITE.sub(" ", rest)) is not None)


def topic_of(text: str, intent_topic: str = "") -> str:
    """ "logistics", "refund", "order" or "": which of the customer's records the question is about.

    Of a question that asks for nothing but a state, its words decide; else `intent_topic`, what the classified intent
    needs; else cues in the text.
    """
    asked = read_asked(text)
    if asked.topics and not asked.more:
        return asked.topics[0]
    if intent_topic in TOPICS:
        return intent_topic
    return next((topic for topic, cue in _CUES if cue.search(text)), "")


def asks_about_own_records(text: str) -> bool:
    """Whether the customer means an order of their own ("where is my parcel") and not the policy."""
    return _OWN.search(text) is not None


def asks_for_own_state(text: str) -> bool:
    """Whether nothing is asked for but the state of an order of the customer's own, which no article can tell."""
    asked = read_asked(text)
    return bool(asked.topics) and not asked.more and asks_about_own_records(text)
