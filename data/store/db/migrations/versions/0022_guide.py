"""Among Kota's guide: places, edits, what businesses send in, the agenda, conditions, the weather forecast.

Frozen, like the others.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _key() -> sa.Column[Any]:
    return sa.Column("id", _KEY, autoincrement=True, nullable=False)


def _demo() -> sa.Column[Any]:
    return sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False)


def _origin() -> list[sa.Column[Any]]:
    return [
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        _demo(),
    ]


def _times() -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in ("at", "recorded_at", "seq")]


def _where() -> list[sa.Column[Any]]:
    return [
        sa.Column("lat", sa.Float()),
        sa.Column("lon", sa.Float()),
        sa.Column("village", sa.String(length=16)),
    ]


def _version() -> sa.Column[Any]:
    return sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False)


def _to_place(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=f"fk_{table}_place_id_place", ondelete="SET NULL")


def _partial(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    """Seven new tables."""
    _create_place()
    _create_guide_edit()
    _create_place_submission()
    _create_agenda()
    _create_occurrence()
    _create_condition()
    _create_forecast_step()


def _create_place() -> None:
    op.create_table(
        "place",
        _key(),
        sa.Column("code", sa.String(length=32), nullable=False),
        *_origin(),
        *_times(),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("doubt", sa.String(length=24)),
        *_where(),
        sa.Column("address", sa.Text()),
        sa.Column("is_outside", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("opening_hours", sa.Text()),
        sa.Column("ticket_rupiah", sa.BigInteger()),
        sa.Column("phone", sa.String(length=64)),
        sa.Column("url", sa.Text()),
        sa.Column("capacity", sa.Integer()),
        sa.Column("nib", sa.String(length=16)),
        sa.Column("kbli", sa.String(length=8)),
        sa.Column("pirt", sa.String(length=20)),
        sa.Column("halal", sa.String(length=32)),
        sa.Column("phone_consent_at", sa.BigInteger()),
        sa.Column("checked_at", sa.BigInteger()),
        sa.Column("checked_by", sa.String(length=200)),
        sa.Column("told_at", sa.BigInteger()),
        sa.Column("told", sa.Text()),
        sa.Column("corrected", sa.Text()),
        _version(),
        sa.PrimaryKeyConstraint("id", name="pk_place"),
        sa.UniqueConstraint("code", name="uq_place_code"),
        sa.UniqueConstraint("source", "external_id", name="uq_place_source_external_id"),
    )
    op.create_index("ix_place_state_kind_category", "place", ["state", "kind", "category"])
    _partial("ix_place_lat", "place", ["lat", "lon"], "lat IS NOT NULL")
    op.create_index("ix_place_village", "place", ["village"])
    op.create_index("ix_place_nib", "place", ["nib"])


def _create_guide_edit() -> None:
    op.create_table(
        "guide_edit",
        _key(),
        sa.Column("noun", sa.String(length=12), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        *_times(),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("by_source", sa.Boolean(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_guide_edit"),
    )
    op.create_index("ix_guide_edit_noun_item_id", "guide_edit", ["noun", "item_id"])


def _create_place_submission() -> None:
    op.create_table(
        "place_submission",
        _key(),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("place_id", _KEY),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text()),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("decided_by", sa.String(length=200)),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_place_submission"),
        sa.UniqueConstraint("code", name="uq_place_submission_code"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_place_submission_place_id_place"),
    )
    _partial("ix_place_submission_open", "place_submission", ["id"], "state = 'open'")


def _create_agenda() -> None:
    op.create_table(
        "agenda",
        _key(),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("uid", sa.String(length=200), nullable=False),
        sa.Column("recurrence_id", sa.String(length=32), nullable=False),
        _demo(),
        *_times(),
        sa.Column("sequence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("told_at", sa.BigInteger()),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("lang", sa.String(length=2), server_default=sa.text("'id'"), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("place_id", _KEY),
        sa.Column("place_name", sa.String(length=200)),
        *_where(),
        sa.Column("expected", sa.Integer()),
        sa.Column("url", sa.Text()),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger()),
        sa.Column("corrected", sa.Text()),
        sa.Column("expanded_to", sa.BigInteger()),
        _version(),
        sa.PrimaryKeyConstraint("id", name="pk_agenda"),
        sa.UniqueConstraint("code", name="uq_agenda_code"),
        sa.UniqueConstraint("source", "uid", "recurrence_id", name="uq_agenda_source_uid_recurrence_id"),
        _to_place("agenda"),
    )
    _partial("ix_agenda_expanded_to", "agenda", ["expanded_to"], "expanded_to IS NOT NULL")
    op.create_index("ix_agenda_place_id", "agenda", ["place_id"])


def _create_occurrence() -> None:
    op.create_table(
        "occurrence",
        sa.Column("agenda_id", _KEY, nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("agenda_id", "starts_at", name="pk_occurrence"),
        sa.ForeignKeyConstraint(
            ["agenda_id"], ["agenda.id"], name="fk_occurrence_agenda_id_agenda", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_occurrence_starts_at", "occurrence", ["starts_at", "ends_at"])
    _partial("ix_occurrence_due", "occurrence", ["due_at"], "due_at IS NOT NULL")


def _create_condition() -> None:
    op.create_table(
        "condition",
        _key(),
        *_origin(),
        *_times(),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("thing", sa.String(length=240), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("observed_by", sa.String(length=200), nullable=False),
        sa.Column("place_id", _KEY),
        sa.Column("name", sa.String(length=200)),
        *_where(),
        sa.Column("free", sa.Integer()),
        sa.Column("capacity", sa.Integer()),
        sa.Column("note", sa.Text()),
        sa.Column("superseded_at", sa.BigInteger()),
        sa.Column("due_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_condition"),
        sa.UniqueConstraint("source", "external_id", "at", name="uq_condition_source_external_id_at"),
        _to_place("condition"),
    )
    _partial("uq_condition_newest", "condition", ["thing"], "superseded_at IS NULL", unique=True)
    _partial("ix_condition_due", "condition", ["due_at"], "due_at IS NOT NULL")
    op.create_index("ix_condition_thing_at", "condition", ["thing", "at"])


def _create_forecast_step() -> None:
    op.create_table(
        "forecast_step",
        sa.Column("village", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("analysed_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        _demo(),
        sa.Column("weather", sa.Text(), nullable=False),
        *[sa.Column(name, sa.Float()) for name in ("temperature_c", "humidity_percent", "cloud_percent", "wind_kmh")],
        sa.Column("wind_from", sa.String(length=8)),
        sa.Column("rain_mm", sa.Float()),
        sa.PrimaryKeyConstraint("village", "at", name="pk_forecast_step"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_forecast_step_at", "forecast_step", ["at"])
