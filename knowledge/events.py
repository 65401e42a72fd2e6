"""What can happen to articles and cases."""

from core.events import EventType

ArticleSubmitted = EventType("ArticleSubmitted", ("article_id", "article_version_id"))
KnowledgePublished = EventType("KnowledgePublished", ("article_id", "article_version_id"))
KnowledgeRetired = EventType("KnowledgeRetired", ("article_id",))
ArticleScopeChanged = EventType("ArticleScopeChanged", ("article_id",))
CaseProposed = EventType("CaseProposed", ("case_id",))
CasePublished = EventType("CasePublished", ("case_id",))
CaseRetired = EventType("CaseRetired", ("case_id",))
ReindexRequested = EventType("ReindexRequested")
ValidityCheckDue = EventType("ValidityCheckDue", ("slot",))
