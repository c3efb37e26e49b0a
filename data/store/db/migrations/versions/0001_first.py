"""The first schema: cases and their events, the change feed, sources, boundaries.

Frozen: it names columns and types by itself, so that a later change of `data.store.db.schema` does not change the past.
Moments are whole seconds since 1970 UTC.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_LATE = sa.text("answered_at IS NULL OR answered_at > respond_due_at")


def upgrade() -> None:
    """From an empty database."""
    _create_cases()
    _create_feed()
    _create_intake()
    _create_places()


def _create_cases() -> None:
    op.create_table(
        "case",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("service_class", sa.String(length=64), nullable=False),
        sa.Column("sp4n_number", sa.String(length=64)),
        sa.Column("sp4n_status", sa.String(length=64)),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("media_url", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("lat", sa.Float()),
        sa.Column("lon", sa.Float()),
        sa.Column("precision", sa.String(length=16), nullable=False),
        sa.Column("village", sa.String(length=16)),
        sa.Column("head_id", _KEY),
        sa.Column("folded", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("cycle", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("dispatched_at", sa.BigInteger()),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("first_resolved_at", sa.BigInteger()),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("paused_at", sa.BigInteger()),
        sa.Column("held_at", sa.BigInteger()),
        sa.Column("verify_due_at", sa.BigInteger()),
        sa.Column("respond_due_at", sa.BigInteger()),
        sa.Column("resolve_due_at", sa.BigInteger()),
        sa.Column("hold_due_at", sa.BigInteger()),
        sa.Column("legal_due_at", sa.BigInteger()),
        sa.Column("next_clock", sa.String(length=16)),
        sa.Column("next_due_at", sa.BigInteger()),
        sa.Column("next_warn_at", sa.BigInteger()),
        sa.Column("next_start_at", sa.BigInteger()),
        sa.Column("marked", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["head_id"], ["case.id"], name="fk_case_head_id_case"),
        sa.PrimaryKeyConstraint("id", name="pk_case"),
        sa.UniqueConstraint("code", name="uq_case_code"),
        sa.UniqueConstraint("source", "external_id", name="uq_case_source_external_id"),
    )
    op.create_index("ix_case_answered_at", "case", ["answered_at"])
    op.create_index("ix_case_demo", "case", ["id"], sqlite_where=sa.text("demo = 1"), postgresql_where=sa.text("demo"))
    op.create_index(
        "ix_case_head",
        "case",
        ["head_id"],
        sqlite_where=sa.text("head_id IS NOT NULL"),
        postgresql_where=sa.text("head_id IS NOT NULL"),
    )
    op.create_index("ix_case_heard", "case", ["agency", "acknowledged_at"])
    op.create_index("ix_case_late", "case", ["respond_due_at"], sqlite_where=_LATE, postgresql_where=_LATE)
    op.create_index(
        "ix_case_open_agency",
        "case",
        ["agency", "next_due_at"],
        sqlite_where=sa.text("open = 1"),
        postgresql_where=sa.text("open"),
    )
    op.create_index(
        "ix_case_open_due",
        "case",
        ["next_due_at", "policy", "policy_version"],
        sqlite_where=sa.text("open = 1"),
        postgresql_where=sa.text("open"),
    )
    op.create_index(
        "ix_case_open_place",
        "case",
        ["category", "received_at"],
        sqlite_where=sa.text("open = 1"),
        postgresql_where=sa.text("open"),
    )
    op.create_index("ix_case_received_at", "case", ["received_at"])
    op.create_index("ix_case_updated_at", "case", ["updated_at"])
    op.create_table(
        "reporter",
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("name", sa.String(length=200)),
        sa.Column("phone", sa.String(length=64)),
        sa.Column("email", sa.String(length=200)),
        sa.Column("account_id", sa.String(length=200)),
        sa.Column("device_id", sa.String(length=200)),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_reporter_case_id_case", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case_id", name="pk_reporter"),
    )
    op.create_table(
        "case_event",
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("agency", sa.String(length=64)),
        sa.Column("category", sa.String(length=64)),
        sa.Column("policy", sa.String(length=64)),
        sa.Column("policy_version", sa.Integer()),
        sa.Column("reason", sa.String(length=64)),
        sa.Column("text", sa.Text()),
        sa.Column("head", sa.String(length=32)),
        sa.Column("score", sa.SmallInteger()),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_case_event_case_id_case", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case_id", "n", name="pk_case_event"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "code_counter",
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name="pk_code_counter"),
    )


def _create_feed() -> None:
    op.create_table(
        "change",
        sa.Column("seq", _KEY, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("case_id", _KEY),
        sa.Column("agency", sa.String(length=64)),
        sa.Column("source", sa.String(length=64)),
        sa.Column("count", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_change"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "usual",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Float()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_usual"),
    )


def _create_intake() -> None:
    op.create_table(
        "source",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("cursor", sa.Text()),
        sa.Column("last_attempt_at", sa.BigInteger()),
        sa.Column("last_success_at", sa.BigInteger()),
        sa.Column("last_record_at", sa.BigInteger()),
        sa.Column("failing_since", sa.BigInteger()),
        sa.Column("error", sa.Text()),
        sa.Column("delivered", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rejected", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lag_s", sa.Integer()),
        sa.PrimaryKeyConstraint("name", name="pk_source"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
    op.create_table(
        "rejected",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("retried_at", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rejected"),
        sa.UniqueConstraint("source", "external_id", name="uq_rejected_source_external_id"),
    )
    op.create_table(
        "taken_file",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "digest", name="pk_taken_file"),
    )
    op.create_table(
        "api_key",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("digest", name="uq_api_key_digest"),
        sa.UniqueConstraint("name", name="uq_api_key_name"),
    )


def _create_places() -> None:
    op.create_table(
        "boundary",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("district", sa.String(length=100), nullable=False),
        sa.Column("village", sa.Boolean(), nullable=False),
        sa.Column("shape", sa.LargeBinary(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_boundary"),
    )
