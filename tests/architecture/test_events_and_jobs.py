"""Every event leads somewhere, or is known to be for the timeline only; every job has a handler."""

from __future__ import annotations

import importlib
import re

from core.events import REGISTRY
from tests.architecture.tree import ROOT, sources
from worker.handlers import HANDLERS, ON_DEAD
from worker.reactions import REACTIONS
from worker.schedule import SCHEDULES

# Nothing is to be done: they stand in a ticket's timeline, in hints to open screens, and for reports.
TIMELINE_ONLY = {
    "TicketOpened", "NoteAdded", "ReplyCancelled", "DeliveryChanged", "TicketAssigned", "TicketChanged",
    "TicketReopened", "TicketClosed", "CustomerChanged", "IdentityVerified", "ActionRequested", "ActionDecided",
    "ArticleDrafted", "ArticleSubmitted", "FeedbackGiven", "FeedbackHandled", "CaseProposed", "CaseEdited",
    "CaseDiscarded", "KnowledgeTaskOpened", "KnowledgeTaskChanged",
    "SuggestionReady",
    "AutoSendGranted", "AutoSendRevoked", "AutonomyChanged",
    "ModelActivated", "DemoSeeded", "ConversationRead", "FindingDecided", "FindingsComputed",
}  # fmt: skip
_DECLARED = re.compile(r"^\w+ = EventType\(\s*\"(\w+)\"", re.MULTILINE)


def declared() -> set[str]:
    """Names of all event types in the source; their modules are imported, which registers them."""
    names: set[str] = set()
    for path in sources():
        found = _DECLARED.findall(path.read_text("utf-8"))
        if found:
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            names.update(found)
    return names


def test_every_event_has_a_reaction_or_is_for_the_timeline_only() -> None:
    names = declared()
    assert names <= set(REGISTRY)
    assert len(names) > 30, "the pattern no longer finds the declarations"
    assert names - set(REACTIONS) - TIMELINE_ONLY == set(), "add a reaction, or list them in TIMELINE_ONLY"
    assert TIMELINE_ONLY & set(REACTIONS) == set(), "these have reactions: take them out of TIMELINE_ONLY"
    assert TIMELINE_ONLY - names == set(), "these are declared nowhere"


def test_reactions_are_to_declared_events() -> None:
    assert set(REACTIONS) <= declared()
    assert {kind.name for kind in SCHEDULES} <= set(REACTIONS), "an event by the clock that nothing reacts to"


def test_every_job_has_a_handler_and_every_handler_a_job() -> None:
    named = {job for jobs in REACTIONS.values() for job in jobs}
    assert named == set(HANDLERS)
    assert set(ON_DEAD) <= set(HANDLERS)


def test_jobs_are_named_after_the_room_that_does_them() -> None:
    assert {job.split(".")[0] for job in HANDLERS} <= {"copilot", "channels", "knowledge", "records", "evals"}


def test_an_event_carries_ids_and_no_text() -> None:
    declared()
    telling = {"text", "body", "message", "question", "answer", "subject", "email", "phone", "address", "content"}
    assert {name: set(kind.fields) & telling for name, kind in REGISTRY.items() if set(kind.fields) & telling} == {}
