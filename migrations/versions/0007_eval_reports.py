"""reports on a shop's own tickets

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import BigId, JsonValue, UtcDateTime, db_now

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "eval_reports",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("shop_id", BigId, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("params", JsonValue, nullable=False),
        sa.Column("report", JsonValue, nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), server_default=db_now(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_eval_reports_shop_id_shops")),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_eval_reports_created_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eval_reports")),
    )
    with op.batch_alter_table("eval_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_eval_reports_shop_id"), ["shop_id"], unique=False)

    op.create_table(
        "eval_report_items",
        sa.Column("id", BigId, nullable=False),
        sa.Column("report_id", BigId, nullable=False),
        sa.Column("ordinal", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=True),
        sa.Column("data", JsonValue, nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["eval_reports.id"],
            name=op.f("fk_eval_report_items_report_id_eval_reports"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_eval_report_items_ticket_id_tickets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eval_report_items")),
        sa.UniqueConstraint("report_id", "ordinal", name=op.f("uq_eval_report_items_report_id_ordinal")),
    )
    with op.batch_alter_table("eval_report_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_eval_report_items_ticket_id"), ["ticket_id"], unique=False)


def downgrade() -> None:
    op.drop_table("eval_report_items")
    op.drop_table("eval_reports")
