"""Jobs of earned autonomy: train the acceptance model, look what is proven, withdraw what fell."""

from __future__ import annotations

from sqlalchemy import select

from copilot.autonomy.earning import review_shop
from copilot.autonomy.outcomes import judged
from copilot.autonomy.watching import watch_grant
from copilot.decide import AUDIT
from copilot.models import Decision
from core.errors import InvalidInput
from core.events import SYSTEM
from records.shops.models import Shop
from worker.context import JobContext


def train_acceptance(job: JobContext) -> None:
    """Too few outcomes are no failure: it comes again tomorrow."""
    from copilot.autonomy import training  # noqa: PLC0415 - scikit-learn: a second of start-up that no other job needs

    try:
        trained = training.learn(job.runtime)
    except InvalidInput:
        return
    with job.finish() as session:
        training.keep(session, SYSTEM, trained)


def review_all(job: JobContext) -> None:
    """A shop a unit. Every intent is looked at that has enough new cases; every grant is watched."""
    model = job.runtime.acceptance()
    with job.db.reading() as session:
        shops = list(session.scalars(select(Shop.id).where(Shop.active).order_by(Shop.id)))
    for done, shop_id in enumerate(shops, 1):
        with job.db.reading() as session:
            outcomes = judged(session, shop_id=shop_id)
        with job.db.unit_of_work() as session:
            review_shop(session, shop_id, model, outcomes)
        job.progress(done, len(shops))


def watch_one(job: JobContext) -> None:
    """A verdict was given, typed or taken back. If that draft was drawn for review, the monitor looks at once, so that
    what fell stops now; everything else waits for the next `review_all`."""
    with job.db.reading() as session:
        suggestion_id = job.arg("suggestion_id")
        grant_id = session.scalar(
            select(Decision.grant_id).where(Decision.suggestion_id == suggestion_id, Decision.reason == AUDIT)
        )
        outcomes = judged(session, grant_id=grant_id) if grant_id is not None else []
    if grant_id is None:
        return
    with job.finish() as session:
        watch_grant(session, grant_id, outcomes)
