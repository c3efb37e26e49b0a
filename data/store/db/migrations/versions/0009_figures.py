"""The former cycles of reopened cases, with their first answers; how much working time each agency's cases were paused.

Frozen, like the others. Of open cases that were reopened before, the next start of the jobs fills it in from their
events; of ended ones the former cycles stay unknown, and so do the due moments of cases that were merged before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Two new tables; and of cases that were rejected before their first answer was due, that none is owed."""
    op.create_table(
        "case_cycle",
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("cycle", sa.SmallInteger(), nullable=False),
        sa.Column("dispatched_at", sa.BigInteger()),
        sa.Column("answer_due_at", sa.BigInteger()),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("undated", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "cycle", name="pk_case_cycle"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_case_cycle_case_id_case", ondelete="CASCADE"),
    )
    op.create_index("ix_case_cycle_answer_due_at", "case_cycle", ["answer_due_at"])
    op.create_index("ix_case_cycle_answered_at", "case_cycle", ["answered_at"])
    op.create_table(
        "pause_share",
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("paused_s", sa.BigInteger(), nullable=False),
        sa.Column("total_s", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agency", name="pk_pause_share"),
    )
    op.execute("UPDATE \"case\" SET respond_due_at = NULL WHERE state = 'rejected' AND ended_at <= respond_due_at")
