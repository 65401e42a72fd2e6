"""What can be asked of the longer studies."""

from core.events import EventType

ReportRequested = EventType("ReportRequested", ("report_id",))
