"""Among Tani: who sells and buys, offers, demands, deals, trades, prices, plans, and what is held for review.

Frozen, like the others.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPEN = "state = 'open'"
_ACCOUNT = "account_id IS NOT NULL"
_DUE = "due_at IS NOT NULL"
_UNDECIDED = "decided_at IS NULL"
_WAITS = "waits_for IS NOT NULL AND decided_at IS NULL"


def _origin() -> list[sa.Column[Any]]:
    return [
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    ]


def _times() -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in ("at", "recorded_at", "seq")]


def _points(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}_{to}", ondelete=ondelete)


def _partial(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    """Ten new tables."""
    _create_party()
    _create_offer()
    _create_demand()
    _create_deal()
    _create_deal_event()
    _create_trade()
    _create_price_quote()
    _create_price_index()
    _create_harvest_plan()
    _create_held_record()


def _create_party() -> None:
    op.create_table(
        "party",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        *_origin(),
        sa.Column("village", sa.String(length=16)),
        sa.Column("name", sa.String(length=200)),
        sa.Column("phone", sa.String(length=64)),
        sa.Column("email", sa.String(length=200)),
        sa.Column("device_id", sa.String(length=200)),
        sa.Column("lang", sa.String(length=2)),
        sa.Column("account_id", _KEY),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_party"),
        sa.UniqueConstraint("code", name="uq_party_code"),
        _points("party", "account_id", "user_account", "SET NULL"),
        sa.UniqueConstraint("source", "side", "external_id", name="uq_party_source_side_external_id"),
    )
    _partial("uq_party_account", "party", ["account_id", "side"], _ACCOUNT, unique=True)


def _create_offer() -> None:
    op.create_table(
        "offer",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        *_origin(),
        *_times(),
        sa.Column("farmer_id", _KEY, nullable=False),
        sa.Column("commodity", sa.String(length=64), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.String(length=80), nullable=False),
        sa.Column("village", sa.String(length=16)),
        sa.Column("photo", sa.String(length=64)),
        sa.Column("ready_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger()),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_offer"),
        sa.UniqueConstraint("code", name="uq_offer_code"),
        _points("offer", "farmer_id", "party"),
        sa.UniqueConstraint("source", "external_id", name="uq_offer_source_external_id"),
    )
    _partial("ix_offer_open", "offer", ["commodity", "village"], _OPEN)
    _partial("ix_offer_expires", "offer", ["expires_at"], _OPEN)
    op.create_index("ix_offer_farmer_id", "offer", ["farmer_id"])
    op.create_index("ix_offer_commodity_at", "offer", ["commodity", "at"])


def _create_demand() -> None:
    op.create_table(
        "demand",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        *_origin(),
        *_times(),
        sa.Column("buyer_id", _KEY, nullable=False),
        sa.Column("commodity", sa.String(length=64), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.String(length=80), nullable=False),
        sa.Column("village", sa.String(length=16)),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger()),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_demand"),
        sa.UniqueConstraint("code", name="uq_demand_code"),
        _points("demand", "buyer_id", "party"),
        sa.UniqueConstraint("source", "external_id", name="uq_demand_source_external_id"),
    )
    _partial("ix_demand_open", "demand", ["commodity"], _OPEN)
    _partial("ix_demand_expires", "demand", ["expires_at"], _OPEN)
    op.create_index("ix_demand_buyer_id", "demand", ["buyer_id"])


def _create_deal() -> None:
    op.create_table(
        "deal",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("offer_id", _KEY, nullable=False),
        sa.Column("demand_id", _KEY),
        sa.Column("farmer_id", _KEY, nullable=False),
        sa.Column("buyer_id", _KEY, nullable=False),
        sa.Column("commodity", sa.String(length=64), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("by_side", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("trade_id", _KEY),
        sa.PrimaryKeyConstraint("id", name="pk_deal"),
        sa.UniqueConstraint("code", name="uq_deal_code"),
        _points("deal", "offer_id", "offer"),
        _points("deal", "demand_id", "demand"),
        _points("deal", "farmer_id", "party"),
        _points("deal", "buyer_id", "party"),
    )
    _partial("ix_deal_due", "deal", ["due_at"], _DUE)
    op.create_index("ix_deal_offer_id", "deal", ["offer_id"])
    op.create_index("ix_deal_farmer_id", "deal", ["farmer_id"])
    op.create_index("ix_deal_buyer_id", "deal", ["buyer_id"])


def _create_deal_event() -> None:
    op.create_table(
        "deal_event",
        sa.Column("deal_id", _KEY, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        *_times(),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.BigInteger()),
        sa.Column("text", sa.Text()),
        sa.PrimaryKeyConstraint("deal_id", "n", name="pk_deal_event"),
        _points("deal_event", "deal_id", "deal", "CASCADE"),
        sqlite_with_rowid=False,
    )


def _create_trade() -> None:
    op.create_table(
        "trade",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        *_origin(),
        sa.Column("revision", sa.Integer(), nullable=False),
        *_times(),
        sa.Column("offer_id", _KEY),
        sa.Column("farmer_id", _KEY),
        sa.Column("buyer_id", _KEY),
        sa.Column("commodity", sa.String(length=64), nullable=False),
        sa.Column("grade", sa.String(length=1)),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.String(length=80), nullable=False),
        sa.Column("village", sa.String(length=16)),
        sa.Column("reverses_id", _KEY),
        sa.Column("told_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_trade"),
        _points("trade", "offer_id", "offer"),
        _points("trade", "farmer_id", "party"),
        _points("trade", "buyer_id", "party"),
        _points("trade", "reverses_id", "trade"),
        sa.UniqueConstraint("reverses_id", name="uq_trade_reverses_id"),
        sa.UniqueConstraint("source", "external_id", "revision", name="uq_trade_source_external_id_revision"),
    )
    op.create_index("ix_trade_at", "trade", ["at"])
    op.create_index("ix_trade_commodity_at", "trade", ["commodity", "at"])
    op.create_index("ix_trade_buyer_id_at", "trade", ["buyer_id", "at"])
    op.create_index("ix_trade_farmer_id_at", "trade", ["farmer_id", "at"])


def _create_price_quote() -> None:
    op.create_table(
        "price_quote",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        *_origin(),
        sa.Column("revision", sa.Integer(), nullable=False),
        *_times(),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("commodity", sa.String(length=64)),
        sa.Column("item", sa.String(length=100), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("replaces_id", _KEY),
        sa.PrimaryKeyConstraint("id", name="pk_price_quote"),
        _points("price_quote", "replaces_id", "price_quote"),
        sa.UniqueConstraint("replaces_id", name="uq_price_quote_replaces_id"),
        sa.UniqueConstraint("source", "external_id", "revision", name="uq_price_quote_source_external_id_revision"),
    )
    op.create_index("ix_price_quote_commodity_day", "price_quote", ["commodity", "day"])
    op.create_index("ix_price_quote_item_day", "price_quote", ["item", "day"])


def _create_price_index() -> None:
    op.create_table(
        "price_index",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        *_origin(),
        sa.Column("revision", sa.Integer(), nullable=False),
        *_times(),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.SmallInteger(), nullable=False),
        sa.Column("week", sa.SmallInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("drivers", sa.Text(), nullable=False),
        sa.Column("most_moved", sa.String(length=100)),
        sa.Column("moved", sa.BigInteger()),
        sa.Column("replaces_id", _KEY),
        sa.PrimaryKeyConstraint("id", name="pk_price_index"),
        _points("price_index", "replaces_id", "price_index"),
        sa.UniqueConstraint("replaces_id", name="uq_price_index_replaces_id"),
        sa.UniqueConstraint("source", "external_id", "revision", name="uq_price_index_source_external_id_revision"),
    )
    op.create_index("ix_price_index_year", "price_index", ["year", "month", "week"])


def _create_harvest_plan() -> None:
    op.create_table(
        "harvest_plan",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        *_origin(),
        *_times(),
        sa.Column("farmer_id", _KEY, nullable=False),
        sa.Column("commodity", sa.String(length=64), nullable=False),
        sa.Column("village", sa.String(length=16)),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("told_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_harvest_plan"),
        _points("harvest_plan", "farmer_id", "party"),
        sa.UniqueConstraint("source", "external_id", name="uq_harvest_plan_source_external_id"),
    )
    op.create_index("ix_harvest_plan_last_day", "harvest_plan", ["last_day"])


def _create_held_record() -> None:
    op.create_table(
        "held_record",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("waits_for", sa.String(length=200)),
        sa.Column("commodity", sa.String(length=64)),
        sa.Column("price", sa.BigInteger()),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("decision", sa.String(length=8)),
        sa.Column("decided_by", sa.String(length=200)),
        sa.PrimaryKeyConstraint("id", name="pk_held_record"),
    )
    _partial("ix_held_record_open", "held_record", ["id"], _UNDECIDED)
    _partial("ix_held_record_waits", "held_record", ["source", "waits_for"], _WAITS)
    op.create_index("ix_held_record_source", "held_record", ["source", "external_id"])
