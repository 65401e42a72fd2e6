"""What every draft goes through before anybody sees it: verification, language, audience, promises."""

from __future__ import annotations

import logging
from dataclasses import replace

from retrieval.draft.request import STAFF_AUDIENCES, DraftRequest
from retrieval.language import detect
from retrieval.types import Draft, SearchScope, Verdict
from retrieval.verify import verify_draft
from retrieval.verify.promises import guard

log = logging.getLogger(__name__)


def checked(draft: Draft, request: DraftRequest) -> Draft:
    """`draft` with a verdict and reasons for every sentence, and without what is not the customer's to see."""
    question = request.question
    verified = verify_draft(draft, question.records, question.customer_name)
    return guard(_within_audience(_mark_foreign(verified, request), question.scope), question.actions)


def _mark_foreign(draft: Draft, request: DraftRequest) -> Draft:
    """A quotation in another language than the customer's is right and still not a reply: an agent must see it."""
    marked = []
    for sentence in draft.sentences:
        if sentence.verdict is Verdict.SUPPORTED:
            spoken = detect(sentence.text, default="zh" if draft.language == "zh" else "en")
            if spoken != draft.language:
                reason = f"is in another language than the customer's ({spoken})"
                sentence = replace(sentence, verdict=Verdict.UNCERTAIN, reasons=(*sentence.reasons, reason))
        marked.append(sentence)
    return replace(draft, sentences=tuple(marked))


def _within_audience(draft: Draft, scope: SearchScope) -> Draft:
    """The last check before anybody sees the draft: a source that is not the customer's to see is taken out."""
    allowed = scope.audiences - STAFF_AUDIENCES
    hidden = {c.number for c in draft.citations if c.source_kind != "record" and c.audience not in allowed}
    if not hidden:
        return draft
    log.error("A drafter cited sources outside of the customer's audience; they were removed.")
    sentences = tuple(s for s in draft.sentences if not hidden & set(s.citations))
    return replace(draft, sentences=sentences, citations=tuple(c for c in draft.citations if c.number not in hidden))
