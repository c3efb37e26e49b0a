"""The tables of the month's reports: their revisions, files, orders and mails; and when screens were connected."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint, text

from data.store.db.schema.cases import BigKey, metadata, partial_index
from data.store.db.types import EpochSeconds

report_revision = Table(
    "report_revision",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("first", String(10), nullable=False, comment="the period's first local day, 2026-10-01"),
    Column("last", String(10), nullable=False, comment="its last"),
    Column("agency", String(64), nullable=False, comment="of this agency only; '': of the city"),
    Column("revision", Integer, nullable=False, comment="1, 2, 3 of the same period and agency"),
    Column("seq", BigInteger, nullable=False, comment="the last change that it knows"),
    Column("as_of", EpochSeconds, nullable=False, comment="the moment of that change"),
    Column("sha256", String(64), nullable=False, comment="of the canonical rows"),
    Column("rows", Text, nullable=False, comment="JSON: what is attached to the PDF"),
    Column("made_at", EpochSeconds, nullable=False),
    Column("made_by", String(100), nullable=False, comment="a user's name; jobs: by the calendar"),
    UniqueConstraint("first", "last", "agency", "revision"),
)

report_file = Table(
    "report_file",
    metadata,
    Column("revision_id", BigKey, ForeignKey("report_revision.id", ondelete="CASCADE"), primary_key=True),
    Column("lang", String(2), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("size", BigInteger, nullable=False, comment="bytes; a signature is appended after them"),
    Column("sha256", String(64), nullable=False, comment="of the bytes; their name in BATT_HOME/reports"),
)

report_order = Table(
    "report_order",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("first", String(10), nullable=False, comment="as in report_revision"),
    Column("last", String(10), nullable=False),
    Column("agency", String(64), nullable=False),
    Column("lang", String(2), nullable=False),
    Column("at", EpochSeconds, nullable=False),
    Column("by", String(100), nullable=False, comment="a user's name; jobs: by the calendar"),
    Column("started_at", EpochSeconds, comment="the last try"),
    Column("step", String(16), nullable=False, server_default=text("'waiting'"), comment="how far it is"),
    Column("ended_at", EpochSeconds, comment="NULL: it waits or is being made"),
    Column("reason", Text, comment="why there is no report"),
    Column("revision_id", BigKey, ForeignKey("report_revision.id", ondelete="CASCADE")),
    # What waits to be made.
    partial_index("id", "ended_at IS NULL", "ended_at IS NULL", "ix_report_order_waiting"),
)

report_mail = Table(
    "report_mail",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("revision_id", BigKey, ForeignKey("report_revision.id", ondelete="CASCADE"), nullable=False),
    Column("lang", String(2), nullable=False),
    Column("queued_at", EpochSeconds, nullable=False, comment="when the report was made"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_at", EpochSeconds, nullable=False, comment="when to try (again)"),
    Column("sent_at", EpochSeconds, comment="when the mail server took it"),
    Column("refused_at", EpochSeconds, comment="when the mail server refused it for good"),
    Column("reason", Text, comment="why the last try failed"),
    UniqueConstraint("revision_id", "lang"),
    # What waits to be sent.
    partial_index(
        "id",
        "sent_at IS NULL AND refused_at IS NULL",
        "sent_at IS NULL AND refused_at IS NULL",
        "ix_report_mail_waiting",
    ),
)

screen_hour = Table(
    "screen_hour",
    metadata,
    Column("screen", String(64), primary_key=True),
    Column("hour", EpochSeconds, primary_key=True, comment="the hour's first second"),
    Column("minutes", BigInteger, nullable=False, comment="bits: the minutes with a connection, the first is 1"),
)
