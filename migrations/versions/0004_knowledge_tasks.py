"""knowledge tasks

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import BigId, UtcDateTime, db_now

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "knowledge_tasks",
        sa.Column("id", BigId, nullable=False),
        sa.Column("article_id", BigId, nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("open_key", sa.String(length=48), nullable=True),
        sa.Column("handler_id", BigId, nullable=True),
        sa.Column("resolution", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", UtcDateTime(), server_default=db_now(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", BigId, nullable=True),
        sa.Column("version", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_knowledge_tasks_article_id_articles"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["handler_id"], ["staff.id"], name=op.f("fk_knowledge_tasks_handler_id_staff")),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_knowledge_tasks_closed_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_tasks")),
        sa.UniqueConstraint("open_key", name=op.f("uq_knowledge_tasks_open_key")),
    )
    with op.batch_alter_table("knowledge_tasks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_knowledge_tasks_article_id"), ["article_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_knowledge_tasks_state"), ["state"], unique=False)

    op.create_table(
        "knowledge_task_evidence",
        sa.Column("id", BigId, nullable=False),
        sa.Column("task_id", BigId, nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("ordinal", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=True),
        sa.Column("article_version", BigId, nullable=False),
        sa.Column("passage_id", BigId, nullable=True),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), server_default=db_now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["knowledge_tasks.id"],
            name=op.f("fk_knowledge_task_evidence_task_id_knowledge_tasks"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_knowledge_task_evidence_ticket_id_tickets"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["passage_id"],
            ["passages.id"],
            name=op.f("fk_knowledge_task_evidence_passage_id_passages"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_task_evidence")),
        sa.UniqueConstraint(
            "task_id", "source", "ordinal", name=op.f("uq_knowledge_task_evidence_task_id_source_ordinal")
        ),
    )
    with op.batch_alter_table("knowledge_task_evidence", schema=None) as batch_op:
        batch_op.create_index("ix_knowledge_task_evidence_source", ["source"], unique=False)
        batch_op.create_index(batch_op.f("ix_knowledge_task_evidence_ticket_id"), ["ticket_id"], unique=False)


def downgrade() -> None:
    op.drop_table("knowledge_task_evidence")
    op.drop_table("knowledge_tasks")
