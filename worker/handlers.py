"""What each job does: short transactions around the rooms' functions, no transaction while thinking or calling."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from sqlalchemy.orm import Session

from channels import outbound
from channels.chat.sessions import forget_ended
from copilot import adapting, prepare, pruning
from copilot.autonomy.model import scored
from copilot.filing import file_edit
from core.events import SYSTEM
from core.jobs.queue import Claim, LastRites
from core.storage import FileStore
from knowledge import indexing
from knowledge.cases.proposing import propose_cases as propose
from knowledge.cases.proposing import tickets_without_case
from knowledge.reindex import mark_all_indexed, reindex
from records.attachments import actions as attachments
from records.attachments.sweeping import remove_orphans
from records.tickets.queries import SEND_JOB
from retrieval.engine import Discarded, Finished, SentenceReady
from worker import autonomy, evaluating, imports, reports
from worker.context import JobContext
from worker.schedule import SCHEDULES

CASES_A_UNIT = 20

Handler = Callable[[JobContext], None]


def prepare_suggestion(job: JobContext) -> None:
    """Steps 2 and 3 of the main path: read, think with no transaction open, save and decide."""
    with job.db.unit_of_work() as session:
        prepared = prepare.begin(session, job.arg("message_id"), int(job.claim.args.get("ordinal", 1)))
    if prepared is None:
        return
    engine = job.runtime.engine()
    # A model that failed half-way starts again under the next number, so that readers drop what it had said.
    chunk_attempt = job.claim.attempt * 2
    for event in engine.stream(prepared.question):
        if isinstance(event, SentenceReady) and engine.llm is not None:
            with job.db.unit_of_work() as session:
                prepare.save_sentence(session, prepared.suggestion_id, chunk_attempt, event.ordinal, event.sentence)
        elif isinstance(event, Discarded):
            chunk_attempt += 1
        elif isinstance(event, Finished):
            intent = event.answer.classification.intent
            never_auto = intent is None or engine.classifier.taxonomy[intent].risk
            answer = scored(event.answer, job.runtime.acceptance())
            with job.finish() as session:
                prepare.conclude(session, prepared, answer, never_auto=never_auto)


def send(job: JobContext) -> None:
    outbound.send_message(job.db, job.channels, job.arg("message_id"), job.runtime.settings.send_lease_seconds)


def settle_sends(job: JobContext) -> None:
    with job.finish() as session:
        outbound.settle_dead_senders(session)


def index_article(job: JobContext) -> None:
    _index(job, article_ids=[job.arg("article_id")])


def index_case(job: JobContext) -> None:
    _index(job, case_ids=[job.arg("case_id")])


def expire(job: JobContext) -> None:
    """Take out of the index what has ended; searches have not found it since its last second anyway."""
    with job.db.reading() as session:
        ended = indexing.expired_articles(session)
    _index(job, article_ids=ended)


def _index(job: JobContext, *, article_ids: Collection[int] = (), case_ids: Collection[int] = ()) -> None:
    runtime = job.runtime
    outcome = indexing.index_documents(
        job.db,
        runtime.encoder,
        runtime.store,
        article_ids=article_ids,
        case_ids=case_ids,
        progress=job.progress,
        cache=runtime.embedding_cache,
    )
    with job.finish() as session:
        indexing.mark_indexed(session, outcome)


def propose_case(job: JobContext) -> None:
    with job.finish() as session:
        propose(session, job.arg("ticket_id"), publish=job.runtime.settings.publish_cases)


def propose_imported_cases(job: JobContext) -> None:
    """An import brought resolved tickets: a few a transaction, so that writers of other things are not held up."""
    with job.db.reading() as session:
        waiting = tickets_without_case(session)
    for start in range(0, len(waiting), CASES_A_UNIT):
        with job.db.unit_of_work() as session:
            for ticket_id in waiting[start : start + CASES_A_UNIT]:
                propose(session, ticket_id, publish=job.runtime.settings.publish_cases)
        job.progress(min(start + CASES_A_UNIT, len(waiting)), len(waiting))


def sweep_uploads(job: JobContext) -> None:
    """Uploads that were never sent: their rows, then every file that no row names. And chat sessions that ended."""
    with job.db.unit_of_work() as session:
        attachments.forget_unsent(session)
        forget_ended(session)
    remove_orphans(job.db, FileStore(job.runtime.settings.files_dir))


def file_edit_kinds(job: JobContext) -> None:
    with job.finish() as session:
        file_edit(session, job.arg("suggestion_id"))


def prune(job: JobContext) -> None:
    """A batch a unit, so that nobody waits for long."""
    keep = pruning.Keep.of(job.runtime.settings)
    gone = 0
    while True:
        with job.db.unit_of_work() as session:
            batch = pruning.prune(session, keep, [kind.name for kind in SCHEDULES])
        if not batch:
            return
        gone += batch
        job.progress(gone, gone)


def rebuild_index(job: JobContext) -> None:
    reindex(job.db, job.runtime.encoder, job.runtime.store, progress=job.progress, cache=job.runtime.embedding_cache)
    with job.finish() as session:
        mark_all_indexed(session)


def train_intents(job: JobContext) -> None:
    from copilot import training  # noqa: PLC0415 - scikit-learn: a second of start-up that no other job needs

    trained = training.train_from_tickets(job.runtime, progress=job.progress)
    job.progress(1, 1, trained.version)  # what came of it is found by the job


def train_retrieval(job: JobContext) -> None:
    trained = adapting.train_retrieval(job.runtime, actor=SYSTEM, progress=job.progress)
    job.progress(1, 1, trained.kept or "")  # what came of it is found by the job


HANDLERS: Mapping[str, Handler] = {
    "copilot.prepare": prepare_suggestion,
    "copilot.train_intents": train_intents,
    "copilot.file_edit": file_edit_kinds,
    "copilot.train_retrieval": train_retrieval,
    "copilot.prune": prune,
    "copilot.train_acceptance": autonomy.train_acceptance,
    "copilot.review_autonomy": autonomy.review_all,
    "copilot.watch_autonomy": autonomy.watch_one,
    SEND_JOB: send,
    "channels.settle": settle_sends,
    "knowledge.index_article": index_article,
    "knowledge.index_case": index_case,
    "knowledge.expire": expire,
    "knowledge.propose": propose_case,
    "knowledge.propose_imported": propose_imported_cases,
    "knowledge.reindex": rebuild_index,
    "evals.report": reports.make_report,
    "records.sweep_uploads": sweep_uploads,
    "records.import": imports.import_file,
    "evals.collect": evaluating.collect_case,
    "evals.run": evaluating.run_evaluation,
    "evals.find_gaps": reports.find_gaps,
}


# Replies that are ready never wait behind drafts: a slow model or a dead index must not hold them up.
PROMPT_JOBS = (SEND_JOB, "channels.settle")


def _reply_failed(session: Session, claim: Claim, error: str) -> None:
    outbound.give_up(session, int(claim.args["message_id"]), error)


def _no_draft(session: Session, claim: Claim, error: str) -> None:
    prepare.give_up(session, int(claim.args["message_id"]), int(claim.args.get("ordinal", 1)))


ON_DEAD: LastRites = {
    SEND_JOB: _reply_failed,
    "copilot.prepare": _no_draft,
    "records.import": imports.give_up,
    "evals.run": evaluating.give_up,
    "evals.report": reports.give_up,
}
