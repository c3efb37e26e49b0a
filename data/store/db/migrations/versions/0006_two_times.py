"""Two times on everything: when it was recorded here, with the change's number, and what a case was before.

Frozen, like the others. What stands in the store already was recorded at or before the change `history_kept`, which is
written here; when exactly is not known, so it says so: number 0 of an event, an empty `recorded_at`. What a case was
before that change cannot be told.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEPT = "kind = 'history_kept'"
_NOW = {"sqlite": "CAST(strftime('%s', 'now') AS INTEGER)", "postgresql": "extract(epoch FROM now())::bigint"}


def upgrade() -> None:
    """No row is rewritten: a store of millions takes as long as a look through its changes, for the new index."""
    op.add_column("case_event", sa.Column("recorded_at", sa.BigInteger()))
    op.add_column("case_event", sa.Column("seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("change", sa.Column("recorded_at", sa.BigInteger()))
    op.add_column("change", sa.Column("first_case_id", _KEY))
    op.add_column("change", sa.Column("last_case_id", _KEY))
    op.create_index(
        "ix_change_history_kept",
        "change",
        ["seq"],
        sqlite_where=sa.text(_KEPT),
        postgresql_where=sa.text(_KEPT),
    )
    _create_versions()
    _begin_history()


def _create_versions() -> None:
    op.create_table(
        "case_version",
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("until_seq", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("service_class", sa.String(length=64), nullable=False),
        sa.Column("sp4n_number", sa.String(length=64)),
        sa.Column("sp4n_status", sa.String(length=64)),
        sa.Column("address", sa.Text()),
        sa.Column("lat", sa.Float()),
        sa.Column("lon", sa.Float()),
        sa.Column("precision", sa.String(length=16), nullable=False),
        sa.Column("village", sa.String(length=16)),
        sa.Column("district", sa.String(length=16)),
        sa.Column("head_id", _KEY),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_case_version_case_id_case", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case_id", "until_seq", name="pk_case_version"),
        sqlite_with_rowid=False,
    )


def _begin_history() -> None:
    """Nothing in an empty store: there all of the past will be known."""
    now = _NOW[op.get_bind().dialect.name]
    op.execute(
        f"INSERT INTO change (at, kind, recorded_at) SELECT {now}, 'history_kept', {now}"
        ' WHERE EXISTS (SELECT 1 FROM change) OR EXISTS (SELECT 1 FROM "case")'
    )
