"""A case knows that its words were erased: its source may deliver them again. Frozen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column more; a photo that was erased tells of those before."""
    op.add_column("case", sa.Column("erased", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.execute(
        """UPDATE "case" SET erased = true WHERE title = '' AND text = ''
        AND EXISTS (SELECT 1 FROM photo WHERE photo.case_id = "case".id AND photo.reason = 'erased')"""
    )
