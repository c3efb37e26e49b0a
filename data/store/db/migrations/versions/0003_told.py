"""The moment of what a source told last, the kecamatan where no more is known, and two indexes.

Frozen, like the others. Of cases stored before, both columns are empty: their events say what was told last.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NUMBERED = sa.text("sp4n_number IS NOT NULL")


def upgrade() -> None:
    """No row is rewritten: a store of millions takes as long as its new indexes."""
    op.add_column("case", sa.Column("district", sa.String(length=16)))
    op.add_column("case", sa.Column("told_at", sa.BigInteger()))
    op.create_index("ix_case_sp4n_number", "case", ["sp4n_number"], sqlite_where=_NUMBERED, postgresql_where=_NUMBERED)
    op.create_index("ix_rejected_source_id", "rejected", ["source", "id"])
