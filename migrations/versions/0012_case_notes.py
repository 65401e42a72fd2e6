"""case notes: what happened to a case as a code, its own words apart

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# How notes were written before: (the words, the code, of what).
_KINDS = ("accepted", "edited", "rejected", "corrected", "thumbs_down", "handed_over", "auto_sent")
_VERDICTS = ("right", "wrong", "source", "retire")
_OLD = (
    *((f"from {kind}", "made", kind) for kind in _KINDS),
    *((f"merged with {kind}", "merged", kind) for kind in _KINDS),
    *((f"news: {kind}", "news", kind) for kind in _KINDS),
    *((f"verdict: {verdict}", "verdict", verdict) for verdict in _VERDICTS),
    ("written", "made", "written"),
    ("imported", "made", "imported"),
    ("what it was made from was taken back", "source_taken_back", ""),
    ("the agent's answer", "agents_answer", ""),
    ("verdict taken back", "verdict_taken_back", ""),
    ("corrected", "changed", ""),
    ("retired", "retired", ""),
)


def upgrade() -> None:
    versions = sa.table("eval_case_versions", sa.column("note"), sa.column("note_code"), sa.column("note_of"))
    with op.batch_alter_table("eval_case_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("note_code", sa.String(length=32), server_default="", nullable=False))
        batch_op.add_column(sa.Column("note_of", sa.String(length=32), server_default="", nullable=False))
    for words, code, of in _OLD:
        values = {"note": "", "note_code": code, "note_of": of}
        op.execute(sa.update(versions).where(versions.c.note == words).values(values))


def downgrade() -> None:
    versions = sa.table("eval_case_versions", sa.column("note"), sa.column("note_code"), sa.column("note_of"))
    for words, code, of in _OLD:
        told = versions.c.note_code == code, versions.c.note_of == of, versions.c.note == ""
        op.execute(sa.update(versions).where(*told).values(note=words))
    with op.batch_alter_table("eval_case_versions", schema=None) as batch_op:
        batch_op.drop_column("note_of")
        batch_op.drop_column("note_code")
