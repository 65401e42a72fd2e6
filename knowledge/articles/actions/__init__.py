"""Change articles. Nothing here commits; each action checks the policy and emits one event."""

from knowledge.articles.actions.drafting import create_article, edit_draft, new_draft, submit_for_review
from knowledge.articles.actions.feedback import give_feedback, handle_feedback
from knowledge.articles.actions.publishing import (
    archive_article,
    change_scope,
    publish_text,
    publish_version,
    roll_back,
)
from knowledge.articles.actions.rows import ArticleScope, lock_article, text_digest

__all__ = [
    "ArticleScope",
    "archive_article",
    "change_scope",
    "create_article",
    "edit_draft",
    "give_feedback",
    "handle_feedback",
    "lock_article",
    "new_draft",
    "publish_text",
    "publish_version",
    "roll_back",
    "submit_for_review",
    "text_digest",
]
