"""The tables of the doors: what each source brought by the hour, photos, uploads, the national platform's list."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, text

from data.store.db.schema.cases import BigKey, metadata, partial_index
from data.store.db.types import EpochSeconds

key_day = Table(
    "key_day",
    metadata,
    Column("key_name", String(100), primary_key=True),
    Column("day", String(10), primary_key=True, comment="the local day, 2026-11-24"),
    Column("posts", Integer, nullable=False, server_default=text("0")),
)

source_hour = Table(
    "source_hour",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("hour", EpochSeconds, primary_key=True, comment="the hour's first second"),
    Column("delivered", Integer, nullable=False, server_default=text("0"), comment="records of cases not known before"),
    Column("updated", Integer, nullable=False, server_default=text("0"), comment="news of cases known already"),
    Column("rejected", Integer, nullable=False, server_default=text("0"), comment="records kept as unreadable"),
    Column("fetches", Integer, nullable=False, server_default=text("0"), comment="times it was asked and answered"),
    Column("failures", Integer, nullable=False, server_default=text("0"), comment="times it could not be asked"),
)

photo = Table(
    "photo",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("case_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), nullable=False),
    Column("state", String(16), nullable=False, comment="wanted, stored, refused"),
    Column("url", Text, comment="where it is to be fetched from; NULL: it was brought along"),
    Column("digest", String(64), comment="SHA-256 of the stored file: its name"),
    Column("width", Integer),
    Column("height", Integer),
    Column("size", Integer, comment="bytes of the stored file"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_at", EpochSeconds, comment="when to try fetching again"),
    Column("reason", Text, comment="why it was refused or could not be fetched"),
    Column("at", EpochSeconds, nullable=False, comment="when it came to be known"),
    Column("version", Integer, comment="of the event that it proves; NULL: it came with the report"),
    # What waits to be fetched; the pictures of a case; is a file still used.
    partial_index("next_at", "state = 'wanted'", "state = 'wanted'", "ix_photo_wanted"),
    Index("ix_photo_case_id", "case_id"),
    Index("ix_photo_digest", "digest"),
)

upload = Table(
    "upload",
    metadata,
    Column("id", String(32), primary_key=True, comment="random, in addresses"),
    Column("source", String(64), nullable=False),
    Column("name", Text, nullable=False, comment="the file's name as its owner called it"),
    Column("digest", String(64), nullable=False, comment="SHA-256 of the content"),
    Column("state", String(16), nullable=False, comment="looking, asking, queued, importing, done, failed"),
    Column("form", Text, comment="JSON: encoding, separator, sheet, mapping as proposed or corrected"),
    Column("rows", Integer, comment="under the header"),
    Column("done", Integer, nullable=False, server_default=text("0"), comment="rows that are stored"),
    Column("counts", Text, comment="JSON: how many became what"),
    Column("error", Text),
    Column("at", EpochSeconds, nullable=False),
    Column("changed_at", EpochSeconds, nullable=False),
)

kept_mapping = Table(
    "kept_mapping",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("header", String(64), primary_key=True, comment="SHA-256 of the table's folded column names"),
    Column("mapping", Text, nullable=False, comment="JSON, as a person corrected it"),
    Column("at", EpochSeconds, nullable=False),
)

counterpart = Table(
    "counterpart",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("number", String(64), primary_key=True, comment="the national platform's"),
    Column("status", String(64), comment="as it stands there"),
    Column("service_class", String(64), comment="as it stands there"),
    Column("received_at", EpochSeconds),
    Column("listed_at", EpochSeconds, nullable=False, comment="when the export that names it was taken"),
    Column("digest", String(64), nullable=False, comment="SHA-256 of that export"),
)
