"""What the market officer decides and knows: matches that were refused, the field assistants of the villages."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from data.store.db.schema.cases import BigKey, metadata
from data.store.db.types import EpochSeconds

match_refusal = Table(
    "match_refusal",
    metadata,
    Column("offer_id", BigKey, ForeignKey("offer.id", ondelete="CASCADE"), primary_key=True),
    Column("demand_id", BigKey, ForeignKey("demand.id", ondelete="CASCADE"), primary_key=True),
    Column("at", EpochSeconds, nullable=False),
    Column("by", String(200), nullable=False),
    Column("seq", BigInteger, nullable=False, comment="of its change"),
    Column("why", Text, nullable=False),
    Index("ix_match_refusal_demand_id", "demand_id"),
)
"""A pair that an officer refused is not proposed again."""

field_assistant = Table(
    "field_assistant",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("code", String(32), nullable=False, unique=True, comment="as the agency numbers them"),
    Column("name", String(200), nullable=False),
    Column("phone", String(64)),
    Column("email", String(200)),
)

assistant_village = Table(
    "assistant_village",
    metadata,
    Column("assistant_id", BigKey, ForeignKey("field_assistant.id", ondelete="CASCADE"), primary_key=True),
    Column("village", String(16), primary_key=True, comment="Kemendagri code"),
    # Who is there for a village.
    Index("ix_assistant_village_village", "village"),
)
