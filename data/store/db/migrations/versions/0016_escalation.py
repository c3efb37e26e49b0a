"""The ladder of escalation: raised steps, messages about them, when to look at a case; requests about personal data;
points for the nine elements of the satisfaction survey.

Frozen, like the others.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ESCALATES, _UNSENT = sa.text("escalate_at IS NOT NULL"), sa.text("sent_at IS NULL")


def upgrade() -> None:
    """Four new tables, one column."""
    op.add_column("case", sa.Column("escalate_at", sa.BigInteger()))
    op.create_index(
        "ix_case_escalate_at", "case", ["escalate_at"], sqlite_where=_ESCALATES, postgresql_where=_ESCALATES
    )
    op.create_table(
        "escalation",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("cycle", sa.SmallInteger(), nullable=False),
        sa.Column("held_at", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("receiver", sa.String(length=16), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.SmallInteger(), nullable=False),
        sa.Column("highest", sa.Boolean(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("acknowledged_by", sa.String(length=100)),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("batch", sa.String(length=36)),
        sa.PrimaryKeyConstraint("id", name="pk_escalation"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_escalation_case_id_case", ondelete="CASCADE"),
        sa.UniqueConstraint("case_id", "cycle", "held_at", "step", name="uq_escalation_case_id_cycle_held_at_step"),
    )
    op.create_index(
        "ix_escalation_highest",
        "escalation",
        ["case_id"],
        sqlite_where=sa.text("highest = 1"),
        postgresql_where=sa.text("highest"),
    )
    op.create_index(
        "ix_escalation_untold",
        "escalation",
        ["receiver", "agency"],
        sqlite_where=sa.text("highest = 1 AND batch IS NULL"),
        postgresql_where=sa.text("highest AND batch IS NULL"),
    )
    _create_notice()
    _create_privacy_request()
    op.create_table(
        "rating_element",
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("cycle", sa.SmallInteger(), nullable=False),
        sa.Column("element", sa.String(length=16), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "cycle", "element", name="pk_rating_element"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_rating_element_case_id_case", ondelete="CASCADE"),
    )
    op.create_index("ix_rating_element_at", "rating_element", ["at"])


def _create_notice() -> None:
    op.create_table(
        "escalation_notice",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("batch", sa.String(length=36), nullable=False),
        sa.Column("receiver", sa.String(length=16), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("dead_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_escalation_notice"),
        sa.UniqueConstraint("key", name="uq_escalation_notice_key"),
    )
    op.create_index(
        "ix_escalation_notice_unsent", "escalation_notice", ["id"], sqlite_where=_UNSENT, postgresql_where=_UNSENT
    )
    op.create_index("ix_escalation_notice_at", "escalation_notice", ["receiver", "agency", "at"])


def _create_privacy_request() -> None:
    waits = sa.text("answered_at IS NULL")
    op.create_table(
        "privacy_request",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.String(length=100), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("answered_by", sa.String(length=100)),
        sa.Column("done", sa.Boolean()),
        sa.Column("answer", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_privacy_request"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_privacy_request_case_id_case", ondelete="CASCADE"),
    )
    op.create_index("ix_privacy_request_case_id", "privacy_request", ["case_id"])
    op.create_index(
        "uq_privacy_request_waiting",
        "privacy_request",
        ["case_id", "kind"],
        unique=True,
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_index(
        "ix_privacy_request_due_at", "privacy_request", ["due_at"], sqlite_where=waits, postgresql_where=waits
    )
