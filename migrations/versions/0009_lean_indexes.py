"""fewer index pages for a new ticket and its events: what nothing reads goes, what is null at first is left out

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NULL_AT_FIRST = ("intent", "resolved_at", "satisfaction_at")
_UNREAD = ("name", "customer_id")


def upgrade() -> None:
    for name in _UNREAD:
        op.drop_index(f"ix_events_{name}", "events")
    for name in _NULL_AT_FIRST:
        op.drop_index(f"ix_tickets_{name}", "tickets")
        known = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_tickets_{name}", "tickets", [name], sqlite_where=known, postgresql_where=known)


def downgrade() -> None:
    for name in _NULL_AT_FIRST:
        op.drop_index(f"ix_tickets_{name}", "tickets")
        op.create_index(f"ix_tickets_{name}", "tickets", [name])
    for name in _UNREAD:
        op.create_index(f"ix_events_{name}", "events", [name])
