"""How a person writes: openings, the order's number, a detail, a tail; typos, emoji, paragraphs. How agents answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from demo.resources import load_pools

MOODS: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "delivery_delay": ("calm worried angry chatty", (1, 5, 4, 0)),
    "lost_parcel": ("calm worried angry chatty", (1, 5, 3, 0)),
    "refund_status": ("calm worried angry chatty", (4, 4, 2, 1)),
    "quality_complaint": ("calm worried angry chatty", (1, 1, 6, 0)),
    "complaint": ("calm worried angry chatty", (0, 1, 8, 0)),
    "wrong_or_missing_item": ("calm worried angry chatty", (4, 3, 3, 1)),
    "repair_warranty": ("calm worried angry chatty", (5, 3, 2, 1)),
}
_DEFAULT_MOOD = ("calm worried angry chatty", (7, 2, 0, 3))
_LOGISTICS = frozenset({"where_is_my_parcel", "delivery_delay", "lost_parcel", "change_address"})
NO_FRAME = frozenset({"greeting_thanks", "human_agent"})
_ENDS = "。！？!?…，,～~）)😂😊🙏👍👌🌹😅🙂"
_ASKS = re.compile(
    r"(?:^|, )(?:can|could|do|does|did|is|are|has|how|what|when|where|why|which|should)\b", re.IGNORECASE
)
_SLOT = re.compile(r"\{(\w+)\}")


def fill(text: str, slots: Mapping[str, str]) -> str:
    """`text` with its slots filled; raises KeyError when one is unknown, so that no placeholder gets through."""
    return _SLOT.sub(lambda match: slots[match[1]], text)


def slots_of(text: str) -> set[str]:
    return set(_SLOT.findall(text))


def mood_for(rng: Random, intent: str) -> str:
    names, weights = MOODS.get(intent, _DEFAULT_MOOD)
    return rng.choices(names.split(), weights)[0]


def _pick(rng: Random, options: Sequence[str], slots: Mapping[str, str]) -> str:
    known = [option for option in options if slots_of(option) <= slots.keys()]
    return fill(rng.choice(known), slots) if known else ""


def _typo(rng: Random, text: str, pairs: Sequence[Sequence[str]]) -> str:
    fitting = [(right, wrong) for right, wrong in pairs if right in text]
    if not fitting:
        return text
    right, wrong = rng.choice(fitting)
    return text.replace(right, wrong, 1)


def _join_zh(rng: Random, parts: list[str], email: bool) -> str:
    separator = "\n\n" if email else rng.choice(("，", "。", "。", " ", "\n"))
    text = ""
    for part in parts:
        if text and (email or text[-1] not in _ENDS):
            text = text.rstrip("，") + separator
        text += part
    return text


def _join_en(rng: Random, parts: list[str], email: bool) -> str:
    separator = "\n\n" if email or rng.random() < 0.12 else " "
    done = [part if part[-1] in _ENDS + ".:" else part + ("?" if _ASKS.search(part) else ".") for part in parts]
    return separator.join(done)


def customer_message(
    rng: Random, language: str, intent: str, mood: str, core: str, slots: Mapping[str, str], email: bool = False
) -> tuple[str, str | None]:
    """The customer's first message and, now and then, a second one right after it (the order number, forgotten)."""
    pools = load_pools(language)
    core = fill(core, slots)
    opening = rng.choice(pools["openings"][mood])
    if intent in NO_FRAME:
        # "hello, hello" is no greeting: these short ones get at most a detail behind them
        detail = rng.choice(pools["details_contact"])
        parts = [core, detail] if rng.random() < 0.6 else [core]
        return (_join_zh if language == "zh" else _join_en)(rng, parts, False), None
    if language == "en" and opening and opening.rstrip()[-1] in ".!?":
        core = core[0].upper() + core[1:]
    elif language == "en" and opening and not core.startswith(("I ", "I'", "UPS", "WELCOME", "Black", "Klarna")):
        core = core[0].lower() + core[1:]
    parts = [opening + core]
    late: str | None = None
    if "order_no" in slots and slots["order_no"] not in core and rng.random() < 0.72:
        reference = _pick(rng, pools["refs"], slots)
        if not email and rng.random() < 0.14:
            late = reference
        else:
            parts.append(reference)
    if rng.random() < (0.7 if email else 0.38):
        extra = pools["details_logistics"] if intent in _LOGISTICS else pools["details_contact"]
        parts.append(rng.choice(pools["details"] + extra))
    tail = rng.choice(pools["tails"][mood])
    if tail and not email and rng.random() < 0.75:
        parts.append(tail)
    if len(parts) > 2 and rng.random() < 0.25:
        parts[1:] = rng.sample(parts[1:], len(parts) - 1)
    text = (_join_zh if language == "zh" else _join_en)(rng, parts, email)
    if rng.random() < 0.14:
        text = _typo(rng, text, pools["typos"])
    if language == "en" and not email and rng.random() < 0.15:
        text = text.lower()
    elif not email and rng.random() < 0.12:
        text = text.rstrip("。.")
    if email:
        text += fill(rng.choice(pools["email_close"]), slots)
    return text, late


def agent_message(
    rng: Random, language: str, mood: str, core: str, slots: Mapping[str, str], first: bool, email: bool
) -> str:
    """An agent's reply: a greeting and a word on the feeling in the first one, then the facts."""
    pools = load_pools(language)
    core = fill(core, slots)
    if not first:
        return core
    greeting = _pick(rng, pools["greet"], slots)
    soothe = rng.choice(pools["soothe"][mood])
    if re.match(
        r"非常抱歉|抱歉|实在抱歉|让您久等|别着急|您别着急|I'm sorry|I'm so sorry|Sorry|You are right|That is upsetting",
        core,
    ):
        soothe = ""
    if intro_repeats(core):
        greeting = ""
    break_ = "\n\n" if email and (greeting or soothe) else ""
    return (
        f"{greeting}{soothe}".rstrip(" ")
        + (break_ or (" " if language == "en" and (greeting or soothe) else ""))
        + core
    )


def intro_repeats(core: str) -> bool:
    """Whether the reply greets by itself, so that a greeting before it would be one too many."""
    return core.startswith(("您好", "Hi,", "Hello", "谢谢您", "Thank you"))


def closing(rng: Random, language: str, slots: Mapping[str, str]) -> list[tuple[str, str]]:
    """How a conversation ends: maybe one more question with its answer, thanks, goodbye. (author, text) pairs."""
    pools: Mapping[str, Any] = load_pools(language)
    said: list[tuple[str, str]] = []
    if rng.random() < 0.22:
        question, answer = rng.choice(pools["followups"])
        said += [("customer", question), ("agent", fill(answer, slots))]
    if rng.random() < 0.55:
        said.append(("customer", rng.choice(pools["thanks"])))
        if rng.random() < 0.6:
            said.append(("agent", rng.choice(pools["bye"])))
    return said
