"""Messages to farmers and buyers. Frozen, like the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UNSENT = sa.text("sent_at IS NULL")


def upgrade() -> None:
    """One new table."""
    op.create_table(
        "party_message",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("party_id", _KEY, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("dead_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_party_message"),
        sa.UniqueConstraint("key", name="uq_party_message_key"),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name="fk_party_message_party_id_party", ondelete="CASCADE"),
    )
    op.create_index(
        "ix_party_message_unsent",
        "party_message",
        ["party_id", "channel", "id"],
        sqlite_where=_UNSENT,
        postgresql_where=_UNSENT,
    )
