"""Files that a drop folder has imported: the same content is imported once, whatever the file's name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from data.store.db.engine import insert_into
from data.store.db.schema.cases import taken_file


def is_taken(conn: Connection, source: str, digest: str) -> bool:
    """True when this source has imported a file with this SHA-256 (hex)."""
    known = (taken_file.c.source == source) & (taken_file.c.digest == digest)
    return conn.execute(select(taken_file.c.digest).where(known)).first() is not None


def take(conn: Connection, source: str, digest: str, name: str, now: datetime) -> bool:
    """Mark a file as imported, in the transaction that stores its rows; False when it was imported before."""
    statement = insert_into(conn, taken_file).values(source=source, digest=digest, name=name, at=now)
    statement = statement.on_conflict_do_nothing(index_elements=["source", "digest"])
    return conn.execute(statement.returning(taken_file.c.digest)).scalar_one_or_none() is not None
