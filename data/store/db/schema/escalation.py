"""The tables of escalation: the steps that were raised, and the messages about them."""

from __future__ import annotations

from sqlalchemy import (
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

_HIGHEST = ("highest = 1", "highest")
_UNTOLD = ("highest = 1 AND batch IS NULL", "highest AND batch IS NULL")

escalation = Table(
    "escalation",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("case_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), nullable=False),
    Column("cycle", SmallInteger, nullable=False),
    Column("held_at", EpochSeconds, nullable=False, comment="since when the agency has it: each one begins anew"),
    Column("step", SmallInteger, nullable=False, comment="1, 2, 3 from the lowest"),
    Column("receiver", String(16), nullable=False),
    Column("agency", String(64), nullable=False, comment="that is silent"),
    Column("due_at", EpochSeconds, nullable=False),
    Column("raised_at", EpochSeconds, nullable=False, comment="the last time"),
    Column("times", SmallInteger, nullable=False, comment="how often: again when an acknowledgement has expired"),
    Column("highest", Boolean, nullable=False, comment="the highest of its hold, as far as the ladder has looked"),
    Column("acknowledged_at", EpochSeconds),
    Column("acknowledged_by", String(100)),
    Column("expires_at", EpochSeconds, comment="of the acknowledgement"),
    Column("batch", String(36), comment="a UUID: the message that tells of it; NULL: none yet"),
    UniqueConstraint("case_id", "cycle", "held_at", "step"),
    # What is raised now; of that, what nobody was told of.
    partial_index("case_id", *_HIGHEST, "ix_escalation_highest"),
    partial_index("receiver agency", *_UNTOLD, "ix_escalation_untold"),
)
"""A step counts while its case is open, in the same hold and not paused: see `data.store.escalation.steps`."""

escalation_notice = Table(
    "escalation_notice",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("key", String(36), nullable=False, unique=True, comment="a UUID, the same in every try to send it"),
    Column("batch", String(36), nullable=False, comment="the steps that it tells of"),
    Column("receiver", String(16), nullable=False),
    Column(
        "agency",
        String(64),
        nullable=False,
        comment="of an agency or its head; of field assistants their village; else ''",
    ),
    Column("urgent", Boolean, nullable=False, comment="knows no quiet hours"),
    Column("channel", String(16), nullable=False, comment="email, or webhook (SMS and WhatsApp gateways)"),
    Column("address", String(254), nullable=False),
    Column("at", EpochSeconds, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_at", EpochSeconds, nullable=False, comment="not tried before"),
    Column("sent_at", EpochSeconds),
    Column("dead_at", EpochSeconds, comment="given up"),
    Column("reason", Text, comment="why the last try failed, or it was given up"),
    # What waits or was given up; when a receiver was told last.
    partial_index("id", "sent_at IS NULL", "sent_at IS NULL", "ix_escalation_notice_unsent"),
    Index("ix_escalation_notice_at", "receiver", "agency", "at"),
)
