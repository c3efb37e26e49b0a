"""Commands: the version of a case, what a command's events tell besides, and who has which case open.

Frozen, like the others. Events that stand in the store already are of no command; every case begins at version 0.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_COMMAND = "version IS NOT NULL"


def upgrade() -> None:
    """No row is rewritten; the index is empty."""
    op.add_column("case", sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("case_event", sa.Column("version", sa.Integer()))
    op.add_column("case_event", sa.Column("undoes", sa.Integer()))
    op.add_column("case_event", sa.Column("priority", sa.String(length=16)))
    op.add_column("case_event", sa.Column("authority", sa.String(length=200)))
    op.add_column("photo", sa.Column("version", sa.Integer()))
    op.create_table(
        "presence",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", "name", name="pk_presence"),
    )
    op.create_index(
        "uq_case_event_version",
        "case_event",
        ["case_id", "version"],
        unique=True,
        sqlite_where=sa.text(_COMMAND),
        postgresql_where=sa.text(_COMMAND),
    )
