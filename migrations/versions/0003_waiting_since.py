"""waiting since, of tickets that were there before

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What records.tickets.waiting works out for one ticket: the oldest customer message after the last answer. A note, a
# system line and a reply that was taken back are no answers.
_FILL = """
UPDATE tickets SET waiting_since = (
    SELECT min(m.created_at) FROM messages m
    WHERE m.ticket_id = tickets.id AND m.direction = 'in' AND m.seq > coalesce((
        SELECT max(a.seq) FROM messages a LEFT JOIN deliveries d ON d.message_id = a.id
        WHERE a.ticket_id = tickets.id AND a.direction = 'out' AND a.visibility = 'public'
          AND a.author_kind <> 'system' AND (d.state IS NULL OR d.state <> 'cancelled')), 0))
WHERE status IN ('new', 'open') AND waiting_since IS NULL
"""


def upgrade() -> None:
    op.execute(_FILL)


def downgrade() -> None:
    """The column goes with 0002."""
