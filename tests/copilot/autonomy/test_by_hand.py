"""A grant by hand is audited, counted and watched as an earned one is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom
from sqlalchemy import select

from copilot.autonomy.bounds import DELTA, precision_lower
from copilot.autonomy.by_hand import MEASURED, ByHand, Stratum, grants_by_hand, wrong_at_most
from copilot.autonomy.earning import review_shop
from copilot.autonomy.governing import allow_earning, change_settings
from copilot.autonomy.models import EarnedIntent, EarningState
from copilot.autonomy.outcomes import judged
from copilot.autonomy.watching import watch_grant
from copilot.grants import active_grant, revoke_auto_send
from copilot.models import AutoSendGrant, Decision, SuggestionState
from core.db import Database
from core.events import Event
from tests.copilot.autonomy.judging import judge
from tests.copilot.world import INTENT, Written, a_ticket


def verdicts(world: Written, right: list[bool], grant: int, share: float = 0.1) -> list[int]:
    return judge(world.db, world.shop, world.customer, right, grant=grant, share=share)


def monitor(world: Written, grant: int) -> None:
    with world.db.reading() as session:
        found = judged(session, grant_id=grant)
    with world.db.unit_of_work() as session:
        watch_grant(session, grant, found)


def figures(world: Written) -> list[ByHand]:
    with world.db.reading() as session:
        return grants_by_hand(session, world.shop)


def in_force(world: Written) -> bool:
    with world.db.reading() as session:
        return active_grant(session, world.shop, INTENT) is not None


@pytest.mark.parametrize(
    ("draw", "state", "propensity"), [(0.09, SuggestionState.PENDING, 0.1), (0.1, SuggestionState.AUTO_SENT, 0.9)]
)
def test_a_share_of_what_it_would_send_is_drawn_for_review(
    db: Database, draw: float, state: str, propensity: float
) -> None:
    world = a_ticket(db)
    grant = world.grant()
    prepared = world.begin()
    assert prepared is not None
    world.conclude(prepared, draw=draw)
    assert world.suggestion(prepared.suggestion_id).state == state
    with db.reading() as session:
        decision = session.scalars(select(Decision).where(Decision.suggestion_id == prepared.suggestion_id)).one()
        assert (decision.grant_id, decision.propensity) == (grant, pytest.approx(propensity))
    (one,) = figures(world)
    drawn = state == SuggestionState.PENDING
    assert (one.grant_id, one.answers, one.sent, one.drawn, one.audited) == (grant, 1, not drawn, drawn, 0)
    assert one.wrong_at_most is None, "nothing is judged: nothing is measured"


def test_the_figure_is_the_exact_bound_and_waits_for_enough_verdicts(db: Database) -> None:
    world = a_ticket(db)
    grant = world.grant()
    verdicts(world, [True] * (MEASURED - 1), grant)
    assert [one.wrong_at_most for one in figures(world)] == [None]
    verdicts(world, [True] * 20 + [False], grant)
    (one,) = figures(world)
    assert (one.audited, one.wrong, one.drawn, one.ended_at) == (40, 1, 40, None)
    assert one.wrong_at_most == pytest.approx(1 - precision_lower(39, 40, DELTA))
    with db.unit_of_work() as session:
        revoke_auto_send(session, world.supervisor, grant)
    assert figures(world) == [], "what a person revoked is no notice"


def test_the_monitor_withdraws_it_and_a_supervisor_may_give_it_again(db: Database) -> None:
    world = a_ticket(db)
    grant = world.grant()
    verdicts(world, [True] * 5, grant)
    monitor(world, grant)
    assert in_force(world)
    verdicts(world, [False] * 8, grant)
    monitor(world, grant)
    assert not in_force(world)
    (notice,) = figures(world)
    assert (notice.grant_id, notice.audited, notice.wrong, notice.alarm) == (grant, 13, 8, 1.0)
    with db.reading() as session:
        assert session.get_one(AutoSendGrant, grant).revoked_at == notice.ended_at is not None
        told = session.scalars(select(Event).where(Event.name == "AutoSendRevoked").order_by(Event.id)).all()
        assert [(one.actor_kind, one.data["grant_id"]) for one in told] == [("system", grant)]
        (change,) = session.scalars(select(Event).where(Event.name == "AutonomyChanged").order_by(Event.id)).all()
        assert (change.actor_kind, change.data["new"]) == ("system", "withdrawn")
        row = session.scalars(select(EarnedIntent).where(EarnedIntent.shop_id == world.shop)).one()
        assert row.state == EarningState.WITHDRAWN and row.since is not None
    again = world.grant()
    monitor(world, grant)
    assert in_force(world) and [(one.grant_id, one.audited) for one in figures(world)] == [(again, 0)]


def test_the_hourly_review_watches_it_too(db: Database) -> None:
    world = a_ticket(db)
    verdicts(world, [False] * 10, world.grant())
    for _ in range(2):
        with db.reading() as session:
            found = judged(session, shop_id=world.shop)
        with db.unit_of_work() as session:
            changed = [row.state for row in review_shop(session, world.shop, None, found)]
        assert not in_force(world)
    assert changed == [], "the second time there is nothing left to withdraw"


def test_the_shops_own_target_is_what_is_watched(sqlite_db: Database) -> None:
    world = a_ticket(sqlite_db)
    with sqlite_db.unit_of_work() as session:
        change_settings(session, world.supervisor, world.shop, expected_version=0, target=0.8)
    grant = world.grant()
    verdicts(world, [True] * 30 + [False] * 3, grant)
    monitor(world, grant)
    assert in_force(world), "91% right: more than this shop asks for"


def test_what_a_supervisor_forbade_to_earn_stays_forbidden(sqlite_db: Database) -> None:
    world = a_ticket(sqlite_db)
    with sqlite_db.unit_of_work() as session:
        allow_earning(session, world.supervisor, world.shop, INTENT, allowed=False)
    grant = world.grant()
    verdicts(world, [False] * 10, grant)
    monitor(world, grant)
    with sqlite_db.reading() as session:
        row = session.scalars(select(EarnedIntent).where(EarnedIntent.shop_id == world.shop)).one()
        assert row.state == EarningState.FORBIDDEN
    assert not in_force(world) and [one.grant_id for one in figures(world)] == [grant]


def test_an_answer_under_a_grant_by_hand_proves_nothing_for_earning(sqlite_db: Database) -> None:
    world = a_ticket(sqlite_db)
    grant = world.grant()
    verdicts(world, [True] * 100, grant)
    with sqlite_db.reading() as session:
        found = judged(session, shop_id=world.shop)
    with sqlite_db.unit_of_work() as session:
        (row,) = review_shop(session, world.shop, None, found) or [
            session.scalars(select(EarnedIntent).where(EarnedIntent.shop_id == world.shop)).one()
        ]
        assert (row.state, row.looks, row.evidence["cases"]) == (EarningState.COLLECTING, 0, 0)


def test_answers_drawn_with_different_chances_weigh_what_they_stand_for() -> None:
    one = Stratum(400, 40, 1)
    assert wrong_at_most([one]) == pytest.approx(1 - precision_lower(39, 40, DELTA))
    assert wrong_at_most([]) == wrong_at_most([Stratum(10, 0, 0)]) == 1.0
    both = wrong_at_most([Stratum(100, 50, 25), Stratum(900, 50, 0)])
    low, high = 1 - precision_lower(50, 50, DELTA / 2), 1 - precision_lower(25, 50, DELTA / 2)
    assert both == pytest.approx(0.1 * high + 0.9 * low)


def test_the_bound_holds_as_often_as_it_says() -> None:
    """Two shares and two qualities; the audited ones are a chance sample of each."""
    rng, broken, worlds = np.random.default_rng(7), 0, 2000
    for _ in range(worlds):
        strata, wrong = [], 0
        for n, share, rate in ((300, 0.3, 0.02), (700, 0.1, 0.08)):
            bad = rng.random(n) < rate
            drawn = rng.random(n) < share
            strata.append(Stratum(n, int(drawn.sum()), int((bad & drawn).sum())))
            wrong += rate * n
        broken += wrong_at_most(strata) < wrong / 1000
    assert broken <= binom.ppf(0.999, worlds, DELTA)
