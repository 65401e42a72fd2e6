"""The reply to a message that is only a courtesy: another one, of sentences that verification knows by heart."""

from __future__ import annotations

import re
from typing import Final

from retrieval.draft.compose import Composition
from retrieval.draft.request import Drafted, DraftRequest
from retrieval.small_talk import INTENT, Courtesy, small_talk
from retrieval.types import COURTESY, Classification, Draft, Question
from retrieval.verify import is_courtesy

VERSION: Final = "courtesy-1"
# No "好的！": beside other sentences it would grant what was asked for, and verification knows these word for word.
_REPLIES: Final[dict[Courtesy, tuple[tuple[str, int], ...]]] = {
    Courtesy.GREETING: (("offer", 0),),
    Courtesy.THANKS: (("welcome", 0), ("closing", 0)),
    Courtesy.FAREWELL: (("goodbye", 0), ("goodbye", 1)),
    Courtesy.ASSENT: (("closing", 1), ("goodbye", 1)),
}
_QUESTION = re.compile(r"[^。.!！?？\n]+[?？]")


def courtesy_in(question: Question) -> Courtesy | None:
    """What kind of courtesy the message is, None when it is more than one.

    An assent right after we asked something is an answer ("需要取消吗？" "好的") and none.
    """
    found = small_talk(question.text)
    if found is Courtesy.ASSENT and question.history:
        who, said = question.history[-1]
        if who != "customer" and not all(is_courtesy(asked.strip()) for asked in _QUESTION.findall(said)):
            return None
    return found


def reply_to(courtesy: Courtesy, request: DraftRequest) -> Drafted:
    """A draft of kind courtesy, without sources and not verified yet.

    Its confidence is the classifier's probability that the message is a greeting or thanks: the words and the model
    are two witnesses, and a grant may ask that the second one be sure too.
    """
    composition = Composition(request.language)
    if courtesy is Courtesy.GREETING:
        composition.greet(request.question.customer_name)
    for kind, number in _REPLIES[courtesy]:
        composition.courtesy(kind, number)
    draft = Draft(COURTESY, request.language, tuple(composition.sentences), (), _certainty(request.classification))
    return Drafted(draft, {"courtesy": str(courtesy), "facts_alone": False})


def _certainty(found: Classification) -> float:
    return found.confidence if found.intent == INTENT else dict(found.ranking).get(INTENT, 0.0)
