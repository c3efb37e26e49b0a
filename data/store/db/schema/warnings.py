"""Warnings to the public, as their senders published them (CAP 1.2).

A warning is one row, whatever the number of messages that told of it: a second language or another identifier is
another message of the same warning. What a message refers to is kept, so that an Update or a Cancel works, too, when it
arrives before what it names. Changes have the kind `warning`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from data.store.db.schema.cases import BigKey, metadata, partial_index
from data.store.db.types import EpochSeconds

STANDING = "is_for_city AND withdrawn_at IS NULL AND replaced_by IS NULL"

public_warning = Table(
    "public_warning",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("source", String(64), nullable=False),
    Column("key", String(200), nullable=False, comment="what it is known by when it comes again"),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    Column("sender", String(200), nullable=False),
    Column("sender_name", String(200), nullable=False, comment="who is named as its source"),
    Column("identifier", String(200), nullable=False, comment="the newest under which it came"),
    Column("sent_at", EpochSeconds, nullable=False),
    Column("message_type", String(8), nullable=False, comment="Alert or Update"),
    Column("event", String(64), nullable=False, comment="a code of warnings.events in config.yaml, or other"),
    Column("rank", SmallInteger, nullable=False, comment="of its event when it came: 1 is the gravest"),
    Column("severity", String(10), nullable=False),
    Column("urgency", String(10), nullable=False),
    Column("certainty", String(10), nullable=False),
    Column("words", Text, nullable=False, comment="JSON: by language event, headline, description, instruction, area"),
    Column("effective_at", EpochSeconds, nullable=False),
    Column("onset_at", EpochSeconds),
    Column("expires_at", EpochSeconds, comment="NULL: the sender did not say"),
    Column("ends_at", EpochSeconds, nullable=False, comment="expires_at, or by the rule of its event"),
    Column("geometry", Text, comment="JSON: GeoJSON, cut at the city's surroundings; NULL: it came without an area"),
    Column("villages", Text, nullable=False, comment="JSON: Kemendagri codes of the villages that it touches"),
    Column("is_for_city", Boolean, nullable=False),
    Column("withdrawn_at", EpochSeconds, comment="when a Cancel, or an all-clear, took it back"),
    Column("replaced_by", BigKey, comment="the Update that took its place"),
    Column("received_at", EpochSeconds, nullable=False, comment="when it was recorded here"),
    Column("seq", BigInteger, nullable=False, comment="of its last change"),
    UniqueConstraint("source", "key"),
    # What is in force now.
    partial_index("ends_at", STANDING, STANDING, "ix_public_warning_standing"),
    # The last ones, for people.
    Index("ix_public_warning_received_at", "received_at"),
)

warning_message = Table(
    "warning_message",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("source", String(64), nullable=False),
    Column("digest", String(64), nullable=False, comment="SHA-256 of the message"),
    Column("sender", String(200), nullable=False),
    Column("identifier", String(200), nullable=False),
    Column("sent_at", EpochSeconds, nullable=False),
    Column("message_type", String(8), nullable=False),
    Column("warning_id", BigKey, ForeignKey("public_warning.id"), comment="NULL: a Cancel is no warning"),
    Column("message", Text, nullable=False, comment="as it came, decoded"),
    Column("received_at", EpochSeconds, nullable=False),
    Column("seq", BigInteger, nullable=False),
    UniqueConstraint("source", "digest"),
    # What a reference names.
    Index("ix_warning_message_identifier", "identifier"),
    Index("ix_warning_message_warning_id", "warning_id"),
)

warning_reference = Table(
    "warning_reference",
    metadata,
    Column("message_id", BigKey, ForeignKey("warning_message.id", ondelete="CASCADE"), primary_key=True),
    Column("n", SmallInteger, primary_key=True),
    Column("sender", String(200), nullable=False),
    Column("identifier", String(200), nullable=False),
    Column("sent_at", EpochSeconds, nullable=False),
    # Which messages name one that comes now.
    Index("ix_warning_reference_identifier", "identifier"),
)
