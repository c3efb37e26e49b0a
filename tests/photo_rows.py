"""What the store has of a case's photos."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from data.store.db.engine import Connection
from data.store.db.schema.intake import photo


class PhotoRow(NamedTuple):
    """A photo of a case. Without a digest there is no file yet, or never."""

    state: str
    url: str | None
    digest: str | None
    width: int | None
    height: int | None
    reason: str | None


def photos_of(conn: Connection, case_id: int) -> list[PhotoRow]:
    """All photos of a case, in order of id."""
    columns = [photo.c[name] for name in PhotoRow._fields]
    rows = conn.execute(select(*columns).where(photo.c.case_id == case_id).order_by(photo.c.id))
    return [PhotoRow(*row) for row in rows]
