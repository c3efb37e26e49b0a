"""What telephones in the field need: until when a case waits.

Frozen, like the others.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No row is rewritten."""
    op.add_column("case_event", sa.Column("until", sa.BigInteger()))
