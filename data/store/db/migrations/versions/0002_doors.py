"""More doors: hours of each source, photos, uploads and their mappings, the national platform's list, keys' limits.

Frozen, like the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WANTED = sa.text("state = 'wanted'")


def upgrade() -> None:
    """From the first release's database."""
    _limit_keys()
    _create_hours()
    _create_photos()
    _create_uploads()
    _create_counterparts()


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)


def _limit_keys() -> None:
    op.add_column("api_key", sa.Column("per_minute", sa.Integer()))
    op.add_column("api_key", sa.Column("per_day", sa.Integer()))
    op.create_table(
        "key_day",
        sa.Column("key_name", sa.String(length=100), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        _count("posts"),
        sa.PrimaryKeyConstraint("key_name", "day", name="pk_key_day"),
    )


def _create_hours() -> None:
    op.create_table(
        "source_hour",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        _count("delivered"),
        _count("updated"),
        _count("rejected"),
        _count("fetches"),
        _count("failures"),
        sa.PrimaryKeyConstraint("source", "hour", name="pk_source_hour"),
    )


def _create_photos() -> None:
    op.create_table(
        "photo",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("digest", sa.String(length=64)),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("size", sa.Integer()),
        _count("attempts"),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_photo"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_photo_case_id_case", ondelete="CASCADE"),
    )
    op.create_index("ix_photo_wanted", "photo", ["next_at"], sqlite_where=_WANTED, postgresql_where=_WANTED)
    op.create_index("ix_photo_case_id", "photo", ["case_id"])
    op.create_index("ix_photo_digest", "photo", ["digest"])


def _create_uploads() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("form", sa.Text()),
        sa.Column("rows", sa.Integer()),
        _count("done"),
        sa.Column("counts", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
    )
    op.create_table(
        "kept_mapping",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("header", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "header", name="pk_kept_mapping"),
    )


def _create_counterparts() -> None:
    op.create_table(
        "counterpart",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=64)),
        sa.Column("service_class", sa.String(length=64)),
        sa.Column("received_at", sa.BigInteger()),
        sa.Column("listed_at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("source", "number", name="pk_counterpart"),
    )
