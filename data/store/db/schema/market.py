"""The tables of Among Tani. Rupiah and quantities are whole numbers: see `data.domain.market.nouns` for their units.

`trade`, `price_quote`, `price_index` and `deal_event` are only appended to. Each row has two times and the number of
its change (kind `market`), as events of cases do; a correction is a new row.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from data.store.db.schema.cases import BigKey, metadata, partial_index
from data.store.db.types import EpochSeconds

_OPEN = "state = 'open'"
_ACCOUNT = "account_id IS NOT NULL"
_DUE = "due_at IS NOT NULL"
_DISPUTED = "state = 'disputed'"
_UNSENT = "sent_at IS NULL"
_UNDECIDED = "decided_at IS NULL"
_WAITS = "waits_for IS NOT NULL AND decided_at IS NULL"


def _key() -> Column[int]:
    return Column("id", BigKey, primary_key=True, autoincrement=True)


def _of(name: str, table: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigKey, ForeignKey(f"{table}.id"), nullable=nullable)


def _origin() -> tuple[Column[Any], ...]:
    """Where it comes from, and whether it is played."""
    return (
        Column("source", String(64), nullable=False),
        Column("external_id", String(200), nullable=False),
        Column("demo", Boolean, nullable=False, server_default=text("false")),
    )


def _times() -> tuple[Column[Any], ...]:
    """When it took effect, when it was recorded here, and the number of its change."""
    return (
        Column("at", EpochSeconds, nullable=False),
        Column("recorded_at", EpochSeconds, nullable=False),
        Column("seq", BigInteger, nullable=False),
    )


party = Table(
    "party",
    metadata,
    _key(),
    Column("side", String(8), nullable=False, comment="farmer or buyer"),
    Column("code", String(16), nullable=False, unique=True, comment="its pseudonym on walls"),
    *_origin(),
    Column("village", String(16)),
    Column("name", String(200), comment="personal, like the next four; NULL: not told, or erased"),
    Column("phone", String(64)),
    Column("email", String(200)),
    Column("device_id", String(200)),
    Column("lang", String(2), comment="the language of messages; NULL: none are wanted"),
    Column("account_id", BigKey, ForeignKey("user_account.id", ondelete="SET NULL")),
    Column("created_at", EpochSeconds, nullable=False),
    UniqueConstraint("source", "side", "external_id"),
    # Whose account it is.
    partial_index(
        "account_id side", "account_id IS NOT NULL", "account_id IS NOT NULL", "uq_party_account", unique=True
    ),
)

offer = Table(
    "offer",
    metadata,
    _key(),
    Column("code", String(32), nullable=False, unique=True),
    *_origin(),
    *_times(),
    _of("farmer_id", "party"),
    Column("commodity", String(64), nullable=False),
    Column("grade", String(1), nullable=False),
    Column("quantity", BigInteger, nullable=False, comment="parts"),
    Column("remaining", BigInteger, nullable=False, comment="neither handed over nor kept back for a deal"),
    Column("price", BigInteger, nullable=False, comment="rupiah for one own unit of the commodity"),
    Column("given", String(80), nullable=False, comment="quantity, unit and price as they were told: frozen"),
    Column("village", String(16)),
    Column("photo", String(64), comment="SHA-256 of a kept photo"),
    Column("ready_at", EpochSeconds, nullable=False, comment="of the harvest"),
    Column("expires_at", EpochSeconds, nullable=False),
    Column("told_at", EpochSeconds, comment="the source's own moment of what it told last"),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False, server_default=text("0"), comment="rises with every command"),
    UniqueConstraint("source", "external_id"),
    # What is offered now, and what expires next.
    partial_index("commodity village", _OPEN, _OPEN, "ix_offer_open"),
    partial_index("expires_at", _OPEN, _OPEN, "ix_offer_expires"),
    Index("ix_offer_farmer_id", "farmer_id"),
    Index("ix_offer_commodity_at", "commodity", "at"),
)

demand = Table(
    "demand",
    metadata,
    _key(),
    Column("code", String(32), nullable=False, unique=True),
    *_origin(),
    *_times(),
    _of("buyer_id", "party"),
    Column("commodity", String(64), nullable=False),
    Column("grade", String(1), nullable=False, comment="at least"),
    Column("quantity", BigInteger, nullable=False, comment="parts"),
    Column("remaining", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False, comment="rupiah for one own unit, at most"),
    Column("given", String(80), nullable=False),
    Column("village", String(16), comment="where to"),
    Column("expires_at", EpochSeconds, nullable=False),
    Column("told_at", EpochSeconds),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("source", "external_id"),
    partial_index("commodity", _OPEN, _OPEN, "ix_demand_open"),
    partial_index("expires_at", _OPEN, _OPEN, "ix_demand_expires"),
    Index("ix_demand_buyer_id", "buyer_id"),
)

deal = Table(
    "deal",
    metadata,
    _key(),
    Column("code", String(32), nullable=False, unique=True),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    _of("offer_id", "offer"),
    _of("demand_id", "demand", nullable=True),
    _of("farmer_id", "party"),
    _of("buyer_id", "party"),
    Column("commodity", String(64), nullable=False),
    Column("grade", String(1), nullable=False),
    Column("quantity", BigInteger, nullable=False, comment="parts; after the handing over: what was handed over"),
    Column("price", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False, comment="rupiah"),
    Column("by_side", String(8), nullable=False, comment="who proposed it: farmer, buyer or officer"),
    Column("reason", Text, comment="JSON: why the market officer proposed it"),
    # What follows is derived from its events by data.domain.market.deals and stored to be searched.
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False, comment="the number of its last event"),
    Column("at", EpochSeconds, nullable=False, comment="of its first event"),
    Column("updated_at", EpochSeconds, nullable=False),
    Column("due_at", EpochSeconds, comment="when it lapses or is late in this state"),
    Column("trade_id", BigKey, comment="what it became"),
    # What the sweep looks at, what the market officer settles, and the deals of a side and of an offer.
    partial_index("due_at", _DUE, _DUE, "ix_deal_due"),
    partial_index("updated_at", _DISPUTED, _DISPUTED, "ix_deal_disputed"),
    Index("ix_deal_offer_id", "offer_id"),
    Index("ix_deal_farmer_id", "farmer_id"),
    Index("ix_deal_buyer_id", "buyer_id"),
)

deal_event = Table(
    "deal_event",
    metadata,
    Column("deal_id", BigKey, ForeignKey("deal.id", ondelete="CASCADE"), primary_key=True),
    Column("n", Integer, primary_key=True, comment="1, 2, 3 within the deal: of two commands on one version one wins"),
    *_times(),
    Column("kind", String(12), nullable=False),
    Column("side", String(8), nullable=False, comment="farmer, buyer, officer or system"),
    Column("actor", String(200), nullable=False),
    Column("quantity", BigInteger, comment="handed over: how much it really was"),
    Column("text", Text),
    sqlite_with_rowid=False,
)

trade = Table(
    "trade",
    metadata,
    _key(),
    *_origin(),
    Column("revision", Integer, nullable=False, comment="1, 2, 3 of this record; reversals are counted, too"),
    *_times(),
    _of("offer_id", "offer", nullable=True),
    _of("farmer_id", "party", nullable=True),
    _of("buyer_id", "party", nullable=True),
    Column("commodity", String(64), nullable=False),
    Column("grade", String(1)),
    Column("quantity", BigInteger, nullable=False, comment="parts; negative in a reversal"),
    Column("price", BigInteger, nullable=False, comment="rupiah for one own unit"),
    Column("total", BigInteger, nullable=False, comment="rupiah; negative in a reversal"),
    Column("given", String(80), nullable=False),
    Column("village", String(16)),
    Column("reverses_id", BigKey, ForeignKey("trade.id"), unique=True, comment="the row that does not count any more"),
    Column("told_at", EpochSeconds),
    UniqueConstraint("source", "external_id", "revision"),
    # What was sold in a range of time: the board, the 14 days' median, the month.
    Index("ix_trade_at", "at"),
    Index("ix_trade_commodity_at", "commodity", "at"),
    Index("ix_trade_buyer_id_at", "buyer_id", "at"),
    Index("ix_trade_farmer_id_at", "farmer_id", "at"),
)

price_quote = Table(
    "price_quote",
    metadata,
    _key(),
    *_origin(),
    Column("revision", Integer, nullable=False, comment="1, 2, 3 of this record"),
    *_times(),
    Column("day", Date, nullable=False),
    Column("commodity", String(64), comment="NULL: none of ours"),
    Column("item", String(100), nullable=False, comment="as the source names it"),
    Column("place", String(100), nullable=False),
    Column("level", String(12), nullable=False, comment="producer, wholesale or consumer"),
    Column("price", BigInteger, nullable=False, comment="rupiah for one own unit; of a foreign item for one `unit`"),
    Column("unit", String(16), nullable=False),
    Column("replaces_id", BigKey, ForeignKey("price_quote.id"), unique=True, comment="it does not count any more"),
    UniqueConstraint("source", "external_id", "revision"),
    # The ladder: the newest of a commodity at each level; and what is usual for an item.
    Index("ix_price_quote_commodity_day", "commodity", "day"),
    Index("ix_price_quote_item_day", "item", "day"),
)

price_index = Table(
    "price_index",
    metadata,
    _key(),
    *_origin(),
    Column("revision", Integer, nullable=False),
    *_times(),
    Column("year", SmallInteger, nullable=False),
    Column("month", SmallInteger, nullable=False),
    Column("week", SmallInteger, nullable=False, comment="of the month, 1 to 5"),
    Column("change", BigInteger, nullable=False, comment="of 20 foods, millionths of a percent"),
    Column("drivers", Text, nullable=False, comment="JSON: [item, millionths of a percent], the strongest first"),
    Column("most_moved", String(100), comment="the item that moved most in the week; NULL: none did"),
    Column("moved", BigInteger, comment="its coefficient of variation, millionths; NULL: not told"),
    Column("replaces_id", BigKey, ForeignKey("price_index.id"), unique=True, comment="it does not count any more"),
    UniqueConstraint("source", "external_id", "revision"),
    Index("ix_price_index_year", "year", "month", "week"),
)

harvest_plan = Table(
    "harvest_plan",
    metadata,
    _key(),
    *_origin(),
    *_times(),
    _of("farmer_id", "party"),
    Column("commodity", String(64), nullable=False),
    Column("village", String(16)),
    Column("quantity", BigInteger, nullable=False, comment="parts"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("told_at", EpochSeconds),
    UniqueConstraint("source", "external_id"),
    # What is to be harvested from a day on.
    Index("ix_harvest_plan_last_day", "last_day"),
)

party_message = Table(
    "party_message",
    metadata,
    _key(),
    Column("key", String(36), nullable=False, unique=True, comment="a UUID, the same in every try to send it"),
    Column("party_id", BigKey, ForeignKey("party.id", ondelete="CASCADE"), nullable=False),
    Column("channel", String(16), nullable=False, comment="email, or webhook (SMS and WhatsApp gateways)"),
    Column("kind", String(16), nullable=False, comment="which sentence"),
    Column("code", String(32), nullable=False, comment="of the deal"),
    Column("params", Text, nullable=False, comment="JSON: what the sentence is filled in with"),
    Column("at", EpochSeconds, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_at", EpochSeconds, nullable=False, comment="not tried before"),
    Column("sent_at", EpochSeconds),
    Column("dead_at", EpochSeconds, comment="given up"),
    Column("reason", Text, comment="why the last try failed, or it was given up"),
    # What waits or was given up, in its order.
    partial_index("party_id channel id", _UNSENT, _UNSENT, "ix_party_message_unsent"),
)

held_record = Table(
    "held_record",
    metadata,
    _key(),
    Column("source", String(64), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("kind", String(12), nullable=False, comment="offer, demand, trade, quote"),
    Column("at", EpochSeconds, nullable=False, comment="when it was held"),
    Column("reason", Text, nullable=False, comment="encoded, see data.domain.reasons"),
    Column("payload", Text, nullable=False, comment="JSON: the record as it was understood"),
    Column("waits_for", String(200), comment="the id of the offer that is to come; NULL: a person decides"),
    Column("commodity", String(64)),
    Column("price", BigInteger),
    Column("decided_at", EpochSeconds),
    Column("decision", String(8), comment="released, refused, applied (the offer came) or replaced"),
    Column("decided_by", String(200)),
    # What is to be decided, and what waits for an offer.
    partial_index("id", _UNDECIDED, _UNDECIDED, "ix_held_record_open"),
    partial_index(
        "source waits_for",
        _WAITS,
        _WAITS,
        "ix_held_record_waits",
    ),
    Index("ix_held_record_source", "source", "external_id"),
)
"""What was understood and is not believed yet, or cannot be applied yet: it is in no figure."""
