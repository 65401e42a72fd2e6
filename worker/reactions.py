"""The newcomer's map: which jobs an event leads to. A change writes only its event; everything else starts here."""

from __future__ import annotations

from collections.abc import Mapping

from copilot import events as copilot_events
from evals import events as eval_events
from evals.gaps import events as gap_events
from evals.reports import events as report_events
from knowledge import events as knowledge_events
from records import events as record_events
from records.tickets.queries import SEND_JOB

REACTIONS: Mapping[str, tuple[str, ...]] = {
    record_events.MessageReceived.name: ("copilot.prepare",),
    record_events.ReplyQueued.name: (SEND_JOB,),
    record_events.TicketResolved.name: ("knowledge.propose", "evals.collect"),
    record_events.SatisfactionGiven.name: ("evals.collect",),
    record_events.ImportFinished.name: ("knowledge.propose_imported",),
    record_events.ImportRequested.name: ("records.import",),
    record_events.UploadSweepDue.name: ("records.sweep_uploads",),
    copilot_events.SuggestionReviewed.name: ("evals.collect", "copilot.watch_autonomy"),
    copilot_events.SuggestionReopened.name: ("copilot.file_edit", "evals.collect", "copilot.watch_autonomy"),
    copilot_events.ReviewTagged.name: ("copilot.file_edit", "evals.collect", "copilot.watch_autonomy"),
    copilot_events.HandedOver.name: ("evals.collect",),
    copilot_events.ClassificationCorrected.name: ("evals.collect",),
    eval_events.EvaluationRequested.name: ("evals.run",),
    copilot_events.SuggestionRequested.name: ("copilot.prepare",),
    copilot_events.IntentTrainingRequested.name: ("copilot.train_intents",),
    copilot_events.RetrievalTrainingRequested.name: ("copilot.train_retrieval",),
    copilot_events.AutonomyReviewDue.name: ("copilot.review_autonomy",),
    copilot_events.AcceptanceTrainingDue.name: ("copilot.train_acceptance",),
    copilot_events.PruningDue.name: ("copilot.prune",),
    report_events.ReportRequested.name: ("evals.report",),
    gap_events.FindingsRequested.name: ("evals.find_gaps",),
    gap_events.FindingsDue.name: ("evals.find_gaps",),
    knowledge_events.KnowledgePublished.name: ("knowledge.index_article",),
    knowledge_events.KnowledgeRetired.name: ("knowledge.index_article",),
    knowledge_events.ArticleScopeChanged.name: ("knowledge.index_article",),
    knowledge_events.CasePublished.name: ("knowledge.index_case",),
    knowledge_events.CaseRetired.name: ("knowledge.index_case",),
    knowledge_events.ReindexRequested.name: ("knowledge.reindex",),
    knowledge_events.ValidityCheckDue.name: ("knowledge.expire", "channels.settle"),
}
