"""Mappings that a person has corrected, kept by source and header: the same kind of table is known again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from data.store.db.engine import insert_into
from data.store.db.intake_schema import kept_mapping


def keep(conn: Connection, source: str, header: str, mapping_json: str, now: datetime) -> None:
    """Keep it, instead of the one that was kept for this header; `header` is its signature, a SHA-256 in hex."""
    statement = insert_into(conn, kept_mapping).values(source=source, header=header, mapping=mapping_json, at=now)
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=["source", "header"],
            set_={"mapping": statement.excluded.mapping, "at": statement.excluded.at},
        )
    )


def kept(conn: Connection, source: str, header: str) -> str | None:
    """The JSON that was kept; None when there is none."""
    asked = select(kept_mapping.c.mapping).where(kept_mapping.c.source == source, kept_mapping.c.header == header)
    found: str | None = conn.execute(asked).scalar_one_or_none()
    return found


def newest(conn: Connection, source: str) -> datetime | None:
    """When the source's last correction was kept; None when there is none."""
    asked = select(func.max(kept_mapping.c.at)).where(kept_mapping.c.source == source)
    found: datetime | None = conn.execute(asked).scalar_one()
    return found
