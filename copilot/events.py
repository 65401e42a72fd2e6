"""What can happen to suggestions and to the bot's permission to answer."""

from core.events import EventType

SuggestionRequested = EventType("SuggestionRequested", ("message_id", "ordinal"))
SuggestionReady = EventType("SuggestionReady", ("suggestion_id",))
SuggestionReviewed = EventType("SuggestionReviewed", ("suggestion_id", "verdict"))
SuggestionReopened = EventType("SuggestionReopened", ("suggestion_id",))
ReviewTagged = EventType("ReviewTagged", ("suggestion_id",))
HandedOver = EventType("HandedOver", ("suggestion_id", "reason"))
AutoSendGranted = EventType("AutoSendGranted", ("grant_id",))
AutoSendRevoked = EventType("AutoSendRevoked", ("grant_id",))
ClassificationCorrected = EventType("ClassificationCorrected", ("field", "old", "new"))
IntentTrainingRequested = EventType("IntentTrainingRequested")
RetrievalTrainingRequested = EventType("RetrievalTrainingRequested")
ModelActivated = EventType("ModelActivated", ("artifact_kind", "artifact_id", "replaced_id"))
AutonomyChanged = EventType("AutonomyChanged", ("earned_id", "old", "new"))
AutonomyReviewDue = EventType("AutonomyReviewDue", ("slot",))
AcceptanceTrainingDue = EventType("AcceptanceTrainingDue", ("slot",))
PruningDue = EventType("PruningDue", ("slot",))
