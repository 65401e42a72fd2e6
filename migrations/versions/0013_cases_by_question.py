"""cases by question: a ticket makes one for each question that was answered

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import BigId

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("question_seq", BigId, server_default="0", nullable=False))
        batch_op.drop_constraint(batch_op.f("uq_cases_ticket_id"), type_="unique")
        batch_op.create_unique_constraint(batch_op.f("uq_cases_ticket_id_question_seq"), ["ticket_id", "question_seq"])


def downgrade() -> None:
    # only the first case of a ticket has a place there
    op.execute(sa.text("DELETE FROM cases WHERE id NOT IN (SELECT min(id) FROM cases GROUP BY ticket_id)"))
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_cases_ticket_id_question_seq"), type_="unique")
        batch_op.create_unique_constraint(batch_op.f("uq_cases_ticket_id"), ["ticket_id"])
        batch_op.drop_column("question_seq")
