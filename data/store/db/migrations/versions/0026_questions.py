"""What farmers of a village ask is found without all other cases. Frozen, like the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_QUESTION = "kind = 'question'"


def upgrade() -> None:
    """One index."""
    op.create_index(
        "ix_case_question",
        "case",
        ["village", "updated_at"],
        sqlite_where=sa.text(_QUESTION),
        postgresql_where=sa.text(_QUESTION),
    )
