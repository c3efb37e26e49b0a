"""Who has an API key: names and dates; the keys themselves are known to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from data.store.db.schema import api_key


@dataclass(frozen=True, slots=True)
class Holder:
    """A key's row."""

    name: str
    created_at: datetime
    revoked_at: datetime | None
    per_minute: int | None
    """POSTs; None: as config.yaml says for all."""
    per_day: int | None


def holders(conn: Connection) -> list[Holder]:
    """All keys ever made, by name; of a replaced one only the later."""
    columns = (api_key.c[name] for name in ("name", "created_at", "revoked_at", "per_minute", "per_day"))
    return [Holder(*row) for row in conn.execute(select(*columns).order_by(api_key.c.name))]
