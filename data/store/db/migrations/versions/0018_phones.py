"""What telephones in the field need: until when a case waits, the keys of commands that were sent.

Frozen, like the others.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """No row is rewritten."""
    op.add_column("case_event", sa.Column("until", sa.BigInteger()))
    op.create_table(
        "sent_command",
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_sent_command"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_sent_command_user_id_user_account", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_sent_command_at", "sent_command", ["at"])
