"""Mails with the month's report, and the minutes in which screens were connected. Frozen, like the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAITS = sa.text("sent_at IS NULL AND refused_at IS NULL")


def upgrade() -> None:
    """Two new tables."""
    op.create_table(
        "report_mail",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("revision_id", _KEY, nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("refused_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_report_mail"),
        sa.UniqueConstraint("revision_id", "lang", name="uq_report_mail_revision_id_lang"),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["report_revision.id"],
            name="fk_report_mail_revision_id_report_revision",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_report_mail_waiting", "report_mail", ["id"], sqlite_where=_WAITS, postgresql_where=_WAITS)
    op.create_table(
        "screen_hour",
        sa.Column("screen", sa.String(length=64), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("screen", "hour", name="pk_screen_hour"),
    )
