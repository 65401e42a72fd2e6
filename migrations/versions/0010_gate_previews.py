"""previews before publishing, and what they may stop

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db import BigId, JsonValue, UtcDateTime, db_now

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shops", sa.Column("publish_gate", sa.String(length=8), server_default="warn", nullable=False))
    op.create_table(
        "gate_previews",
        sa.Column("id", BigId, nullable=False),
        sa.Column("article_id", BigId, nullable=False),
        sa.Column("article_version_id", BigId, nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("falls", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("result", JsonValue, nullable=False),
        sa.Column("created_by", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), server_default=db_now(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("override", sa.Text(), server_default="", nullable=False),
        sa.Column("overridden_by", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_gate_previews_article_id_articles"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["article_version_id"],
            ["article_versions.id"],
            name=op.f("fk_gate_previews_article_version_id_article_versions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_gate_previews_created_by_staff")),
        sa.ForeignKeyConstraint(["overridden_by"], ["staff.id"], name=op.f("fk_gate_previews_overridden_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_previews")),
    )
    with op.batch_alter_table("gate_previews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gate_previews_article_id"), ["article_id"], unique=False)


def downgrade() -> None:
    op.drop_table("gate_previews")
    op.drop_column("shops", "publish_gate")
