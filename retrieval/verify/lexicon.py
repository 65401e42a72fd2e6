"""The words that verification reasons with: what may be added, what means the same, what excludes what.

Kept as data so that a shop's editor can read it. Written for e-commerce support, before any measurement on the
held-out pairs.
"""

from __future__ import annotations

from pathlib import Path


def word_list(name: str) -> frozenset[str]:
    """The words of a list in `words/`, one or more a line, lines with # left out."""
    lines = Path(__file__).with_name("words").joinpath(name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


NOT = "⊖"
PERMIT = "⊕p"
NEED = "⊕n"
BEFORE = "⊕b"
AFTER = "⊕a"
TIME_ORDER = {
    "前": BEFORE,
    "之前": BEFORE,
    "以前": BEFORE,
    "before": BEFORE,
    "prior": BEFORE,
    "后": AFTER,
    "之后": AFTER,
}
TIME_ORDER |= {"以后": AFTER, "after": AFTER, "once": AFTER}
OPERATORS = frozenset({PERMIT, NEED})

# Words that look negative or permissive and are not: kept whole (longest first by the regex that is built from them).
ZH_ATOMS = tuple(sorted(word_list("zh_atoms.txt")))
ZH_REWRITES = {
    "包邮": "免运费",
    "免邮": "免运费",
    "免邮费": "免运费",
    "运费免费": "免运费",
    "邮费": "运费",
    "快递费": "运费",
    "配送费": "运费",
    "退钱": "退款",
    "退回款项": "退款",
    "退还货款": "退款",
    "返还货款": "退款",
    "打款": "退款",
    "非人为": "非 人为",
    "非质量问题": "非 质量问题",
    "非质量原因": "非 质量问题",
    "质量原因": "质量问题",
    "拆开": "拆封",
    "开封": "拆封",
    "出库": "发货",
    "寄出": "发货",
    "发出": "发货",
    "收货": "签收",
    "收到货": "签收",
    "收到商品": "签收商品",
    "收到包裹": "签收包裹",
    "客户": "买家",
    "顾客": "买家",
    "用户": "买家",
    "消费者": "买家",
    "购买者": "买家",
    "商家": "卖家",
    "店家": "卖家",
    "本店": "卖家",
    "产品": "商品",
    "货品": "商品",
    "货物": "商品",
    "东西": "商品",
    "宝贝": "商品",
    "购买": "购买",
    "下单": "下单",
    "保修": "质保",
    "三包": "三包",
    "保价": "价保",
    "价格保护": "价保",
    "支付": "付款",
    "负担": "承担",
    "优惠券": "优惠券",
    "折扣券": "优惠券",
    "代金券": "代金券",
    "物流": "快递",
    "包裹": "包裹",
    "撤销": "取消",
    "原路退回": "原路 退款",
    "原路返回": "原路 退款",
    "退回原支付账户": "原路 退款",
    "退到原付款账户": "原路 退款",
    "大概": "约",
    "大约": "约",
    "电子邮件": "邮箱",
    "邮件": "邮箱",
    "手机号码": "手机号",
    "开具": "开",
    "开出": "开",
    "订单编号": "订单号",
    "运单号": "快递单号",
    "物流单号": "快递单号",
    "星期": "周",
}
_ZH_FORBID = (
    "不能|不可以|不可|不得|不让|无法|不支持|不允许|不接受|不受理|不予|禁止|严禁"
    "|谢绝|拒绝|恕不|不会支持|没法|没办法|不准"
)
_ZH_NO_NEED = "无需|无须|不需要|不需|不用|不必|不要求|毋须|免(?=运费|押金|手续费|安装费|检测费)"
_ZH_PERMIT = "可以|可|能够|能|支持|允许|接受|有权|受理"
_ZH_NEED = "必须|需要|须|需|应当|应该|应|务必|要求"
_ZH_NOT = "并非|并不|并没有|没有|不会|不是|从不|绝不|未曾|尚未|暂未|还没|不|没|未|无|非|勿|别"
ZH_OPERATORS = (
    ("除外|例外|除(?=[^，。；]{1,24}外)", f" {NOT} {PERMIT} "),
    (_ZH_FORBID, f" {NOT} {PERMIT} "),
    (_ZH_NO_NEED, f" {NOT} {NEED} "),
    (_ZH_NOT, f" {NOT} "),
    (_ZH_PERMIT, f" {PERMIT} "),
    (_ZH_NEED, f" {NEED} "),
)

EN_ATOMS = (
    "no-reason", "no reason", "no later than", "no more than", "not more than", "not exceeding", "not exceed",
    "no fewer than", "no less than", "not less than", "no problem", "not only", "may 1", "no questions asked",
    "can't wait", "without delay", "whether or not",
)  # fmt: skip
EN_REWRITES = (
    (r"\bcannot\b", "can not"),
    (r"\bcan't\b", "can not"),
    (r"\bwon't\b", "will not"),
    (r"\bshan't\b", "shall not"),
    (r"n't\b", " not"),
    (r"\bnon-?refundable\b", "can not refund"),
    (r"\bnon-?returnable\b", "can not return"),
    (r"\bnon-?transferable\b", "can not transfer"),
    (r"\bnon-?", "not "),
    (r"\bineligible\b", "not eligible"),
    (r"\bunable to\b", "can not"),
    (r"\bno longer\b", "not"),
    (r"\b(?:except(?: for)?|excluding|other than)\b", f"{NOT} {PERMIT}"),
    (r"\b(?:prohibited|forbidden|banned|disallowed|refused|rejected|declined|excluded)\b", "not allowed"),
    (r"\b(?:refuse|reject|decline|prohibit|forbid)s?\b", "not allow"),
    (r"\b(?:not|never) (?:need|have|required?) to\b|\bneed not\b|\bnot (?:required|necessary|needed|need|require)\b",
     f"{NOT} {NEED}"),
    (r"\bmust not\b|\bmay not\b|\bcan not\b|\bcould not\b|\bnot be able to\b|\bnot (?:able"
        r"|allow(?:ed)?|permit(?:ted)?|accept(?:ed)?"
     r"|eligible|possible|support(?:ed)?|entitled)\b", f"{NOT} {PERMIT}"),
    (r"\bno (?=\w+ (?:is|are) (?:needed|required|necessary))", f"{NOT} {NEED} "),
    (r"\brefundable\b", "can refund"),
    (r"\breturnable\b", "can return"),
    (r"\bexchangeable\b", "can exchange"),
    (r"\bfree of charge\b|\bat no (?:extra |additional )?(?:cost|charge)\b|\bfor free\b", "free"),
    (r"\bfree (?:shipping|delivery|postage)\b|\b(?:shipping|delivery|postage) is free\b|\bships? (?:for )?free\b",
     "free shipping"),
    (r"\b(?:not|never|no|without|neither|nor|none|hardly)\b", NOT),
    (r"\b(?:can|could|may|might|able|allow(?:s|ed)?|permit(?:s|ted)?|accept(?:s|ed)?|eligible|support(?:s|ed)?"
     r"|entitled|possible)\b", PERMIT),
    (r"\b(?:must|needs? to|has to|have to|need|needs|needed|require[sd]?|should|shall|required to|necessary|obliged)\b",
     NEED),
)  # fmt: skip
EN_SYNONYMS = {
    "parcel": "package", "packag": "package", "shipment": "package", "merchandis": "item", "product": "item",
    "good": "item", "articl": "item", "purchas": "buy", "bought": "buy", "buyer": "customer", "shopper": "customer",
    "consum": "customer", "client": "customer", "seller": "merchant", "vendor": "merchant", "store": "merchant",
    "shop": "merchant", "sent": "send", "dispatch": "ship", "despatch": "ship", "postag": "ship", "deliveri": "deliver",
    "reimburs": "refund", "money": "refund", "fee": "charg", "cost": "charg", "pai": "pay", "paid": "pay",
    "payment": "pay", "receiv": "receipt", "receiv'": "receipt", "got": "receipt", "arriv": "deliver",
    "warranti": "warranty", "guarante": "warranty", "warrant": "warranty", "cancel": "cancel", "cancell": "cancel",
    "email": "email", "e-mail": "email", "mail": "email", "telephon": "phone", "call": "phone", "broken": "damag",
    "faulti": "defect", "defect": "defect", "fault": "defect", "coupon": "coupon", "voucher": "coupon",
    "promo": "coupon", "invoic": "invoice", "swap": "exchang", "replac": "replac", "begin": "start", "began": "start",
    "credit": "credit", "origin": "origin", "unworn": "unus", "unwash": "unwash", "intact": "intact", "calendar": "",
    "earli": "earli", "fund": "refund", "courier": "carrier", "shipper": "carrier",
}  # fmt: skip

# A sentence may add these without the source saying them.
ZH_SOFT = word_list("zh_soft.txt")
EN_SOFT = word_list("en_soft.txt")

# At most one of each group is true in one place: naming another one than the source does is a contradiction.
GROUPS: tuple[tuple[str, ...], ...] = (
    ("卖家", "买家", "平台", "厂家"),
    ("merchant", "customer", "platform", "manufactur"),
    ("退货", "换货", "维修"),
    ("return", "exchang", "repair", "replac"),
    ("免费", "收费", "付费", "自费"),
    ("顺丰", "京东快递", "中通", "圆通", "申通", "韵达", "极兔", "邮政", "ems", "德邦"),
    ("fedex", "usp", "dhl"),
    ("微信", "支付宝", "银行卡", "信用卡", "花呗", "储蓄卡", "京东白条", "白条", "礼品卡"),
    ("paypal", "credit", "debit", "gift", "bank"),
    ("周一", "周二", "周三", "周四", "周五", "周六", "周日", "周末", "工作日", "节假日"),
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "weekend", "weekday"),
    ("已签收", "运输中", "派送中", "已揽收", "待发货", "已发货", "已取消", "待付款", "已付款", "已退款", "已关闭"),
    ("签收", "下单", "付款", "发货"),
    ("ship", "deliver"),
    (BEFORE, AFTER),
    ("标准", "加急", "特快"),
    ("standard", "express", "expedit", "overnight"),
    ("线上", "线下"),
    ("onlin", "offlin", "in-stor"),
    ("电子发票", "纸质发票"),
    ("普票", "专票"),
    ("金卡", "银卡", "钻石", "铂金", "普通会员", "plus会员"),
    ("gold", "silver", "platinum", "bronz"),
    ("国内", "海外", "境外"),
    ("domest", "intern", "oversea"),
    ("增加", "减少"),
    ("increas", "decreas"),
    ("延长", "缩短"),
    ("新", "旧"),
    ("new", "old"),
    ("上午", "下午"),
    ("自动", "手动"),
    ("automat", "manual"),
    ("商品", "服务", "赠品"),
    ("红色", "蓝色", "黑色", "白色", "绿色", "灰色", "粉色"),
    ("red", "blue", "black", "white", "green", "gray", "pink"),
    ("open", "unopen"),
    ("use", "unus"),
    ("includ", "exclud"),
    ("包含", "不含"),
)
GROUP_OF: dict[str, int] = {word: number for number, group in enumerate(GROUPS) for word in group}

ZH_UNIVERSAL = (
    "所有",
    "任何",
    "全部",
    "一律",
    "全场",
    "任意",
    "永久",
    "终身",
    "随时",
    "完全",
    "绝对",
    "保证",
    "一定",
    "百分百",
    "无条件",
)
EN_UNIVERSAL = (
    "any", "all", "every", "always", "anytime", "everything", "anything", "forever", "lifetime", "unlimited",
    "guarante", "guaranteed", "unconditional", "unconditionally", "definitely", "certainly", "immediately", "instantly",
)  # fmt: skip
ZH_RESTRICTIONS = (
    "仅",
    "只限",
    "只能",
    "仅限",
    "除",
    "但",
    "如果",
    "若",
    "如",
    "前提",
    "除非",
    "须",
    "只有",
    "必须",
    "不含",
    "限",
)
EN_RESTRICTIONS = (
    "only", "unless", "except", "excluding", "if", "provided", "but", "however", "as long as", "subject to", "must",
)  # fmt: skip
HEADS = frozenset(
    (
        "商品",
        "订单",
        "买家",
        "会员",
        "地区",
        "发票",
        "优惠券",
        "item",
        "order",
        "customer",
        "member",
        "coupon",
        "invoice",
        "package",
    )
)
LIGHT = word_list("light.txt")
