"""The demo's questions as evaluation cases, measured once, so that the quality screens have something to show."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from copilot.runtime import Runtime
from core.errors import Conflict
from core.yaml_text import parse_yaml
from demo.resources import ROOT
from evals.cases.actions import create_case
from evals.cases.models import Expected
from evals.gaps.actions import request_findings as ask_for_findings
from evals.runs.models import EvalRun
from evals.runs.running import begin_run
from knowledge.models import Article
from records.principals import SYSTEM_PRINCIPAL
from records.shops.models import Shop

RUN = "demo"


def ask_for_demo_run(runtime: Runtime) -> None:
    """Write the cases, ask a job for a run on them and one for the gaps; nothing happens when there is a run."""
    with runtime.db.unit_of_work() as session:
        if session.scalar(select(exists().select_from(EvalRun))):
            return
        _write(session, parse_yaml((ROOT / "questions.yaml").read_text("utf-8")))
        begin_run(session, SYSTEM_PRINCIPAL, name=RUN)
        ask_for_findings(session, SYSTEM_PRINCIPAL)


def _write(session: Session, questions: dict[str, list[dict[str, Any]]]) -> None:
    shops = dict(session.execute(select(Shop.code, Shop.id)).tuples().all())
    articles = dict(
        session.execute(select(Article.external_id, Article.id).where(Article.external_id.is_not(None))).tuples().all()
    )
    for one in (*questions["answerable"], *questions["unanswerable"]):
        named = [one["article"], *one.get("also", [])] if "article" in one else []
        sources = [f"article:{articles[name]}" for name in named if name in articles]
        try:
            with session.begin_nested():
                create_case(
                    session,
                    SYSTEM_PRINCIPAL,
                    question=one["text"],
                    language=one["language"],
                    shop_id=shops[one["shop"]],
                    expected=Expected.ANSWER if sources else Expected.HAND_OVER,
                    sources=sources,
                )
        except Conflict:
            continue  # two of the demo's questions ask the same
