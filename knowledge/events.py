"""What can happen to articles and cases."""

from core.events import EventType

ArticleDrafted = EventType("ArticleDrafted", ("article_id", "article_version_id"))
ArticleSubmitted = EventType("ArticleSubmitted", ("article_id", "article_version_id"))
KnowledgePublished = EventType("KnowledgePublished", ("article_id", "article_version_id"))
KnowledgeRetired = EventType("KnowledgeRetired", ("article_id",))
ArticleScopeChanged = EventType("ArticleScopeChanged", ("article_id",))
FeedbackGiven = EventType("FeedbackGiven", ("article_id", "helpful"))
FeedbackHandled = EventType("FeedbackHandled", ("article_id", "handled"))
CaseProposed = EventType("CaseProposed", ("case_id",))
CaseEdited = EventType("CaseEdited", ("case_id",))
CasePublished = EventType("CasePublished", ("case_id",))
CaseDiscarded = EventType("CaseDiscarded", ("case_id", "duplicate_of"))
CaseRetired = EventType("CaseRetired", ("case_id",))
ReindexRequested = EventType("ReindexRequested")
ValidityCheckDue = EventType("ValidityCheckDue", ("slot",))
KnowledgeTaskOpened = EventType("KnowledgeTaskOpened", ("article_id", "task_id"))
KnowledgeTaskChanged = EventType("KnowledgeTaskChanged", ("article_id", "task_id"))
