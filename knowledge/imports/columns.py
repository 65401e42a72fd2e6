"""What the columns of a table of articles mean, by the names that people give them."""

from __future__ import annotations

FIELDS = (
    "id", "title", "text", "category", "audience", "language", "shops", "intents", "valid_from", "valid_to",
    "published_at", "retired_at", "owner",
)  # fmt: skip
REQUIRED = ("id", "text")
_NAMES = {
    "id": "external_id 编号 文章编号 序号 article_id number",
    "title": "标题 文章标题 问题 question subject",
    "text": "body content 正文 内容 文章内容 答案 answer html markdown",
    "category": "分类 类目 目录 section folder",
    "audience": "可见范围 受众 visibility",
    "language": "lang 语言",
    "shops": "shop 店铺 门店",
    "intents": "intent 意图",
    "valid_from": "生效时间 生效日期 开始日期",
    "valid_to": "失效时间 失效日期 截止日期 结束日期 expires_at",
    "published_at": "发布时间 发布日期",
    "retired_at": "下线时间 归档时间",
    "owner": "负责人 author",
}
COLUMNS = {name: ours for ours, theirs in _NAMES.items() for name in (ours, *theirs.split())}


def article_field(column: str) -> str | None:
    """Our field for a column, None when it is not known."""
    return COLUMNS.get("_".join(column.strip().lower().replace("-", " ").split()))
