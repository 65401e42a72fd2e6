"""What the help centre's pages say, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

# key: (Chinese, English)
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "help_centre": ("帮助中心", "Help Center"),
    "skip": ("跳到正文", "Skip to content"),
    "lead": ("有什么可以帮您？", "How can we help?"),
    "question": ("输入关键词或问题", "Search or ask a question"),
    "placeholder": ("例如：退货运费谁承担？", "For example: who pays for return shipping?"),
    "search": ("搜索", "Search"),
    "ask": ("直接提问", "Ask"),
    "categories": ("按主题查找", "Browse by topic"),
    "articles": ("{n} 篇文章", "{n} articles"),
    "article": ("{n} 篇文章", "1 article"),
    "helpful_list": ("大家觉得有用", "Readers found helpful"),
    "recent": ("最近更新", "Recently updated"),
    "general": ("其他", "General"),
    "home": ("首页", "Home"),
    "breadcrumb": ("当前位置", "Breadcrumb"),
    "updated": ("更新于 {date}", "Updated {date}"),
    "version": ("第 {n} 版", "Version {n}"),
    "on_this_page": ("本页内容", "On this page"),
    "related": ("相关文章", "Related articles"),
    "was_helpful": ("这篇文章有帮助吗？", "Was this article helpful?"),
    "yes": ("有帮助", "Yes"),
    "no": ("没有帮助", "No"),
    "thanks": ("谢谢，您的反馈会帮助我们改进。", "Thank you. Your feedback helps us improve."),
    "thanks_no": ("谢谢。哪里没有说清楚？", "Thank you. What was missing or unclear?"),
    "comment": ("您的意见（选填，请勿填写个人信息）", "Your comment (optional, no personal data please)"),
    "send": ("提交", "Send"),
    "results": ("“{q}”的搜索结果", "Results for “{q}”"),
    "results_empty": ("没有找到与“{q}”相关的文章", "Nothing found for “{q}”"),
    "results_hint": (
        "换个说法再试，或者直接提问。",
        "Try other words, or ask the question directly.",
    ),
    "search_title": ("搜索", "Search"),
    "search_down": (
        "智能搜索暂时不可用，以下只按标题匹配。",
        "Search is limited at the moment: these match by title only.",
    ),
    "ask_here": ("想要直接的答案？", "Want a direct answer?"),
    "ask_here_hint": (
        "根据公开文章回答，每句话都标明出处。",
        "Answered from the published articles, with the source of every sentence.",
    ),
    "ask_this": ("回答这个问题", "Answer this question"),
    "answer": ("回答", "Answer"),
    "reading": ("正在查阅文章…", "Reading the articles…"),
    "sources": ("出处", "Sources"),
    "source_of": ("第 {n} 版，{date}", "version {n}, {date}"),
    "answer_note": (
        "由程序根据上述文章得出，已逐句与原文核对；请以文章全文为准。",
        "Put together from these articles by a program and checked sentence by sentence; the articles are what counts.",
    ),
    "unknown": (
        "我们的文章没有可靠地回答这个问题，所以这里不作猜测。",
        "Our articles do not answer this reliably, so we will not guess.",
    ),
    "needs_person": (
        "这类问题由人工客服处理，这里不自动回答。",
        "Questions like this are handled by a person, so there is no automatic answer.",
    ),
    "own_order": (
        "这里看不到您的订单。要查询自己的订单，请联系客服。",
        "Your orders cannot be seen here. To check an order of yours, contact us.",
    ),
    "may_help": ("这些文章可能有帮助", "These articles may help"),
    "contact": ("联系客服", "Contact us"),
    "contact_hint": (
        "没有解决？客服可以接着您的问题继续。",
        "Not solved? Our team can continue from your question.",
    ),
    "contact_none": (
        "请在下单的店铺页面联系客服。",
        "Please contact us through the shop you ordered from.",
    ),
    "chat": ("在聊天中继续", "Continue in chat"),
    "shop": ("店铺", "Shop"),
    "language": ("语言", "Language"),
    "other_language": ("另有 {n} 篇{language}文章", "{n} more articles in {language}"),
    "zh": ("中文", "Chinese"),
    "en": ("英文", "English"),
    "empty": (
        "还没有公开的文章。在控制台的“知识库”发布受众为“公开”的文章后，会显示在这里。",
        "There are no public articles yet. Publish one with the audience “public” under Knowledge in the console.",
    ),
    "missing": ("找不到这个页面", "Page not found"),
    "missing_hint": (
        "文章可能已经下架或移动。试试搜索：",
        "The article may have been withdrawn or moved. Try a search:",
    ),
    "problem": ("暂时无法处理", "This did not work"),
    "too_many": (
        "操作有点频繁，请 {n} 秒后再试。",
        "That is a lot at once. Try again in {n} seconds.",
    ),
    "invalid": (
        "请输入 1 到 {n} 个字的问题。",
        "Enter a question of 1 to {n} characters.",
    ),
    "unavailable": (
        "回答服务暂时不可用。您仍可以浏览文章，或联系客服。",
        "Answers are not available at the moment. You can still read the articles or contact us.",
    ),
    "broken": ("出了点问题，请稍后再试。", "Something went wrong. Please try again later."),
    "describe": (
        "{title}的常见问题与说明：{topics}。",
        "Answers and guides from {title}: {topics}.",
    ),
}
NATIVE: Final = {"zh": "中文", "en": "English"}


def say(language: str, key: str, /, **values: object) -> str:
    """Raises KeyError for a key that is not there."""
    text = _WORDS[key][0 if language == "zh" else 1]
    return text.format(**values) if values else text


def date(language: str, at: datetime) -> str:
    """As people write it: 2025年2月1日, February 1, 2025."""
    if language == "zh":
        return f"{at.year}年{at.month}月{at.day}日"
    return f"{_MONTHS[at.month - 1]} {at.day}, {at.year}"
