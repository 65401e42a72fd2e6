"""All tables, imported so that metadata is complete for Alembic and tests."""

from channels.chat import models as chat_models
from copilot import models as copilot_models
from copilot.autonomy import models as autonomy_models
from core import artifacts, events, idempotency
from core.db import Base
from core.jobs import models as job_models
from evals.cases import models as eval_case_models
from evals.gaps import models as gap_models
from evals.gate import models as gate_models
from evals.reports import models as eval_report_models
from evals.runs import models as eval_run_models
from knowledge import models as knowledge_models
from knowledge.tasks import models as task_models
from records.attachments import models as attachment_models
from records.commerce import models as commerce_models
from records.imports import models as import_models
from records.inbox import models as inbox_models
from records.macros import models as macro_models
from records.people import models as people_models
from records.presence import models as presence_models
from records.shops import models as shop_models
from records.tickets import models as ticket_models

ROOMS = (
    artifacts,
    events,
    idempotency,
    job_models,
    shop_models,
    people_models,
    ticket_models,
    presence_models,
    inbox_models,
    attachment_models,
    commerce_models,
    import_models,
    chat_models,
    macro_models,
    knowledge_models,
    task_models,
    copilot_models,
    eval_case_models,
    eval_run_models,
    eval_report_models,
    gap_models,
    gate_models,
    autonomy_models,
)

metadata = Base.metadata
