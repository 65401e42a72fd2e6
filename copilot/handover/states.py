"""The states of a ticket as to who answers it, what moves it from one to another, and why a person takes over. Pure.

    bot ──hand over──> waiting_agent ──an agent is there──> agent
     │                      │                                 │
     └──────an agent is there (assigned, or has answered)─────┤
                            └──────── resolved: done ─────────┘
    done ──the customer writes again──> bot, or agent when one is assigned or has answered

In `agent` and `done` the bot is silent. In `waiting_agent` too, but for one case: it handed over because it did not
know (`YIELDING`). What was handed over waits for a person; another question that the customer asks meanwhile is one of
its own: a draft is made for it alone, and where a grant and every rule allow, the bot answers it. The ticket stays
handed over and goes on waiting. Whatever else happens then (the customer asks for a person, a complaint, a loop …) is
told with its own reason and makes the bot silent; so does an agent who is assigned, writes or has answered.

The state is not stored: it follows from the ticket (`bot_stopped`, its assignee, its status) and from whether an agent
has answered, so it can never disagree with them; why it was handed over stands in its last event `HandedOver`.
"""

from __future__ import annotations

from enum import StrEnum

from records.tickets.models import TicketStatus


class State(StrEnum):
    BOT = "bot"
    WAITING_AGENT = "waiting_agent"  # handed over, nobody is on it yet
    AGENT = "agent"
    DONE = "done"


class Reason(StrEnum):
    """Why a person takes over."""

    CUSTOMER_ASKED = "customer_asked"
    NO_KNOWLEDGE = "no_knowledge"
    NO_RECORD = "no_record"  # the state of an order was asked for, and none of the customer's is known
    LOW_CONFIDENCE = "low_confidence"  # under a grant, and the draft is far from what the grant asks for
    POLICY = "intent_needs_a_person"
    COMPLAINT = "complaint"  # the complaint's level, or anger
    TOOL_FAILURE = "draft_failed"  # the draft's job has failed for good
    ONLY_FILES = "only_files"  # files and no word
    LOOP = "loop"  # the bot would say again what it has said, or has spoken often enough


# About one question; the others are about the whole conversation.
YIELDING = frozenset({Reason.NO_KNOWLEDGE, Reason.NO_RECORD})

MEANINGS: dict[Reason, dict[str, str]] = {
    Reason.CUSTOMER_ASKED: {"zh": "顾客要求人工", "en": "the customer asked for a person"},
    Reason.NO_KNOWLEDGE: {"zh": "知识库没有答案", "en": "our knowledge has no answer"},
    Reason.NO_RECORD: {"zh": "没有查到顾客本人的订单", "en": "no order of this customer is known"},
    Reason.LOW_CONFIDENCE: {"zh": "把握不足", "en": "too unsure"},
    Reason.POLICY: {"zh": "此类问题须由人工回答", "en": "a person answers this kind of question"},
    Reason.COMPLAINT: {"zh": "投诉或情绪激动", "en": "a complaint, or an angry customer"},
    Reason.TOOL_FAILURE: {"zh": "系统未能生成回复", "en": "no draft could be made"},
    Reason.ONLY_FILES: {"zh": "只有附件没有文字", "en": "files and no word"},
    Reason.LOOP: {"zh": "机器人在重复", "en": "the bot repeats itself"},
}


def state_of(*, bot_stopped: bool, agent_on_it: bool, status: str) -> State:
    """`agent_on_it`: an agent is assigned, or has answered."""
    if status in (TicketStatus.RESOLVED, TicketStatus.CLOSED):
        return State.DONE
    if agent_on_it:
        return State.AGENT
    return State.WAITING_AGENT if bot_stopped else State.BOT
