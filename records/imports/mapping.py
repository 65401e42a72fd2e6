"""Their words → ours: columns and values of a shop's export, from a YAML file and from a list of common ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import InvalidInput
from core.yaml_text import parse_yaml
from records.commerce.models import AfterSaleKind, AfterSaleStatus, OrderStatus, ShipmentStatus
from records.tickets.models import AuthorKind, Priority, TicketStatus, Visibility


def _words(table: Mapping[str, str], own: type[StrEnum]) -> dict[str, str]:
    words = {str(word): str(word) for word in own}
    return words | {word: ours for ours, theirs in table.items() for word in theirs.split()}


# Words of JD, Taobao/Tmall, Pinduoduo, Shopify, WooCommerce and the shared data; multi-word ones joined by "_".
ORDER_STATUS = _words(
    {
        OrderStatus.PENDING: "待付款 未付款 等待付款 待支付 未支付 unpaid awaiting_payment pending_payment on_hold",
        OrderStatus.PAID: "已付款 已支付 待发货 等待发货 付款成功 awaiting_shipment",
        OrderStatus.PROCESSING: "处理中 备货中 配货中 待出库 已接单 processed in_process confirmed unfulfilled",
        OrderStatus.SHIPPED: "已发货 运输中 配送中 派送中 已出库 待收货 等待收货 in_transit fulfilled dispatched",
        OrderStatus.DELIVERED: "已签收 已送达 已收货 妥投",
        OrderStatus.COMPLETED: "已完成 交易成功 交易完成 完成 complete closed_won finished",
        OrderStatus.CANCELLED: "已取消 交易关闭 已关闭 取消 canceled closed voided",
        OrderStatus.RETURNED: "已退货 退货完成",
        OrderStatus.REFUNDED: "已退款 退款成功 退款完成",
    },
    OrderStatus,
)
SHIPMENT_STATUS = _words(
    {
        ShipmentStatus.CREATED: "已创建 待揽收 已下单 待取件 label_created pre_transit pending",
        ShipmentStatus.PICKED_UP: "已揽收 已揽件 揽收 已出库 已取件 已收件 collected accepted shipped",
        ShipmentStatus.IN_TRANSIT: "运输中 在途 已到达 转运中 已发出 已发货 transit arrived departed",
        ShipmentStatus.OUT_FOR_DELIVERY: "派送中 派件中 配送中 待取货 delivering",
        ShipmentStatus.DELIVERED: "已签收 已送达 签收 妥投 已妥投",
        ShipmentStatus.EXCEPTION: "异常 问题件 派送失败 疑难 failed failure delayed lost",
        ShipmentStatus.RETURNED: "已退回 退回 退签 拒收 return_to_sender",
    },
    ShipmentStatus,
)
AFTER_SALE_KIND = _words(
    {
        AfterSaleKind.RETURN: "退货 退款 退货退款 仅退款 refund",
        AfterSaleKind.EXCHANGE: "换货 换新 replacement replace",
        AfterSaleKind.REPAIR: "维修 返修 保修 warranty",
    },
    AfterSaleKind,
)
AFTER_SALE_STATUS = _words(
    {
        AfterSaleStatus.REQUESTED: "待审核 已申请 申请中 待处理 pending open created",
        AfterSaleStatus.APPROVED: "已同意 审核通过 已批准 待寄回 待退货 accepted authorized",
        AfterSaleStatus.SHIPPED_BACK: "已寄回 退货中 买家已发货 in_transit",
        AfterSaleStatus.RECEIVED: "已收货 商家已收货 已入库 检测中 inspecting",
        AfterSaleStatus.REFUNDED: "已退款 退款成功 退款完成",
        AfterSaleStatus.COMPLETED: "已完成 完成 complete closed finished",
        AfterSaleStatus.REJECTED: "已拒绝 审核不通过 驳回 declined denied",
        AfterSaleStatus.CANCELLED: "已取消 已撤销 取消 canceled withdrawn",
    },
    AfterSaleStatus,
)
TICKET_STATUS = _words(
    {
        TicketStatus.NEW: "新建 待处理 未处理",
        TicketStatus.OPEN: "处理中 进行中 in_progress reopened",
        TicketStatus.PENDING: "待客户 等待客户 待回复 waiting on_hold waiting_on_customer",
        TicketStatus.RESOLVED: "已解决 已处理 solved done",
        TicketStatus.CLOSED: "已关闭 已完成 关闭 已结束 archived",
    },
    TicketStatus,
)
PRIORITY = _words(
    {
        Priority.LOW: "低",
        Priority.NORMAL: "普通 中 一般 正常 medium",
        Priority.HIGH: "高 重要",
        Priority.URGENT: "紧急 加急 critical",
    },
    Priority,
)
AUTHOR = _words(
    {
        AuthorKind.CUSTOMER: "顾客 客户 买家 用户 buyer user client visitor end-user",
        AuthorKind.AGENT: "客服 人工 人工客服 坐席 卖家 商家 staff seller operator support admin",
        AuthorKind.BOT: "机器人 智能客服 assistant ai chatbot",
        AuthorKind.SYSTEM: "系统",
    },
    AuthorKind,
)
VISIBILITY = _words(
    {Visibility.NOTE: "内部 备注 内部备注 internal private", Visibility.PUBLIC: "公开 reply"}, Visibility
)

# Column names of common exports, compared in lower case with "_" for spaces and dashes.
_COLUMNS = {
    "order_no": "订单号 订单编号 order_number order_id order",
    "external_id": "客户编号 客户id 买家id 会员名 工单号 售后单号 customer_id ticket_id id",
    "customer_external_id": "客户编号 客户id 买家id 会员名 customer_id buyer_id",
    "sku": "商品编码 商家编码 sku编码 product_id",
    "name": "姓名 商品名称 商品标题 product_name title",
    "quantity": "数量 购买数量 qty",
    "unit_price": "单价 价格 price",
    "price": "价格 单价",
    "currency": "币种",
    "total": "订单金额 实付金额 总金额 amount",
    "amount": "退款金额 金额",
    "status": "订单状态 状态 物流状态 工单状态 售后状态",
    "kind": "售后类型 类型 type",
    "reason": "原因 售后原因",
    "payment_method": "支付方式",
    "recipient": "收货人 收件人",
    "address": "收货地址 详细地址 地址",
    "phone": "手机号 手机 联系电话 电话 mobile",
    "placed_at": "下单时间 order_date",
    "tracking_no": "运单号 快递单号 物流单号 tracking_number",
    "carrier": "快递公司 物流公司 承运商",
    "shipped_at": "发货时间",
    "estimated_at": "预计送达时间 预计送达",
    "delivered_at": "签收时间",
    "at": "时间 time",
    "location": "地点 位置",
    "description": "描述 说明",
    "email": "邮箱 e_mail",
    "gender": "性别",
    "country": "国家",
    "province": "省份 省 state",
    "city": "城市 市",
    "postal_code": "邮编 zip zip_code postcode",
    "tags": "标签",
    "subject": "标题 主题",
    "channel": "渠道",
    "intent": "意图",
    "priority": "优先级",
    "created_at": "创建时间",
    "resolved_at": "解决时间",
}
COLUMNS: dict[str, tuple[str, ...]] = {}
for _ours, _theirs in _COLUMNS.items():
    for _name in _theirs.split():
        COLUMNS[_name] = (*COLUMNS.get(_name, ()), _ours)


def normal_column(name: str) -> str:
    return "_".join(name.strip().lower().replace("-", " ").split())


def normal_word(word: str) -> str:
    return "_".join(word.strip().lower().split())


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    columns: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    defaults: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """`columns`: their name → our field; `values`: field → their word → ours; `defaults`: field → value when empty."""

    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)

    def field_of(self, column: str, fields: frozenset[str]) -> str | None:
        """Our field for their column, None when it is not known. The file's own word comes first."""
        name = normal_column(column)
        mapped = self.columns.get(name)
        if mapped is not None:
            return mapped if mapped in fields else None
        if name in fields:
            return name
        return next((ours for ours in COLUMNS.get(name, ()) if ours in fields), None)

    def apply(self, values: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
        """A row under our names, with mapped values and defaults; `columns` are the file's, resolved once."""
        row: dict[str, Any] = {}
        for column, name in columns.items():
            value = values.get(column, "")
            if isinstance(value, str) and name in self.values:
                value = self.values[name].get(normal_word(value), value)
            if row.get(name, "") == "":
                row[name] = value
        for name, value in self.defaults.items():
            if row.get(name, "") == "":
                row[name] = value
        return row


def load_mapping(path: Path | None, known_fields: frozenset[str]) -> ColumnMapping:
    """Raises InvalidInput for a file that is missing, is not YAML, or maps to fields that no kind has."""
    if path is None:
        return ColumnMapping()
    try:
        raw = parse_yaml(path.read_text(encoding="utf-8")) or {}
        file = _File.model_validate(raw)
    except FileNotFoundError:
        raise InvalidInput(f"There is no mapping file {path}.", field="mapping") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValidationError) as error:
        raise InvalidInput(
            f"{path.name}: a mapping is YAML with columns: {{theirs: ours}}, values: {{status: {{theirs: ours}}}} and "
            f"defaults: {{field: value}}. {error}",
            field="mapping",
        ) from error
    named = set(file.columns.values()) - {""}  # a column mapped to nothing is left out
    unknown = sorted((named | set(file.values) | set(file.defaults)) - known_fields)
    if unknown:
        raise InvalidInput(
            f"{path.name} maps to {', '.join(unknown)}, which is no field. Fields: {', '.join(sorted(known_fields))}.",
            field="mapping",
        )
    return ColumnMapping(
        {normal_column(theirs): ours for theirs, ours in file.columns.items()},
        {name: {normal_word(w): ours for w, ours in words.items()} for name, words in file.values.items()},
        file.defaults,
    )
