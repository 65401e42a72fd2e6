"""What can happen to tickets, customers and orders. Names are stable: reactions and timelines are keyed by them."""

from core.events import EventType

TicketOpened = EventType("TicketOpened")
MessageReceived = EventType("MessageReceived", ("message_id",))
NoteAdded = EventType("NoteAdded", ("message_id",))
ReplyQueued = EventType("ReplyQueued", ("message_id",))
ReplyCancelled = EventType("ReplyCancelled", ("message_id",))
DeliveryChanged = EventType("DeliveryChanged", ("message_id", "state"))
TicketAssigned = EventType("TicketAssigned", ("assignee_id", "previous_id"))
TicketChanged = EventType("TicketChanged", ("field", "old", "new"))
TicketResolved = EventType("TicketResolved")
TicketReopened = EventType("TicketReopened")
TicketClosed = EventType("TicketClosed")
CustomerChanged = EventType("CustomerChanged")
IdentityVerified = EventType("IdentityVerified", ("identity_id", "method"))
ActionRequested = EventType("ActionRequested", ("action_id",))
ActionDecided = EventType("ActionDecided", ("action_id", "state"))
ImportFinished = EventType("ImportFinished", ("run_id",))
UploadSweepDue = EventType("UploadSweepDue", ("slot",))
ImportRequested = EventType("ImportRequested", ("upload_id",))
ConversationRead = EventType("ConversationRead", ("seq",))
SatisfactionGiven = EventType("SatisfactionGiven", ("score",))
