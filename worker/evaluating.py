"""The jobs of the evaluations: cases from what happened, runs on them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.jobs.queue import Claim
from evals.cases.collecting import collect
from evals.runs import running
from worker.context import JobContext


def collect_case(job: JobContext) -> None:
    with job.finish() as session:
        collect(session, job.arg("event_id"), ordinary_share=job.runtime.settings.eval_ordinary_share)


def run_evaluation(job: JobContext) -> None:
    run_id = job.arg("run_id")
    running.work_off_run(job.runtime, run_id, job.progress)
    with job.finish() as session:
        running.conclude_run(session, run_id)


def give_up(session: Session, claim: Claim, error: str) -> None:
    """The run cannot be ended: whoever waits for it is told why."""
    running.fail_run(session, int(claim.args["run_id"]), error)
