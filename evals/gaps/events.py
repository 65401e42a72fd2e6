"""What can happen to findings."""

from core.events import EventType

FindingsRequested = EventType("FindingsRequested")
FindingsDue = EventType("FindingsDue", ("slot",))
FindingsComputed = EventType("FindingsComputed")
FindingDecided = EventType("FindingDecided", ("finding_id", "state"))
