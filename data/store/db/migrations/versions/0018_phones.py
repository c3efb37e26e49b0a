"""What telephones in the field need: until when a case waits, the keys of commands that were sent, villages
of accounts, reports for others, messages that came by a gateway.

Frozen, like the others.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """No row is rewritten."""
    op.add_column("case_event", sa.Column("until", sa.BigInteger()))
    op.create_table(
        "sent_command",
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_sent_command"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_sent_command_user_id_user_account", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_sent_command_at", "sent_command", ["at"])
    op.create_table(
        "user_village",
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("village", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "village", name="pk_user_village"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_user_village_user_id_user_account", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "on_behalf",
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("entered_by", sa.String(length=100), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("phone_of", sa.String(length=16), nullable=False),
        sa.Column("consent", sa.Boolean(), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_on_behalf"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_on_behalf_case_id_case", ondelete="CASCADE"),
    )
    op.create_index("ix_on_behalf_user_id_at", "on_behalf", ["user_id", "at"])
    op.create_table(
        "inbound_message",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("sender", sa.String(length=32), nullable=False),
        sa.Column("became", sa.String(length=16), nullable=False),
        sa.Column("case_id", _KEY),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "message_id", name="pk_inbound_message"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_inbound_message_case_id_case", ondelete="CASCADE"),
    )
    op.create_index("ix_inbound_message_sender", "inbound_message", ["source", "sender", "at"])
    op.create_index("ix_inbound_message_at", "inbound_message", ["at"])
