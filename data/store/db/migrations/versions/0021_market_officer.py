"""Matches that were refused, and the field assistants of the villages.

Frozen, like the others.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Three new tables."""
    op.create_table(
        "match_refusal",
        sa.Column("offer_id", _KEY, nullable=False),
        sa.Column("demand_id", _KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("offer_id", "demand_id", name="pk_match_refusal"),
        _points("match_refusal", "offer_id", "offer"),
        _points("match_refusal", "demand_id", "demand"),
    )
    op.create_index("ix_match_refusal_demand_id", "match_refusal", ["demand_id"])
    op.create_table(
        "field_assistant",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=64)),
        sa.Column("email", sa.String(length=200)),
        sa.PrimaryKeyConstraint("id", name="pk_field_assistant"),
        sa.UniqueConstraint("code", name="uq_field_assistant_code"),
    )
    op.create_table(
        "assistant_village",
        sa.Column("assistant_id", _KEY, nullable=False),
        sa.Column("village", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("assistant_id", "village", name="pk_assistant_village"),
        _points("assistant_village", "assistant_id", "field_assistant"),
    )
    op.create_index("ix_assistant_village_village", "assistant_village", ["village"])


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}_{to}", ondelete="CASCADE")
