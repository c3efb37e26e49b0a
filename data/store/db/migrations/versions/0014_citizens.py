"""Among Warga: forms that are not sent yet, tracking codes, messages to citizens, ratings; a reporter's language.

Frozen, like the others.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_case(table: str, column: str = "case_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["case.id"], name=f"fk_{table}_{column}_case", ondelete="CASCADE")


def upgrade() -> None:
    """Four new tables, two columns."""
    op.add_column("reporter", sa.Column("lang", sa.String(length=2)))
    op.add_column("reporter", sa.Column("anonymous", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "draft",
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_draft"),
    )
    op.create_index("ix_draft_at", "draft", ["at"])
    op.create_table(
        "tracking",
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_tracking"),
        _of_case("tracking"),
        sa.UniqueConstraint("code", name="uq_tracking_code"),
    )
    _create_outbox()
    op.create_table(
        "rating",
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("cycle", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("solved", sa.String(length=8), nullable=False),
        sa.Column("score", sa.SmallInteger()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asks_reopening", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "cycle", name="pk_rating"),
        _of_case("rating"),
    )
    op.create_index(
        "ix_rating_asks",
        "rating",
        ["at"],
        sqlite_where=sa.text("asks_reopening = 1"),
        postgresql_where=sa.text("asks_reopening"),
    )


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("about_id", _KEY, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("dead_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        _of_case("outbox"),
        _of_case("outbox", "about_id"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
        sa.UniqueConstraint("case_id", "channel", "about_id", "n", name="uq_outbox_case_id_channel_about_id_n"),
    )
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["case_id", "channel", "id"],
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
