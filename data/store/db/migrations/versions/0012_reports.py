"""The month's reports: their revisions with the rows that they were made from, the files of each, and orders.

Frozen, like the others.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Three new tables."""
    op.create_table(
        "report_revision",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("first", sa.String(length=10), nullable=False),
        sa.Column("last", sa.String(length=10), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report_revision"),
        sa.UniqueConstraint(
            "first", "last", "agency", "revision", name="uq_report_revision_first_last_agency_revision"
        ),
    )
    op.create_table(
        "report_file",
        sa.Column("revision_id", _KEY, nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("revision_id", "lang", "name", name="pk_report_file"),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["report_revision.id"],
            name="fk_report_file_revision_id_report_revision",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "report_order",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("first", sa.String(length=10), nullable=False),
        sa.Column("last", sa.String(length=10), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("step", sa.String(length=16), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.Column("revision_id", _KEY),
        sa.PrimaryKeyConstraint("id", name="pk_report_order"),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["report_revision.id"],
            name="fk_report_order_revision_id_report_revision",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_report_order_waiting",
        "report_order",
        ["id"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
