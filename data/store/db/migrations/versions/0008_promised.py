"""What a case's source has promised, and which of its moments are no real ones.

Frozen, like the others. Of old cases no promise is known: it comes with the next import of the same records. Which of
their moments are undated is known from their events, as far as the moments that stand beside the case are concerned.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_UNDATED = (
    (1, "e.kind IN ('dispatched', 'transferred', 'reopened') AND e.at = c.dispatched_at"),
    (2, "e.kind = 'answered' AND e.actor_kind IN ('operator', 'agency') AND e.at = c.answered_at"),
    (
        4,
        "(e.kind = 'resolved' AND e.at = c.resolved_at) OR"
        " (e.kind IN ('closed', 'rejected', 'merged') AND c.resolved_at IS NULL AND e.at = c.ended_at)",
    ),
)


def upgrade() -> None:
    """Three columns; only rows with an undated event are written."""
    op.add_column("case", sa.Column("promised_at", sa.BigInteger()))
    op.add_column("case_version", sa.Column("promised_at", sa.BigInteger()))
    op.add_column("case", sa.Column("undated", sa.SmallInteger(), nullable=False, server_default=sa.text("0")))
    for flag, condition in _UNDATED:
        op.execute(
            f'UPDATE "case" SET undated = undated + {flag} WHERE id IN (SELECT e.case_id FROM case_event AS e'
            f" JOIN \"case\" AS c ON c.id = e.case_id WHERE e.reason = 'undated' AND ({condition}))"
        )
    op.execute(
        'UPDATE "case" SET undated = undated + 8 WHERE cycle > 1 AND id IN (SELECT e.case_id FROM case_event AS e'
        " WHERE e.kind = 'reopened' AND e.reason = 'undated' AND NOT EXISTS (SELECT 1 FROM case_event AS later"
        " WHERE later.case_id = e.case_id AND later.kind = 'reopened' AND later.n > e.n))"
    )
