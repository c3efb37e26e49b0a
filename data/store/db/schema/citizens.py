"""The tables of Among Warga: forms that are not sent yet, tracking codes, messages to citizens, their ratings."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
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

draft = Table(
    "draft",
    metadata,
    Column("key", String(36), primary_key=True, comment="a UUID, in the browser's cookie; becomes the report's id"),
    Column("at", EpochSeconds, nullable=False, comment="when the form was begun"),
    Column("content", Text, nullable=False, comment="JSON: what was filled in so far"),
    # What is too old.
    Index("ix_draft_at", "at"),
)

tracking = Table(
    "tracking",
    metadata,
    Column("case_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), primary_key=True),
    Column("code", String(16), nullable=False, unique=True, comment="60 random bits and a check character"),
)

on_behalf = Table(
    "on_behalf",
    metadata,
    Column("case_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", BigKey, nullable=False, comment="whose account entered it; accounts may be removed"),
    Column("entered_by", String(100), nullable=False, comment="the account's name"),
    Column("channel", String(16), nullable=False, comment="how the citizen told it"),
    Column("phone_of", String(16), nullable=False, comment="whose telephone it is; none: there is no number"),
    Column("consent", Boolean, nullable=False, comment="the citizen agreed, in words, that the contact is kept"),
    Column("device", String(64), nullable=False, comment="of the browser: it does not rate"),
    Column("at", EpochSeconds, nullable=False),
    # What somebody entered, newest first.
    Index("ix_on_behalf_user_id_at", "user_id", "at"),
)
"""Reports that an officer entered for somebody else."""

inbound_message = Table(
    "inbound_message",
    metadata,
    Column("source", String(64), primary_key=True, comment="the gateway"),
    Column("message_id", String(200), primary_key=True, comment="as the gateway calls it: each counts once"),
    Column("sender", String(32), nullable=False, comment="a keyed hash of the telephone number"),
    Column("became", String(16), nullable=False, comment="report, attached, rejected"),
    Column("case_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), comment="NULL: rejected"),
    Column("at", EpochSeconds, nullable=False),
    # The last report of a sender; what is too old.
    Index("ix_inbound_message_sender", "source", "sender", "at"),
    Index("ix_inbound_message_at", "at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("key", String(36), nullable=False, unique=True, comment="a UUID, the same in every try to send it"),
    Column("case_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), nullable=False, comment="whose reporter"),
    Column("about_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), nullable=False, comment="whose event"),
    Column("n", Integer, nullable=False, comment="that event's number within its case"),
    Column("channel", String(16), nullable=False, comment="email, or webhook (SMS and WhatsApp gateways)"),
    Column("kind", String(16), nullable=False, comment="which sentence"),
    Column("due_at", EpochSeconds, comment="until when what comes next should have happened"),
    Column("at", EpochSeconds, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_at", EpochSeconds, nullable=False, comment="not tried before"),
    Column("sent_at", EpochSeconds),
    Column("dead_at", EpochSeconds, comment="given up"),
    Column("reason", Text, comment="why the last try failed, or it was given up"),
    UniqueConstraint("case_id", "channel", "about_id", "n"),
    # What waits or was given up, in its order.
    partial_index("case_id channel id", "sent_at IS NULL", "sent_at IS NULL", "ix_outbox_unsent"),
)
"""Written in the transaction of the event. The address is that of the reporter when it is sent."""

rating = Table(
    "rating",
    metadata,
    Column("case_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), primary_key=True),
    Column("cycle", SmallInteger, primary_key=True, comment="one vote in each cycle"),
    Column("at", EpochSeconds, nullable=False),
    Column("solved", String(8), nullable=False, comment="yes, no, unknown"),
    Column("score", SmallInteger, comment="1 to 4, its own scale; NULL: not given"),
    Column("text", Text, nullable=False),
    Column("asks_reopening", Boolean, nullable=False, comment="'not solved', within the days allowed"),
    # What asks to be reopened.
    partial_index("at", "asks_reopening = 1", "asks_reopening", "ix_rating_asks"),
)

rating_element = Table(
    "rating_element",
    metadata,
    Column("case_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), primary_key=True),
    Column("cycle", SmallInteger, primary_key=True),
    Column("element", String(16), primary_key=True, comment="of the nine of PermenPANRB 14/2017"),
    Column("score", SmallInteger, nullable=False, comment="1 to 4"),
    Column("at", EpochSeconds, nullable=False),
    Column("seq", BigInteger, nullable=False, comment="of the change `rated`: from which number on it is known"),
    # What was given in a month.
    Index("ix_rating_element_at", "at"),
)

privacy_request = Table(
    "privacy_request",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("case_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False, comment="access, correction, erasure, restriction, withdrawal"),
    Column("text", Text, nullable=False),
    Column("entered_by", String(100), nullable=False, comment="'' by the reporter"),
    Column("received_at", EpochSeconds, nullable=False),
    Column("due_at", EpochSeconds, nullable=False, comment="72 hours of calendar time later"),
    Column("answered_at", EpochSeconds),
    Column("answered_by", String(100)),
    Column("done", Boolean, comment="false: refused"),
    Column("answer", Text),
    # What was asked of a case; of each kind one that waits.
    Index("ix_privacy_request_case_id", "case_id"),
    partial_index(
        "case_id kind", "answered_at IS NULL", "answered_at IS NULL", "uq_privacy_request_waiting", unique=True
    ),
    # What waits, due first.
    partial_index("due_at", "answered_at IS NULL", "answered_at IS NULL", "ix_privacy_request_due_at"),
)
"""By UU 27/2022. About a case, and no case itself: what reads cases never meets it."""
