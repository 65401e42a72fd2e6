"""Reports on a shop's own tickets over HTTP: who may start and read them, and what becomes of one that fails."""

from __future__ import annotations

from sqlalchemy import delete, select

from core.events import Event
from core.jobs.models import Job
from core.jobs.queue import Claim
from evals.reports import store
from records.principals import Role
from tests.api.world import World
from worker.handlers import ON_DEAD

PATH = "/api/v1/evaluations/reports"


def test_a_report_is_started_once_and_read_by_editors_of_its_shop(world: World) -> None:
    editor, stranger = world.signed_in(Role.EDITOR, world.shop), world.signed_in(Role.EDITOR, world.other)
    body = {"kind": "backtest", "shop_id": world.shop, "limit": 10}
    assert world.client.post(PATH, json=body, headers=world.agent).status_code == 403
    assert world.client.post(PATH, json=body, headers=stranger).status_code in (403, 404)
    keyed = {**editor, "Idempotency-Key": "one"}
    made = world.client.post(PATH, json=body, headers=keyed)
    assert made.status_code == 202 and made.json()["state"] == "running"
    assert world.client.post(PATH, json=body, headers=keyed).json()["id"] == made.json()["id"]
    with world.db.reading() as session:
        asked = session.scalars(select(Event).where(Event.name == "ReportRequested")).all()
    assert [event.data for event in asked] == [{"report_id": made.json()["id"]}]
    where = f"{PATH}/{made.json()['id']}"
    assert world.client.get(where, headers=stranger).status_code == 404
    assert world.client.get(f"{where}/items", headers=stranger).status_code == 404
    assert world.client.get(PATH, headers=stranger).json()["items"] == []
    with world.db.unit_of_work() as session:
        store.add_items(session, made.json()["id"], [(n, None, {"n": n}) for n in range(3)])
    page = world.client.get(f"{where}/items?limit=2", headers=editor).json()
    rest = world.client.get(f"{where}/items?limit=2&cursor={page['next']}", headers=editor).json()
    assert [one["data"]["n"] for one in (*page["items"], *rest["items"])] == [0, 1, 2] and rest["next"] is None
    assert [one["id"] for one in world.client.get(f"{PATH}?kind=backtest", headers=editor).json()["items"]] == [
        made.json()["id"]
    ]


def test_a_report_that_cannot_be_made_says_why(world: World) -> None:
    editor = world.signed_in(Role.EDITOR)
    made = world.client.post(PATH, json={"kind": "backtest", "shop_id": world.shop}, headers=editor).json()["id"]
    claim = Claim(1, "evals.report", {"report_id": made}, 1, 8, None)
    with world.db.unit_of_work() as session:
        ON_DEAD["evals.report"](session, claim, "Ticket 1 found what was not known then.")
    shown = world.client.get(f"{PATH}/{made}", headers=editor).json()
    assert shown["state"] == "failed" and "not known" in shown["error"] and shown["report"] == {}
    assert world.client.post(f"{PATH}/{made}/resume", headers=world.agent).status_code == 403
    again = world.client.post(f"{PATH}/{made}/resume", headers=editor)
    assert again.status_code == 202 and again.json()["state"] == "running" and again.json()["error"] == ""
    with world.db.reading() as session:
        asked = session.scalars(select(Event).where(Event.name == "ReportRequested").order_by(Event.id)).all()
    assert [event.data for event in asked] == [{"report_id": made}, {"report_id": made}]
    with world.db.unit_of_work() as session:
        session.add(Job(name=store.JOB, key="again", args={"report_id": made, "event_id": 1}))
    assert world.client.post(f"{PATH}/{made}/resume", headers=editor).status_code == 409
    with world.db.unit_of_work() as session:
        session.execute(delete(Job))
        store.finish(session, made, {})
    assert world.client.post(f"{PATH}/{made}/resume", headers=editor).status_code == 409


def test_tickets_are_listed_by_what_became_of_them(world: World) -> None:
    editor = world.signed_in(Role.EDITOR)
    made = world.client.post(PATH, json={"kind": "backtest", "shop_id": world.shop}, headers=editor).json()["id"]
    agreement = {"numbers": "agree", "vectors": "AAAA"}
    said = {"answered": True, "agreement": agreement}
    items = [
        {**said, "right": False},
        {**said, "right": True},
        {**said, "right": None},
        {"answered": False},
        {"gone": True},
    ]
    with world.db.unit_of_work() as session:
        store.add_items(session, made, [(n, None, data) for n, data in enumerate(items)])

    def listed(verdict: str) -> list[int]:
        page = world.client.get(f"{PATH}/{made}/items?verdict={verdict}", headers=editor).json()
        return [one["ordinal"] for one in page["items"]]

    assert [listed(one) for one in ("wrong", "right", "untold", "silent")] == [[0], [1], [2], [3]]
    shown = world.client.get(f"{PATH}/{made}/items", headers=editor).json()["items"]
    assert len(shown) == 5 and shown[0]["data"]["agreement"] == {"numbers": "agree"}
    (listed_report,) = world.client.get(PATH, headers=editor).json()["items"]
    assert (listed_report["replayed"], listed_report["tickets"]) == (5, None)
