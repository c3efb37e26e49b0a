"""Mappings that a person has corrected, stored by source and header, so that the same kind of table is recognised."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from data.store.db.engine import insert_into
from data.store.db.schema.intake import kept_mapping


def save(conn: Connection, source: str, header: str, mapping_json: str, now: datetime) -> None:
    """Save a mapping, in place of the one for this header. `header`: signature of the header, SHA-256 in hex."""
    statement = insert_into(conn, kept_mapping).values(source=source, header=header, mapping=mapping_json, at=now)
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=["source", "header"],
            set_={"mapping": statement.excluded.mapping, "at": statement.excluded.at},
        )
    )


def load(conn: Connection, source: str, header: str) -> str | None:
    """The saved mapping as JSON; None when there is none."""
    asked = select(kept_mapping.c.mapping).where(kept_mapping.c.source == source, kept_mapping.c.header == header)
    found: str | None = conn.execute(asked).scalar_one_or_none()
    return found


def newest(conn: Connection, source: str) -> datetime | None:
    """When the source's last mapping was saved; None when there is none."""
    asked = select(func.max(kept_mapping.c.at)).where(kept_mapping.c.source == source)
    found: datetime | None = conn.execute(asked).scalar_one()
    return found
