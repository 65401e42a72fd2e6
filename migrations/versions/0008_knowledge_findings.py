"""what the knowledge lacks, contradicts or no longer needs

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import BigId, JsonValue, UtcDateTime, db_now

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "knowledge_findings",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("current", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("shop_id", BigId, nullable=True),
        sa.Column("article_id", BigId, nullable=True),
        sa.Column("other_id", BigId, nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("intent", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("volume", sa.Float(), nullable=False),
        sa.Column("effort", sa.Float(), nullable=False),
        sa.Column("data", JsonValue, nullable=False),
        sa.Column("draft_id", BigId, nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by", BigId, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), server_default=db_now(), nullable=False),
        sa.Column("computed_at", UtcDateTime(), server_default=db_now(), nullable=False),
        sa.Column("version", BigId, nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_knowledge_findings_shop_id_shops")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_knowledge_findings_article_id_articles"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["articles.id"], name=op.f("fk_knowledge_findings_other_id_articles"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["articles.id"], name=op.f("fk_knowledge_findings_draft_id_articles"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_knowledge_findings_decided_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_findings")),
        sa.UniqueConstraint("key", name=op.f("uq_knowledge_findings_key")),
    )
    with op.batch_alter_table("knowledge_findings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_knowledge_findings_shop_id"), ["shop_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_knowledge_findings_article_id"), ["article_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_knowledge_findings_other_id"), ["other_id"], unique=False)
        batch_op.create_index("ix_knowledge_findings_kind_state", ["kind", "state"], unique=False)

    op.create_table(
        "knowledge_finding_members",
        sa.Column("source_id", BigId, nullable=False),
        sa.Column("finding_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["eval_case_sources.id"],
            name=op.f("fk_knowledge_finding_members_source_id_eval_case_sources"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["knowledge_findings.id"],
            name=op.f("fk_knowledge_finding_members_finding_id_knowledge_findings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_knowledge_finding_members")),
    )
    with op.batch_alter_table("knowledge_finding_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_knowledge_finding_members_finding_id"), ["finding_id"], unique=False)


def downgrade() -> None:
    op.drop_table("knowledge_finding_members")
    op.drop_table("knowledge_findings")
