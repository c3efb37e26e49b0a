"""The tables of the map: the imported boundaries, and how far cases are placed by them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, Table, Text, text

from data.store.db.schema.cases import BigKey, metadata
from data.store.db.types import EpochSeconds

boundary = Table(
    "boundary",
    metadata,
    Column("code", String(16), primary_key=True, comment="Kemendagri code; 'hutan-N' for forest that is no village"),
    Column("name", String(100), nullable=False),
    Column("district", String(100), nullable=False),
    Column("village", Boolean, nullable=False),
    Column("shape", LargeBinary, nullable=False, comment="WKB, longitude first"),
    Column("origin", Text, nullable=False, comment="the file it came from and its SHA-256"),
    Column("imported_at", EpochSeconds, nullable=False),
)

placing = Table(
    "placing",
    metadata,
    Column("map", BigInteger, primary_key=True, autoincrement=False, comment="the number of the import's change"),
    Column("placed_to", BigKey, nullable=False, comment="cases up to this id stand where that map says"),
    Column("last", BigKey, nullable=False, comment="the newest case at the import; later ones came by it"),
    Column("moved", Integer, nullable=False, server_default=text("0"), comment="cases that changed their place"),
)
"""One row from the first import on; it belongs to the map in `boundary`."""
