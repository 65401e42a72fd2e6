"""What can be asked of the evaluations."""

from core.events import EventType

EvaluationRequested = EventType("EvaluationRequested", ("run_id",))
