"""Warnings to the public. Frozen, like the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STANDING = sa.text("is_for_city AND withdrawn_at IS NULL AND replaced_by IS NULL")


def upgrade() -> None:
    """Three new tables."""
    op.create_table(
        "public_warning",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.Column("sender_name", sa.String(length=200), nullable=False),
        sa.Column("identifier", sa.String(length=200), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("message_type", sa.String(length=8), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("certainty", sa.String(length=10), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("onset_at", sa.BigInteger()),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("geometry", sa.Text()),
        sa.Column("villages", sa.Text(), nullable=False),
        sa.Column("is_for_city", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger()),
        sa.Column("replaced_by", _KEY),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_public_warning"),
        sa.UniqueConstraint("source", "key", name="uq_public_warning_source_key"),
    )
    op.create_index(
        "ix_public_warning_standing",
        "public_warning",
        ["ends_at"],
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )
    op.create_index("ix_public_warning_received_at", "public_warning", ["received_at"])
    _messages()


def _messages() -> None:
    op.create_table(
        "warning_message",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.Column("identifier", sa.String(length=200), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("message_type", sa.String(length=8), nullable=False),
        sa.Column("warning_id", _KEY),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_warning_message"),
        sa.UniqueConstraint("source", "digest", name="uq_warning_message_source_digest"),
        sa.ForeignKeyConstraint(
            ["warning_id"], ["public_warning.id"], name="fk_warning_message_warning_id_public_warning"
        ),
    )
    op.create_index("ix_warning_message_identifier", "warning_message", ["identifier"])
    op.create_index("ix_warning_message_warning_id", "warning_message", ["warning_id"])
    op.create_table(
        "warning_reference",
        sa.Column("message_id", _KEY, nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.Column("identifier", sa.String(length=200), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", "n", name="pk_warning_reference"),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["warning_message.id"],
            name="fk_warning_reference_message_id_warning_message",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_warning_reference_identifier", "warning_reference", ["identifier"])
